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
): Value {
  const map = activations.channelsLast(x)
  const columns = { ...map, levels: columnsOf(map, window) }
  return ops.transpose(product(columns, matrix, bias), [0, 3, 1, 2])
}

function columnsOf({ levels, zero }: QuantizedActivation, window: ConvolutionWindow): Value {
  const { kernel, strides, pads, dilations } = window
  const [above, left, below, right] = pads
  const isPadded = pads.some((count) => count !== 0)
  // The level of 0 surrounds the map, so that the border counts as zeros whatever the range is.
  const padded = isPadded ? ops.pad(levels, [0, above, left, 0], [0, below, right, 0], { value: zero }) : levels
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
