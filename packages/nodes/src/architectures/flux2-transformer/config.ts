import { ConfigError, configFields } from '../../weights/config-fields.ts'

/** What shapes a Flux2Transformer2DModel, field by field as diffusers reads it. */
export interface Flux2TransformerConfig {
  /** Channels of the latents: 128, of 16 × 16 pixels each. */
  readonly inChannels: number
  readonly outChannels: number
  readonly layers: number
  readonly singleLayers: number
  readonly heads: number
  readonly headWidth: number
  readonly textWidth: number
  /** Width of a feed-forward layer as a multiple of the network's. */
  readonly mlpRatio: number
  /** Values that stand for a timestep before its embedding. */
  readonly timeWaves: number
  /** Whether it is told the guidance that it was distilled from (dev). */
  readonly guidance: boolean
  /** Numbers of a head that picture, row, column and word turn. */
  readonly axes: readonly number[]
  readonly theta: number
}

/**
 * Reads diffusers' `transformer/config.json`.
 * @throws ConfigError where a field is missing, of another kind, or asks for what this architecture does not have
 */
export function parseFlux2TransformerConfig(json: unknown, title = 'transformer/config.json'): Flux2TransformerConfig {
  const fields = configFields(title, json)
  const patch = fields.number('patch_size', 1)
  if (patch !== 1) throw new ConfigError(`${title}: "patch_size" is ${patch}; supported is 1`)
  const inChannels = fields.number('in_channels', 128)
  return {
    inChannels,
    outChannels: fields.number('out_channels', inChannels),
    layers: fields.number('num_layers', 8),
    singleLayers: fields.number('num_single_layers', 48),
    heads: fields.number('num_attention_heads', 48),
    headWidth: fields.number('attention_head_dim', 128),
    textWidth: fields.number('joint_attention_dim', 15360),
    mlpRatio: fields.number('mlp_ratio', 3),
    timeWaves: fields.number('timestep_guidance_channels', 256),
    guidance: fields.toggle('guidance_embeds', true),
    axes: fields.has('axes_dims_rope') ? fields.list('axes_dims_rope') : [32, 32, 32, 32],
    theta: fields.number('rope_theta', 2000),
  }
}

/** The `transformer/config.json` that `parseFlux2TransformerConfig` reads, as diffusers writes it. */
export const flux2TransformerJson = (config: Flux2TransformerConfig) => ({
  _class_name: 'Flux2Transformer2DModel',
  patch_size: 1,
  in_channels: config.inChannels,
  out_channels: config.outChannels,
  num_layers: config.layers,
  num_single_layers: config.singleLayers,
  num_attention_heads: config.heads,
  attention_head_dim: config.headWidth,
  joint_attention_dim: config.textWidth,
  mlp_ratio: config.mlpRatio,
  timestep_guidance_channels: config.timeWaves,
  guidance_embeds: config.guidance,
  axes_dims_rope: config.axes,
  rope_theta: config.theta,
})
