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
}

/** Pixels a latent stands for along each side: 8 for every published Stable Diffusion. */
export function latentScaleOf(config: Pick<AutoencoderKLConfig, 'blockOutChannels'>): number {
  return 2 ** (config.blockOutChannels.length - 1)
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
  }
}

/** The `vae/config.json` that `parseAutoencoderKLConfig` reads, as diffusers writes it. */
export const autoencoderKLJson = (config: AutoencoderKLConfig) => ({
  _class_name: 'AutoencoderKL',
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
})
