import { numberAt } from '../tensor/index.ts'
import { int4Block, type QuantizedMatrix } from '../graph/quantized/quantized-matrix.ts'
import { decodedWeight, requireWeight, weightAsFloat32, type WeightSource } from './weight-source.ts'
import type { Weight } from './weight.ts'

/**
 * The largest level of an 8-bit weight. Processors with AVX2 and without VNNI add two products of an unsigned by a
 * signed byte in 16 bits and saturate there, which 2 · 255 · 63 does not reach; others take all of 8 bits.
 */
export const int8Levels = [127, 63] as const
export type Int8Levels = (typeof int8Levels)[number]

/** What every processor adds up without saturating. */
export const safeInt8Levels = 63

/**
 * The parameters that take the place of a quantised matrix: its values and its scales, made when one of them is first
 * read. Symmetric quantisation by the largest magnitude (Jacob et al. 2018, section 2.1, with zero point 0).
 */
export function quantizedWeights(
  source: WeightSource,
  matrices: readonly QuantizedMatrix[],
  levels: Int8Levels = safeInt8Levels,
): Weight[] {
  return matrices.flatMap((matrix) => {
    const { outputs, inputs } = matrix
    const quantized = once(() =>
      matrix.form === 'int8' ? quantizeInt8(source, matrix, levels) : quantizeInt4(source, matrix),
    )
    const blocks = inputs / int4Block
    const [values, scales]: [readonly number[], readonly number[]] =
      matrix.form === 'int8' ? [[inputs, outputs], [outputs]] : [[outputs, blocks, int4Block / 2], [outputs * blocks]]
    return [
      decodedWeight(matrix.values, matrix.form === 'int8' ? 'int8' : 'uint8', values, () => quantized().values),
      decodedWeight(matrix.scales, 'float32', scales, () => quantized().scales),
    ]
  })
}

interface Quantized {
  readonly values: Uint8Array
  readonly scales: Uint8Array
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined
  return () => (made ??= { result: make() }).result
}

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/** One scale an output; stored `[inputs, outputs]`, the channels of a tap side by side. */
function quantizeInt8(
  source: WeightSource,
  { name, outputs, inputs, taps }: QuantizedMatrix,
  levels: Int8Levels,
): Quantized {
  const weight = weightAsFloat32(requireWeight(source, name))
  const channels = inputs / taps
  const values = new Int8Array(inputs * outputs)
  const scales = new Float32Array(outputs)
  for (let output = 0; output < outputs; output++) {
    const row = weight.subarray(output * inputs, (output + 1) * inputs)
    const scale = largest(row) / levels || 1
    scales[output] = scale
    // The kernel of an output lies channel by channel, and within a channel tap by tap.
    for (let channel = 0, place = 0; channel < channels; channel++) {
      for (let tap = 0; tap < taps; tap++, place++) {
        values[(tap * channels + channel) * outputs + output] = Math.round(numberAt(row, place) / scale)
      }
    }
  }
  return { values: new Uint8Array(values.buffer), scales: new Uint8Array(scales.buffer) }
}

/** One scale a block of inputs, values from -8 to 7 stored as 0 to 15, low half first. */
function quantizeInt4(source: WeightSource, { name, outputs, inputs }: QuantizedMatrix): Quantized {
  const weight = weightAsFloat32(requireWeight(source, name))
  const values = new Uint8Array((outputs * inputs) / 2)
  const scales = new Float32Array((outputs * inputs) / int4Block)
  for (let block = 0; block < scales.length; block++) {
    const start = block * int4Block
    const row = weight.subarray(start, start + int4Block)
    // The value of largest magnitude becomes -8 exactly, whatever its sign: that is the wider end of the range.
    const extreme = row.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
    const scale = extreme / -8 || 1
    scales[block] = scale
    for (let index = 0; index < int4Block; index++) {
      const level = Math.min(15, Math.max(0, Math.round(numberAt(row, index) / scale) + 8))
      const at = (start + index) >> 1
      values[at] = numberAt(values, at) | (level << ((index & 1) * 4))
    }
  }
  return { values, scales: new Uint8Array(scales.buffer) }
}
