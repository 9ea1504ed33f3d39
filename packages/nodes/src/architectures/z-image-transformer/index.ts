import { denoiserArchitecture, type DenoiserNetwork } from '../kinds/denoiser.ts'
import { transformerCost } from '../kinds/transformer-cost.ts'
import { transformerNetwork } from '../kinds/transformer-network.ts'
import { parseZImageTransformerConfig, zImageTransformerJson, type ZImageTransformerConfig } from './config.ts'
import { detectZImageConfig } from './detect.ts'
import { zImageAliases, zImageWeightsIn } from './names.ts'
import { zImageTransformer } from './z-image-transformer.ts'

/** diffusers' ZImageTransformer2DModel: the denoiser of Z-Image. */
export const zImageTransformerArchitecture = denoiserArchitecture({
  name: 'z-image-transformer',
  title: 'a transformer of Z-Image',
  className: 'ZImageTransformer2DModel',
  folder: 'transformer',
  weightsIn: zImageWeightsIn,
  detect: detectZImageConfig,
  parse: parseZImageTransformerConfig,
  network: zImageNetwork,
})

/** A prompt of a few sentences with its template. */
const promptTokens = 128

export function zImageNetwork(config: ZImageTransformerConfig): DenoiserNetwork {
  const { width, layers, refinerLayers, inChannels, textWidth } = config
  const block = (4 + 8) * width ** 2
  return {
    ...transformerNetwork('Z-Image', { channels: inChannels, text: textWidth, patch: 2 }),
    work: `Z-Image ${width} × ${layers}`,
    cost: transformerCost({
      cellsPerToken: 4,
      textTokens: promptTokens,
      width,
      imageParameters: (layers + refinerLayers) * block + 8 * inChannels * width,
      textParameters: (layers + refinerLayers) * block + textWidth * width,
      conditionParameters: (layers + refinerLayers) * 4 * 256 * width,
      attentions: layers,
      imageAttentions: refinerLayers,
      alive: 12,
    }),
    pipeline: 'ZImagePipeline',
    json: zImageTransformerJson(config),
    predict: (scope, inputs) => zImageTransformer(scope, config, inputs),
    loraAliases: zImageAliases(width),
    sectionOf(weight) {
      const layer = /^layers\.(\d+)\./.exec(weight)?.[1]
      if (layer === undefined) return weight.startsWith('all_final_layer.') ? 'output' : 'input'
      return Number(layer) < layers / 3 ? 'input' : Number(layer) < (2 * layers) / 3 ? 'middle' : 'output'
    },
  }
}
