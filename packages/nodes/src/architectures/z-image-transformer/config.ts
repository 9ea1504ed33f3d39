import { ConfigError, configFields } from '../../weights/config-fields.ts'

/** What shapes a ZImageTransformer2DModel, field by field as diffusers reads it. */
export interface ZImageTransformerConfig {
  readonly inChannels: number
  readonly width: number
  readonly layers: number
  /** Blocks that picture and text pass each by itself first. */
  readonly refinerLayers: number
  readonly heads: number
  readonly textWidth: number
  readonly normEps: number
  /** Numbers of a head that picture, row and column turn. */
  readonly axes: readonly number[]
  readonly theta: number
  readonly timeScale: number
}

/**
 * Reads diffusers' `transformer/config.json`.
 * @throws ConfigError where a field is missing, of another kind, or asks for what this architecture does not have
 */
export function parseZImageTransformerConfig(
  json: unknown,
  title = 'transformer/config.json',
): ZImageTransformerConfig {
  const fields = configFields(title, json)
  if (fields.has('siglip_feat_dim')) {
    throw new ConfigError(
      `${title}: "siglip_feat_dim" asks for pictures as conditions (Z-Image Omni), which is not supported`,
    )
  }
  const heads = fields.number('n_heads', 30)
  if (fields.number('n_kv_heads', heads) !== heads) {
    throw new ConfigError(`${title}: "n_kv_heads" has to be "n_heads" (${heads})`)
  }
  if (!fields.toggle('qk_norm', true)) throw new ConfigError(`${title}: "qk_norm" is false; supported is true`)
  return {
    inChannels: fields.number('in_channels', 16),
    width: fields.number('dim', 3840),
    layers: fields.number('n_layers', 30),
    refinerLayers: fields.number('n_refiner_layers', 2),
    heads,
    textWidth: fields.number('cap_feat_dim', 2560),
    normEps: fields.number('norm_eps', 1e-5),
    axes: fields.has('axes_dims') ? fields.list('axes_dims') : [32, 48, 48],
    theta: fields.number('rope_theta', 256),
    timeScale: fields.number('t_scale', 1000),
  }
}

/** The `transformer/config.json` that `parseZImageTransformerConfig` reads, as diffusers writes it. */
export const zImageTransformerJson = (config: ZImageTransformerConfig) => ({
  _class_name: 'ZImageTransformer2DModel',
  in_channels: config.inChannels,
  dim: config.width,
  n_layers: config.layers,
  n_refiner_layers: config.refinerLayers,
  n_heads: config.heads,
  n_kv_heads: config.heads,
  cap_feat_dim: config.textWidth,
  norm_eps: config.normEps,
  qk_norm: true,
  axes_dims: config.axes,
  rope_theta: config.theta,
  t_scale: config.timeScale,
  all_patch_size: [2],
  all_f_patch_size: [1],
})
