import { denoiserArchitecture, type DenoiserNetwork } from '../kinds/denoiser.ts'
import {
  coarsestCell,
  parseUNet2DConditionConfig,
  pooledSizeOf,
  takesAestheticScore,
  unet2DConditionJson,
  type UNet2DConditionConfig,
} from './config.ts'
import { selfAttentionLayers, unetCost } from './cost.ts'
import { detectUNetConfig, ldmUnetOf } from './detect.ts'
import { unetFeeds } from './feeds.ts'
import { unetInputs } from './inputs.ts'
import { layerKind, loraAliases, numberedLayers, sectionOf } from './layers.ts'
import { unet2dCondition } from './unet-2d-condition.ts'

/** diffusers' UNet2DConditionModel: the denoiser of Stable Diffusion 1, 2 and XL, and of the bundled checkpoint. */
export const unet2dConditionArchitecture = denoiserArchitecture({
  name: 'unet-2d-condition',
  title: 'a UNet',
  className: 'UNet2DConditionModel',
  folder: 'unet',
  weightsIn(source) {
    const weights = ldmUnetOf(source)
    // The encoder alone is a ControlNet.
    return weights?.get('conv_out.weight') && weights
  },
  detect: detectUNetConfig,
  parse: parseUNet2DConditionConfig,
  network: unetNetwork,
})

/** The aesthetic score that SDXL's refiner is told where nothing else is said (Podell et al. 2023, section 2.5). */
const goodScore = 6

export function unetNetwork(config: UNet2DConditionConfig): DenoiserNetwork {
  const { addition, blockOutChannels, transformerLayers, crossAttentionDim } = config
  return {
    latentChannels: config.outChannels,
    inputChannels: config.inChannels,
    textWidth: crossAttentionDim,
    ...(addition && { pooledWidth: pooledSizeOf(addition) }),
    takesAestheticScore: takesAestheticScore(config),
    cell: coarsestCell(config),
    work: `UNet ${blockOutChannels.join('-')} × ${transformerLayers.join('-')} × ${crossAttentionDim}`,
    cost: unetCost(config),
    selfAttention: selfAttentionLayers(config),
    pipeline: addition ? 'StableDiffusionXLPipeline' : 'StableDiffusionPipeline',
    json: unet2DConditionJson(config),
    inputs: (graph, sizes, own, form) => unetInputs(graph, config, sizes, own, form),
    predict: (scope, inputs, form) => unet2dCondition(scope, config, inputs, form),
    feeds: (sample, timestep, conditioning) => unetFeeds(config, sample, timestep, conditioning),
    sizeConditioning(sizes, aestheticScore = goodScore) {
      if (!addition) return undefined
      return takesAestheticScore(config) ? [...sizes.slice(0, 4), aestheticScore] : sizes
    },
    exported: {
      inputs: {
        sample: 'sample',
        timestep: 'timestep',
        text: 'encoder_hidden_states',
        pooled: 'text_embeds',
        sizes: 'time_ids',
        guidance: 'timestep_cond',
      },
      outputs: ['out_sample', 'sample', 'noise_pred'],
    },
    loraAliases: (layer) => loraAliases(config, layer),
    numberedLayers,
    layerKind,
    sectionOf,
  }
}
