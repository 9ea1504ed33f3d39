import { ConfigError, configFields } from '../../weights/config-fields.ts'

/** What shapes a FluxTransformer2DModel, field by field as diffusers reads it. */
export interface FluxTransformerConfig {
  /** Values of a token of 2 × 2 latents: 64; 384 with what Fill lays beside them. */
  readonly inChannels: number
  readonly outChannels: number
  readonly layers: number
  readonly singleLayers: number
  readonly heads: number
  readonly headWidth: number
  readonly textWidth: number
  readonly pooledWidth: number
  /** Whether it is told the guidance that it was distilled from (dev), or none (schnell). */
  readonly guidance: boolean
  /** Numbers of a head that picture, row and column turn. */
  readonly axes: readonly number[]
}

/**
 * Reads diffusers' `transformer/config.json`.
 * @throws ConfigError where a field is missing, of another kind, or asks for what this architecture does not have
 */
export function parseFluxTransformerConfig(json: unknown, title = 'transformer/config.json'): FluxTransformerConfig {
  const fields = configFields(title, json)
  const patch = fields.number('patch_size', 1)
  if (patch !== 1)
    throw new ConfigError(`${title}: "patch_size" is ${patch}; supported is 1, over latents packed by two`)
  const inChannels = fields.number('in_channels', 64)
  return {
    inChannels,
    outChannels: fields.number('out_channels', inChannels),
    layers: fields.number('num_layers', 19),
    singleLayers: fields.number('num_single_layers', 38),
    heads: fields.number('num_attention_heads', 24),
    headWidth: fields.number('attention_head_dim', 128),
    textWidth: fields.number('joint_attention_dim', 4096),
    pooledWidth: fields.number('pooled_projection_dim', 768),
    guidance: fields.toggle('guidance_embeds', false),
    axes: fields.has('axes_dims_rope') ? fields.list('axes_dims_rope') : [16, 56, 56],
  }
}

/** The `transformer/config.json` that `parseFluxTransformerConfig` reads, as diffusers writes it. */
export const fluxTransformerJson = (config: FluxTransformerConfig) => ({
  _class_name: 'FluxTransformer2DModel',
  patch_size: 1,
  in_channels: config.inChannels,
  out_channels: config.outChannels,
  num_layers: config.layers,
  num_single_layers: config.singleLayers,
  num_attention_heads: config.heads,
  attention_head_dim: config.headWidth,
  joint_attention_dim: config.textWidth,
  pooled_projection_dim: config.pooledWidth,
  guidance_embeds: config.guidance,
  axes_dims_rope: config.axes,
})
