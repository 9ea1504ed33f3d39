import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openIPAdapter } from '../../networks/ip-adapter.ts'
import { traitsOfIPAdapter } from '../../opening/model-traits.ts'
import { IPAdapter } from '../../values/socket-types.ts'

/** An IP-Adapter as found on a disk. */
export const loadIPAdapter = defineNode({
  type: 'LoadIPAdapter',
  version: 1,
  category: 'loaders',
  label: 'Load IP-Adapter',
  description:
    'Opens an IP-Adapter, by which a picture prompts a model beside the text: the base, plus or full kind, for SD 1.5 or SDXL. ApplyIPAdapter uses it.',
  aliases: ['IPAdapterModelLoader', 'ip-adapter', 'image prompt'],
  inputs: { ipAdapter: file({ folder: 'ipadapter', accept: ['.safetensors', '.bin', '.pth'] }) },
  outputs: { ipAdapter: IPAdapter },
  lane: 'io',
  async traits({ values: { ipAdapter = '' } }, services) {
    return { ipAdapter: traitsOfIPAdapter(openIPAdapter(await services.pathOf('ipadapter', ipAdapter))) }
  },
  run: async ({ ipAdapter }, { services }) => ({
    ipAdapter: openIPAdapter(await services.pathOf('ipadapter', ipAdapter)),
  }),
})
