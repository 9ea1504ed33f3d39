import { denoiserArchitecture, type DenoiserNetwork } from '../kinds/denoiser.ts'
import { doubleStreamSectionOf } from '../kinds/double-stream.ts'
import { aliasesOf } from '../kinds/layer-names.ts'
import { transformerCost } from '../kinds/transformer-cost.ts'
import { transformerNetwork } from '../kinds/transformer-network.ts'
import { fluxTransformerJson, parseFluxTransformerConfig, type FluxTransformerConfig } from './config.ts'
import { detectFluxConfig } from './detect.ts'
import { fluxLayerNames, fluxWeightsIn } from './names.ts'
import { fluxPatch, fluxTransformer } from './flux-transformer.ts'

/** diffusers' FluxTransformer2DModel: the denoiser of Flux.1. */
export const fluxTransformerArchitecture = denoiserArchitecture({
  name: 'flux-transformer',
  title: 'a transformer of Flux.1',
  className: 'FluxTransformer2DModel',
  folder: 'transformer',
  weightsIn: fluxWeightsIn,
  detect: detectFluxConfig,
  parse: parseFluxTransformerConfig,
  network: fluxNetwork,
})

const promptTokens = 512

export function fluxNetwork(config: FluxTransformerConfig): DenoiserNetwork {
  const { heads, headWidth, layers, singleLayers, textWidth, pooledWidth, guidance } = config
  const width = heads * headWidth
  const cells = fluxPatch ** 2
  const block = 12 * width ** 2
  const each = (layers + singleLayers) * block
  return {
    ...transformerNetwork('Flux.1', {
      channels: config.outChannels / cells,
      inputChannels: config.inChannels / cells,
      text: textWidth,
      pooled: pooledWidth,
      guidance,
      patch: fluxPatch,
    }),
    work: `Flux ${width} × ${layers} + ${singleLayers}`,
    cost: transformerCost({
      cellsPerToken: cells,
      textTokens: promptTokens,
      width,
      imageParameters: each + 2 * config.inChannels * width,
      textParameters: each + textWidth * width,
      conditionParameters: (12 * layers + 3 * singleLayers) * width ** 2,
      attentions: layers + singleLayers,
      alive: 14,
    }),
    pipeline: 'FluxPipeline',
    json: fluxTransformerJson(config),
    predict: (scope, inputs) => fluxTransformer(scope, config, inputs),
    loraAliases: aliasesOf(fluxLayerNames(width)),
    sectionOf: (weight) => doubleStreamSectionOf(weight, singleLayers),
  }
}
