import { numberAt } from '@patchbay/onnx/tensor'
import { conv2d, mapValues, ops, silu, type FeatureMap, type Scope, type Value } from '@patchbay/onnx'
import { ConfigError, configFields } from '../../weights/config-fields.ts'
import type { DenoiserInputs } from '../kinds/denoiser.ts'
import { parseUNet2DConditionConfig, type UNet2DConditionConfig } from '../unet-2d-condition/config.ts'
import { embedTimestep, encode } from '../unet-2d-condition/unet-2d-condition.ts'

/**
 * What shapes a ControlNet: the UNet it steers, and the convolutions that bring its hint to the size of the latents.
 */
export interface ControlNetConfig {
  readonly unet: UNet2DConditionConfig
  readonly hintChannels: number
  readonly hintBlockChannels: readonly number[]
}

/**
 * Reads diffusers' `config.json` of a ControlNet.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseControlNetConfig(json: unknown, title = 'controlnet/config.json'): ControlNetConfig {
  const fields = configFields(title, json)
  const order = fields.text('controlnet_conditioning_channel_order', 'rgb')
  if (order !== 'rgb') throw new ConfigError(`${title}: the channel order is "${order}"; supported is "rgb"`)
  if (fields.toggle('global_pool_conditions', false)) {
    throw new ConfigError(`${title}: "global_pool_conditions" (the shuffle ControlNet) is not supported`)
  }
  const down = fields.texts('down_block_types')
  // A ControlNet has no decoder; the UNet's own mirrors its encoder.
  const up = [...down].reverse().map((type) => type.replace('Down', 'Up'))
  const object = { ...(json as object), up_block_types: up }
  return {
    unet: parseUNet2DConditionConfig(object, title),
    hintChannels: fields.number('conditioning_channels', 3),
    hintBlockChannels: fields.has('conditioning_embedding_out_channels')
      ? fields.list('conditioning_embedding_out_channels')
      : [16, 32, 96, 256],
  }
}

export interface ControlNetInputs extends Omit<DenoiserInputs, 'residuals'> {
  /** The hint in 0 to 1, at the size of the picture: [batch, hintChannels, height, width]. */
  readonly hint: FeatureMap
  /** Strength, a scalar or [batch, 1, 1, 1]. */
  readonly strength: Value
}

/**
 * What a UNet adds to its skip connections, in order, and to its middle block, last (Zhang et al. 2023, section 3.1).
 */
export function controlNet(scope: Scope, config: ControlNetConfig, inputs: ControlNetInputs): readonly FeatureMap[] {
  const { unet } = config
  const embedding = embedTimestep(scope, unet, inputs)
  const hint = embedHint(scope.at('controlnet_cond_embedding'), config, inputs.hint)
  const { skips, x } = encode(scope, unet, inputs, embedding, { hint })
  const zeroConvolution = (at: Scope, map: FeatureMap): FeatureMap =>
    mapValues(conv2d(at, map, { out: map.channels, kernel: 1 }), (value) => ops.mul(value, inputs.strength))
  return [
    ...skips.map((skip, index) => zeroConvolution(scope.at('controlnet_down_blocks', index), skip)),
    zeroConvolution(scope.at('controlnet_mid_block'), x),
  ]
}

/** Convolutions that halve the hint's size with each step but the last: to an eighth for published ControlNets. */
function embedHint(scope: Scope, { unet, hintBlockChannels }: ControlNetConfig, hint: FeatureMap): FeatureMap {
  const active = (map: FeatureMap): FeatureMap => mapValues(map, silu)
  let x = active(conv2d(scope.at('conv_in'), hint, { out: numberAt(hintBlockChannels, 0) }))
  for (const [index, channels] of hintBlockChannels.slice(0, -1).entries()) {
    x = active(conv2d(scope.at('blocks', 2 * index), x, { out: channels }))
    x = active(conv2d(scope.at('blocks', 2 * index + 1), x, { out: numberAt(hintBlockChannels, index + 1), stride: 2 }))
  }
  return conv2d(scope.at('conv_out'), x, { out: numberAt(unet.blockOutChannels, 0) })
}
