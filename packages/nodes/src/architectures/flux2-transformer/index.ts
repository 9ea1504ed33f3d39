import { denoiserArchitecture, type DenoiserNetwork } from '../kinds/denoiser.ts'
import { doubleStreamSectionOf } from '../kinds/double-stream.ts'
import { aliasesOf } from '../kinds/layer-names.ts'
import { transformerCost } from '../kinds/transformer-cost.ts'
import { transformerNetwork } from '../kinds/transformer-network.ts'
import { flux2TransformerJson, parseFlux2TransformerConfig, type Flux2TransformerConfig } from './config.ts'
import { detectFlux2Config } from './detect.ts'
import { flux2Transformer } from './flux2-transformer.ts'
import { flux2LayerNames, flux2WeightsIn } from './names.ts'

/** diffusers' Flux2Transformer2DModel: the denoiser of Flux.2. */
export const flux2TransformerArchitecture = denoiserArchitecture({
  name: 'flux2-transformer',
  title: 'a transformer of Flux.2',
  className: 'Flux2Transformer2DModel',
  folder: 'transformer',
  weightsIn: flux2WeightsIn,
  detect: detectFlux2Config,
  parse: parseFlux2TransformerConfig,
  network: flux2Network,
})

const promptTokens = 512

export function flux2Network(config: Flux2TransformerConfig): DenoiserNetwork {
  const { heads, headWidth, layers, singleLayers, textWidth, mlpRatio } = config
  const width = heads * headWidth
  const each = (layers + singleLayers) * (4 + 3 * mlpRatio) * width ** 2
  return {
    ...transformerNetwork('Flux.2', {
      channels: config.outChannels,
      inputChannels: config.inChannels,
      text: textWidth,
      guidance: config.guidance,
      bestGuidance: 4,
      patch: 1,
    }),
    work: `Flux.2 ${width} × ${layers} + ${singleLayers}`,
    cost: transformerCost({
      cellsPerToken: 1,
      textTokens: promptTokens,
      width,
      imageParameters: each + 2 * config.inChannels * width,
      textParameters: each + textWidth * width,
      conditionParameters: 15 * width ** 2,
      attentions: layers + singleLayers,
      alive: 16,
    }),
    pipeline: 'Flux2KleinPipeline',
    json: flux2TransformerJson(config),
    predict: (scope, inputs) => flux2Transformer(scope, config, inputs),
    loraAliases: aliasesOf(flux2LayerNames(width)),
    sectionOf: (weight) => doubleStreamSectionOf(weight, singleLayers),
  }
}
