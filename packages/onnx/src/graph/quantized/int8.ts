import type { Value } from '../graph.ts'
import { microsoft } from '../operator.ts'
import * as ops from '../ops/index.ts'
import type { QuantizedActivation, QuantizedActivations } from './activations.ts'
import type { QuantizedMatrix } from './quantized-matrix.ts'

/** The geometry of a convolution without groups over `[n, c, h, w]`. */
export interface ConvolutionWindow {
  readonly kernel: readonly [height: number, width: number]
  readonly strides: readonly [number, number]
  /** Rows and columns of zeros: above, left, below, right. */
  readonly pads: readonly [number, number, number, number]
  readonly dilations: readonly [number, number]
}

/** `x · weight + bias` over the last axis; exact sums of 8-bit products, scaled to float32. */
export function int8Product(
  activations: QuantizedActivations,
  x: Value,
  matrix: QuantizedMatrix,
  bias: Value | undefined,
): Value {
  return product(activations.of(x), matrix, bias)
}

/**
 * A convolution as one product: the shifted views of the map that lie below the taps of the kernel, side by side, times
 * the matrix of the kernel (Chellapilla et al. 2006, section 3). All sizes but the channels may be open.
 */
export function int8Convolution(
  activations: QuantizedActivations,
  x: Value,
  matrix: QuantizedMatrix,
  bias: Value | undefined,
  window: ConvolutionWindow,
  bands = 1,
): Value {
  const { levels, ...rest } = activations.channelsLast(x)
  const padded = padLevels(levels, rest.zero, window)
  const results = bandsOf(padded, bands, window).map((band) =>
    product({ ...rest, levels: columnsOf(band, window) }, matrix, bias),
  )
  const [only] = results
  return ops.transpose(only && results.length === 1 ? only : ops.concat(results, 1), [0, 3, 1, 2])
}

/** The level of 0 surrounds the map, so that the border counts as zeros whatever the range is. */
function padLevels(levels: Value, zero: Value, { pads: [above, left, below, right] }: ConvolutionWindow): Value {
  if (above + left + below + right === 0) return levels
  return ops.pad(levels, [0, above, left, 0], [0, below, right, 0], { value: zero })
}

/**
 * The map in bands of rows, each with the rows around it that its kernels reach, so that the columns of one band are
 * all that lies in memory. Bands past the last row are empty.
 */
function bandsOf(map: Value, count: number, { kernel, strides, dilations }: ConvolutionWindow): Value[] {
  const [stride, extent] = [strides[0], (kernel[0] - 1) * dilations[0] + 1]
  if (count === 1 || extent === 1) return [map]
  const { graph } = map
  const whole = (number: number): Value => ops.reshape(graph.scalar('int64', number), [1])
  const height = ops.slice(ops.shape(map), 0, 1, 2)
  // Rows of the result, in bands rounded up.
  const rows = ops.add(ops.div(ops.sub(height, whole(extent)), whole(stride)), whole(1))
  const inBand = ops.div(ops.add(rows, whole(count - 1)), whole(count))
  const advance = ops.mul(inBand, whole(stride))
  const reach = ops.add(advance, whole(extent - stride))
  return Array.from({ length: count }, (_, band) => {
    const start = ops.mul(advance, whole(band))
    const inputs = [map, start, ops.add(start, reach), whole(1), whole(1)]
    const shape = map.shape.map((dim, axis) => (axis === 1 ? `band*(${dim})` : dim))
    const [cut = map] = graph.add({ opType: 'Slice', inputs, outputs: [{ dtype: map.dtype, shape }] })
    return cut
  })
}

function columnsOf(padded: Value, { kernel, strides, dilations }: ConvolutionWindow): Value {
  const rows = views(padded, 1, kernel[0], strides[0], dilations[0])
  const taps = rows.flatMap((row) => views(row, 2, kernel[1], strides[1], dilations[1]))
  return taps.length === 1 ? (taps[0] ?? padded) : ops.concat(taps, 3)
}

/** What each tap of the kernel sees along an axis; all of one length. */
function views(x: Value, axis: number, taps: number, stride: number, dilation: number): Value[] {
  const last = (taps - 1) * dilation
  if (last === 0 && stride === 1) return [x]
  return Array.from({ length: taps }, (_, tap) => {
    const start = tap * dilation
    return ops.slice(x, axis, start, start === last ? undefined : start - last, stride)
  })
}

function product(
  { levels, scale, zero }: QuantizedActivation,
  { values, scales, outputs, inputs }: QuantizedMatrix,
  bias: Value | undefined,
): Value {
  const { graph } = levels
  const [result = levels] = graph.add({
    opType: 'MatMulIntegerToFloat',
    domain: microsoft,
    inputs: [
      levels,
      graph.parameter(values, 'int8', [inputs, outputs]),
      scale,
      graph.parameter(scales, 'float32', [outputs]),
      zero,
      undefined,
      bias,
    ],
    outputs: [{ dtype: 'float32', shape: [...levels.shape.slice(0, -1), outputs] }],
  })
  return result
}
