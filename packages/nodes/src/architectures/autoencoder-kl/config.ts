import { configFields } from '../../weights/config-fields.ts'

/** What shapes an AutoencoderKL (Rombach et al. 2022, appendix G), field by field as diffusers reads it. */
export interface AutoencoderKLConfig {
  readonly inChannels: number
  readonly outChannels: number
  readonly latentChannels: number
  readonly blockOutChannels: readonly number[]
  /** Resnets in each encoder block; each decoder block has one more. */
  readonly layersPerBlock: number
  readonly normGroups: number
  /** Latents given to the denoiser are `(z - shiftFactor) · scalingFactor`. */
  readonly scalingFactor: number
  readonly shiftFactor: number
  readonly midAttention: boolean
  readonly quantConv: boolean
  readonly postQuantConv: boolean
  /**
   * Of Flux.2: the denoiser's latents are 2 × 2 of these in one, each channel brought to unit variance by statistics
   * that lie in the file (`bn.running_mean`, `bn.running_var`), in place of shift and factor.
   */
  readonly statistics?: { readonly epsilon: number }
}

/** Latents of the network on one side that make one of the denoiser's. */
const packedSide = ({ statistics }: Pick<AutoencoderKLConfig, 'statistics'>): number => (statistics ? 2 : 1)

/** Pixels that one of the denoiser's latents stands for along each side: 8 in Stable Diffusion, 16 in Flux.2. */
export function latentScaleOf(config: Pick<AutoencoderKLConfig, 'blockOutChannels' | 'statistics'>): number {
  return packedSide(config) * 2 ** (config.blockOutChannels.length - 1)
}

/** Channels of the latents as the denoiser has them. */
export function denoisedChannelsOf(config: Pick<AutoencoderKLConfig, 'latentChannels' | 'statistics'>): number {
  return packedSide(config) ** 2 * config.latentChannels
}

/**
 * Reads diffusers' `vae/config.json`.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseAutoencoderKLConfig(json: unknown, title = 'vae/config.json'): AutoencoderKLConfig {
  const fields = configFields(title, json)
  return {
    inChannels: fields.number('in_channels', 3),
    outChannels: fields.number('out_channels', 3),
    latentChannels: fields.number('latent_channels', 4),
    blockOutChannels: fields.list('block_out_channels'),
    layersPerBlock: fields.number('layers_per_block', 1),
    normGroups: fields.number('norm_num_groups', 32),
    scalingFactor: fields.number('scaling_factor', 0.18215),
    shiftFactor: fields.number('shift_factor', 0),
    midAttention: fields.toggle('mid_block_add_attention', true),
    quantConv: fields.toggle('use_quant_conv', true),
    postQuantConv: fields.toggle('use_post_quant_conv', true),
    ...(fields.has('batch_norm_eps') && { statistics: { epsilon: fields.number('batch_norm_eps') } }),
  }
}

/** The `vae/config.json` that `parseAutoencoderKLConfig` reads, as diffusers writes it. */
export const autoencoderKLJson = (config: AutoencoderKLConfig) => ({
  _class_name: config.statistics ? 'AutoencoderKLFlux2' : 'AutoencoderKL',
  act_fn: 'silu',
  in_channels: config.inChannels,
  out_channels: config.outChannels,
  latent_channels: config.latentChannels,
  block_out_channels: config.blockOutChannels,
  down_block_types: config.blockOutChannels.map(() => 'DownEncoderBlock2D'),
  up_block_types: config.blockOutChannels.map(() => 'UpDecoderBlock2D'),
  layers_per_block: config.layersPerBlock,
  norm_num_groups: config.normGroups,
  scaling_factor: config.scalingFactor,
  shift_factor: config.shiftFactor,
  mid_block_add_attention: config.midAttention,
  use_quant_conv: config.quantConv,
  use_post_quant_conv: config.postQuantConv,
  ...(config.statistics && { batch_norm_eps: config.statistics.epsilon, patch_size: [2, 2] }),
})
