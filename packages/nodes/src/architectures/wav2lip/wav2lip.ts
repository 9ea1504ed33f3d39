import { featureMap, mapValues, ops, type FeatureMap, type Scope, type Value } from '@patchbay/onnx'

/** What shapes Wav2Lip's generator (Prajwal et al. 2020). */
export interface Wav2LipConfig {
  /** Sides of the square pictures, a multiple of 32: 96 of the published files. */
  readonly size: number
  /** Channels of the levels of both encoders, the finest first: 32, 64, 128, 256, 512 of the published files. */
  readonly widths: readonly [number, number, number, number, number]
  /** Channels of the decoder's third level: 384 of the published files. */
  readonly middle: number
  /** How many frames before its own the sound of a frame begins: 0 of the published files. */
  readonly lead: number
}

/** Of the sound that makes a frame: bands and columns of the mel spectrogram, of which there are 80 a second. */
export const soundWindow = { bands: 80, columns: 16, perSecond: 80 } as const

/**
 * The network with its batch normalisations folded in, as `wav2lipWeights` names it.
 * @param sound [batch, 1, 80, 16], Wav2Lip's mel spectrogram
 * @param face [batch, 6, size, size] in 0 to 1, BLUE, green, red with the lower half 0, then the same face whole
 * @returns [batch, 3, size, size] in 0 to 1: blue, green, red
 */
export function wav2lip(scope: Scope, config: Wav2LipConfig, sound: Value, face: Value): Value {
  const { size, middle } = config
  const [a, b, c, d, e] = config.widths
  const least = size / 32
  const encoder = scope.at('face_encoder_blocks')
  const first = convolve(encoder.at(0, 0), featureMap(face), { out: a / 2, kernel: 7 })
  const maps = [first]
  for (const [i, [out, count]] of (
    [
      [a, 2],
      [b, 3],
      [c, 2],
      [d, 2],
      [e, 1],
    ] as const
  ).entries()) {
    const block = encoder.at(i + 1)
    const last = maps.at(-1) ?? first
    maps.push(residuals(block, convolve(block.at(0), last, { out, stride: 2 }), 1, count))
  }
  const whole = convolve(encoder.at(6, 0), maps.at(-1) ?? first, { out: e, kernel: least, padding: 0 })
  maps.push(convolve(encoder.at(6, 1), whole, { out: e, kernel: 1, padding: 0 }))

  const decoder = scope.at('face_decoder_blocks')
  let x = convolve(decoder.at(0, 0), hear(scope.at('audio_encoder'), config, sound), { out: e, kernel: 1, padding: 0 })
  x = joined(x, maps.pop())
  x = residuals(decoder.at(1), enlarge(decoder.at(1, 0), x, e, { kernel: least, stride: 1, padding: 0 }), 1, 1)
  x = joined(x, maps.pop())
  for (const [i, out] of [e, middle, d, c, b].entries()) {
    const block = decoder.at(i + 2)
    x = residuals(block, enlarge(block.at(0), x, out, { kernel: 3, stride: 2, padding: 1 }), 1, 2)
    x = joined(x, maps.pop())
  }
  const drawn = convolve(scope.at('output_block', 0), x, { out: a })
  const { weight, bias } = parametersOf(scope.at('output_block', 1), [3, a, 1, 1], 3)
  return ops.sigmoid(ops.conv(drawn.value, weight, bias, {}))
}

/** The sound of a frame in `widths[4]` numbers: [batch, widths[4], 1, 1]. */
function hear(scope: Scope, { widths: [a, b, c, d, e] }: Wav2LipConfig, sound: Value): FeatureMap {
  let x = residuals(scope, convolve(scope.at(0), featureMap(sound), { out: a }), 1, 2)
  x = residuals(scope, convolve(scope.at(3), x, { out: b, stride: [3, 1] }), 4, 2)
  x = residuals(scope, convolve(scope.at(6), x, { out: c, stride: 3 }), 7, 2)
  x = residuals(scope, convolve(scope.at(9), x, { out: d, stride: [3, 2] }), 10, 1)
  x = convolve(scope.at(11), x, { out: e, padding: 0 })
  return convolve(scope.at(12), x, { out: e, kernel: 1, padding: 0 })
}

interface ConvolveOptions {
  readonly out: number
  /** Default 3. */
  readonly kernel?: number
  readonly stride?: number | readonly number[]
  /** Half the kernel where it is not given. */
  readonly padding?: number
}

function parametersOf(scope: Scope, shape: readonly number[], out: number): { weight: Value; bias: Value } {
  return { weight: scope.parameter('weight', [...shape]), bias: scope.parameter('bias', [out]) }
}

function convolve(scope: Scope, x: FeatureMap, options: ConvolveOptions): FeatureMap {
  return mapValues(convolved(scope, x, options), ops.relu)
}

function convolved(scope: Scope, x: FeatureMap, options: ConvolveOptions): FeatureMap {
  const { out, kernel = 3, stride = 1, padding = Math.floor(kernel / 2) } = options
  const { weight, bias } = parametersOf(scope, [out, x.channels, kernel, kernel], out)
  return featureMap(ops.conv(x.value, weight, bias, { stride, padding }))
}

/** Convolutions that are added to what they see, at `first` and after it. */
function residuals(scope: Scope, x: FeatureMap, first: number, count: number): FeatureMap {
  let y = x
  for (let i = first; i < first + count; i++) {
    const change = convolved(scope.at(i), y, { out: y.channels })
    y = featureMap(ops.relu(ops.add(change.value, y.value)))
  }
  return y
}

interface EnlargeOptions {
  readonly kernel: number
  readonly stride: number
  readonly padding: number
}

function enlarge(scope: Scope, x: FeatureMap, out: number, { kernel, stride, padding }: EnlargeOptions): FeatureMap {
  const { weight, bias } = parametersOf(scope, [x.channels, out, kernel, kernel], out)
  const larger = ops.convTranspose(x.value, weight, bias, { stride, padding, outputPadding: stride - 1 })
  return featureMap(ops.relu(larger))
}

function joined(x: FeatureMap, seen: FeatureMap | undefined): FeatureMap {
  return seen ? featureMap(ops.concat([x.value, seen.value], 1)) : x
}
