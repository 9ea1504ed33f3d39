import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { controlNetAt, openControlNet } from '../../networks/control-net.ts'
import { traitsOfControlNet } from '../../opening/model-traits.ts'
import { ControlNet } from '../../values/socket-types.ts'
import { precisionFingerprint, precisionHere, precisionInput } from './precision-input.ts'

/** A ControlNet as found on a disk. */
export const loadControlNet = defineNode({
  type: 'LoadControlNet',
  version: 1,
  category: 'loaders',
  label: 'Load ControlNet',
  description:
    'Opens a ControlNet: a .safetensors or .pth file under the original names or those of diffusers, or a folder with its config.',
  aliases: ['ControlNetLoader', 'control', 'canny', 'depth', 'pose', 'scribble'],
  inputs: {
    controlNet: file({ folder: 'controlnet', accept: ['.safetensors', '.pth', 'folder'] }),
    precision: precisionInput,
  },
  outputs: { controlNet: ControlNet },
  lane: 'io',
  fingerprint: precisionFingerprint,
  async traits({ values: { controlNet = '' } }, services) {
    return { controlNet: traitsOfControlNet(openControlNet(await services.pathOf('controlnet', controlNet))) }
  },
  async run({ controlNet, precision }, { services, warn }) {
    const opened = openControlNet(await services.pathOf('controlnet', controlNet))
    return { controlNet: controlNetAt(opened, await precisionHere({ precision }, services, warn)) }
  },
})
