import { file } from '@patchbay/engine'
import { glowCell, glowLatentChannels } from '../../architectures/glow/config.ts'
import { defineNode } from '../../host/define-node.ts'
import { parseFlow } from '../../networks/flow-model.ts'
import { Flow } from '../../values/socket-types.ts'
import { contentKeyOf } from '../../weights/component.ts'
import { openWeightFile } from '../../weights/weight-file.ts'

/** An invertible network, from its own file. */
export const loadFlow = defineNode({
  type: 'LoadFlow',
  version: 1,
  category: 'loaders',
  description:
    'Opens a normalising flow: a network that turns pictures into noise and back without loss, and so tells exactly how likely they are. A Glow, as TrainFlow writes it.',
  aliases: ['glow', 'normalizing flow', 'normalising flow', 'invertible network', 'RealNVP'],
  inputs: {
    flow: file({ folder: 'flows', accept: ['.safetensors'], default: 'patchbay-flow/model.safetensors' }),
  },
  outputs: { flow: Flow },
  lane: 'io',
  async traits({ values: { flow = '' } }, services) {
    const path = await services.pathOf('flows', flow)
    const { config } = parseFlow(openWeightFile(path), path)
    return {
      flow: { latentChannels: glowLatentChannels(config), latentScale: glowCell(config), nativeSize: config.size },
    }
  },
  async run({ flow }, { services }) {
    const path = await services.pathOf('flows', flow)
    return { flow: parseFlow(openWeightFile(path), contentKeyOf(path)) }
  },
})
