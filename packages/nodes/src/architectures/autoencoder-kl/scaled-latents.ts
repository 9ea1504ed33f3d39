import {
  featureMap,
  fromSequence,
  mapValues,
  ops,
  patchify,
  toChannelsFirst,
  unpatchify,
  type FeatureMap,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import { denoisedChannelsOf, type AutoencoderKLConfig } from './config.ts'

const packing = { side: 2, order: 'CRD' } as const

/** Latents as the decoder takes them, of those that the denoiser has. */
export function unscaledLatents(scope: Scope, config: AutoencoderKLConfig, latents: FeatureMap): FeatureMap {
  const { scalingFactor, shiftFactor } = config
  if (!config.statistics) return mapValues(latents, (z) => ops.add(ops.div(z, scalingFactor), shiftFactor))
  const { mean, deviation } = statisticsOf(scope, config, config.statistics)
  const whole = mapValues(latents, (z) => ops.add(ops.mul(z, deviation), mean))
  const { tokens, batch, rows, columns } = patchify(whole, { side: 1, order: packing.order })
  return unpatchify(tokens, { batch, rows, columns }, packing)
}

/** Latents as the denoiser has them, of the mean that the encoder gives. */
export function scaledLatents(scope: Scope, config: AutoencoderKLConfig, mean: Value): Value {
  const { scalingFactor, shiftFactor } = config
  if (!config.statistics) return ops.mul(ops.sub(mean, shiftFactor), scalingFactor)
  const own = statisticsOf(scope, config, config.statistics)
  const { tokens, batch, rows, columns } = patchify(featureMap(mean), packing)
  const shape = { layout: 'channels-first', value: tokens, channels: 0, batch, height: rows, width: columns } as const
  return ops.div(ops.sub(toChannelsFirst(fromSequence(tokens, shape)), own.mean), own.deviation)
}

/** Of each channel, [channels, 1, 1]. */
function statisticsOf(scope: Scope, config: AutoencoderKLConfig, { epsilon }: { readonly epsilon: number }) {
  const channels = denoisedChannelsOf(config)
  const each = (name: string): Value => ops.reshape(scope.at('bn').parameter(name, [channels]), [channels, 1, 1])
  return { mean: each('running_mean'), deviation: ops.sqrt(ops.add(each('running_var'), epsilon)) }
}
