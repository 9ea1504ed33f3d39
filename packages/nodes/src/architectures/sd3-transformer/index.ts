import { denoiserArchitecture, type DenoiserNetwork } from '../kinds/denoiser.ts'
import { aliasesOf } from '../kinds/layer-names.ts'
import { transformerCost } from '../kinds/transformer-cost.ts'
import { transformerNetwork } from '../kinds/transformer-network.ts'
import { parseSD3TransformerConfig, sd3TransformerJson, type SD3TransformerConfig } from './config.ts'
import { detectSD3Config } from './detect.ts'
import { sd3LayerNames, sd3WeightsIn } from './names.ts'
import { sd3Transformer } from './sd3-transformer.ts'

/** diffusers' SD3Transformer2DModel: the denoiser of Stable Diffusion 3 and 3.5. */
export const sd3TransformerArchitecture = denoiserArchitecture({
  name: 'sd3-transformer',
  title: 'a transformer of Stable Diffusion 3',
  className: 'SD3Transformer2DModel',
  folder: 'transformer',
  weightsIn: sd3WeightsIn,
  detect: detectSD3Config,
  parse: parseSD3TransformerConfig,
  network: sd3Network,
})

/** Two CLIPs of 77 tokens and a T5 of 256. */
const promptTokens = 333

export function sd3Network(config: SD3TransformerConfig): DenoiserNetwork {
  const { heads, headWidth, layers, patchSize, dualLayers, inChannels, textWidth, pooledWidth } = config
  const width = heads * headWidth
  const aliases = aliasesOf(sd3LayerNames(layers, width))
  // Queries, keys, values and the layer back, and eight widths of the feed-forward layer.
  const block = 12 * width ** 2
  const cost = transformerCost({
    cellsPerToken: patchSize ** 2,
    textTokens: promptTokens,
    width,
    imageParameters: layers * block + dualLayers.length * 4 * width ** 2 + 2 * inChannels * patchSize ** 2 * width,
    textParameters: layers * block + textWidth * width,
    conditionParameters: layers * 12 * width ** 2 + dualLayers.length * 3 * width ** 2,
    attentions: layers,
    imageAttentions: dualLayers.length,
    alive: 12,
  })
  return {
    ...transformerNetwork('Stable Diffusion 3', {
      channels: inChannels,
      text: textWidth,
      pooled: pooledWidth,
      patch: patchSize,
    }),
    work: `SD 3 ${width} × ${layers}`,
    cost,
    pipeline: 'StableDiffusion3Pipeline',
    json: sd3TransformerJson(config),
    predict: (scope, inputs) => sd3Transformer(scope, config, inputs),
    loraAliases: aliases,
    sectionOf(weight) {
      const layer = Number(/^transformer_blocks\.(\d+)\./.exec(weight)?.[1] ?? NaN)
      if (Number.isNaN(layer)) return /^(norm_out|proj_out)\./.test(weight) ? 'output' : 'input'
      return layer < layers / 3 ? 'input' : layer < (2 * layers) / 3 ? 'middle' : 'output'
    },
  }
}
