import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openControlNet } from '../../networks/control-net.ts'
import { traitsOfControlNet } from '../../opening/model-traits.ts'
import { ControlNet } from '../../values/socket-types.ts'

/** A ControlNet as found on a disk. */
export const loadControlNet = defineNode({
  type: 'LoadControlNet',
  version: 1,
  category: 'loaders',
  label: 'Load ControlNet',
  description:
    'Opens a ControlNet: a .safetensors or .pth file under the original names or those of diffusers, or a folder with its config.',
  aliases: ['ControlNetLoader', 'control', 'canny', 'depth', 'pose', 'scribble'],
  inputs: { controlNet: file({ folder: 'controlnet', accept: ['.safetensors', '.pth', 'folder'] }) },
  outputs: { controlNet: ControlNet },
  lane: 'io',
  async traits({ values: { controlNet = '' } }, services) {
    return { controlNet: traitsOfControlNet(openControlNet(await services.pathOf('controlnet', controlNet))) }
  },
  run: async ({ controlNet }, { services }) => ({
    controlNet: openControlNet(await services.pathOf('controlnet', controlNet)),
  }),
})
