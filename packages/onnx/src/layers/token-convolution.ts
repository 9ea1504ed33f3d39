import { GraphError } from '../graph/graph-error.ts'
import * as ops from '../graph/ops/index.ts'
import { isStaticShape, scaleDim, windowCount } from '../graph/shape.ts'
import type { Value } from '../graph/graph.ts'
import { float32, int32 } from '../tensor/tensor.ts'
import { convolutionTable, placesOf, reversedTable, type ImageSize, type Window } from './convolution-table.ts'
import type { FeatureMap } from './feature-map.ts'

/**
 * Convolution over rows `[batch·height·width, channels]`: gathers for each output pixel the rows below its kernel (a
 * row of zeros stands for padding; stride, dilation and enlargement are only other row numbers), then multiplies once.
 * The weight is torch's `[out, channels, k, k]`.
 */
export function convolveTokens(x: FeatureMap, weight: Value, bias: Value | undefined, window: Window): FeatureMap {
  const size = [x.batch, x.height, x.width]
  if (!isStaticShape(size)) {
    throw new GraphError(
      `The token layout needs batch, height and width while the graph is built, got [${size.join(', ')}]`,
    )
  }
  const [batch = 1, height = 1, width = 1] = size
  const { kernel, stride, before, after, dilation, enlarge } = window
  const [out, { channels }] = [Number(weight.shape[0]), x]
  const extent = dilation * (kernel - 1) + 1
  const count = (dim: number): number => Number(windowCount(scaleDim(dim, enlarge), before + after, extent, stride))
  const shape = { layout: 'tokens', batch, height: count(height), width: count(width), channels: out } as const
  if (kernel === 1 && stride === 1 && before === 0 && after === 0 && enlarge === 1) {
    return { ...shape, value: ops.gemm(x.value, ops.reshape(weight, [out, channels]), bias, { transB: true }) }
  }
  const taps = kernel * kernel
  const columns = ops.reshape(gatherRows(x.value, tableValue(x.value, { batch, height, width }, window)), [
    -1,
    taps * channels,
  ])
  const matrix = ops.reshape(swapLast(ops.reshape(weight, [out, channels, taps])), [out, taps * channels])
  const y = ops.gemm(columns, matrix, bias, { transB: true })
  x.value.graph.defineGradient(y, [x.value, weight, ...(bias ? [bias] : [])], (g) => {
    // The columns come first: the product of a wide by a narrow matrix is the faster of the two.
    const dMatrix = ops.gemm(columns, g, undefined, { transA: true })
    const byOutput = ops.reshape(swapLast(dMatrix), [out, taps, channels])
    const dWeight = ops.reshape(swapLast(byOutput), weight.shape)
    const dx =
      stride === 1
        ? gatherBack(g, weight, { batch, height, width }, window)
        : scatterBack(g, matrix, { batch, height, width }, window)
    return [dx, dWeight, ...(bias ? [ops.reduceSum(g, { axes: [0], keepDims: false })] : [])]
  })
  return { ...shape, value: y }
}

/**
 * Changes the last two axes, which ONNX Runtime does block by block; permutations of more axes it walks element by
 * element, which is several times slower.
 */
function swapLast(x: Value): Value {
  const rank = x.shape.length
  return ops.transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2])
}

/** Rows of `x` by number; the number after the last is a row of zeros. */
function gatherRows(x: Value, index: Value): Value {
  const width = Number(x.shape[1])
  const blank = x.graph.sharedConstant(`blank ${width}`, () => float32([1, width], new Float32Array(width)))
  return ops.gather(ops.concat([x, ops.cast(blank, x.dtype)], 0), index)
}

/** The gradient of the source is a convolution with the kernel turned round: the output pixels over each source row. */
function gatherBack(g: Value, weight: Value, size: ImageSize, window: Window): Value {
  const { kernel, enlarge } = window
  const { batch, height, width } = size
  const [out, channels] = [Number(weight.shape[0]), Number(weight.shape[1])]
  const taps = kernel * kernel
  const enlarged = { batch, height: height * enlarge, width: width * enlarge }
  const rows = batch * enlarged.height * enlarged.width
  const once = { ...window, enlarge: 1 }
  const index = g.graph.sharedConstant(`reversed ${describe(enlarged, once)}`, () =>
    int32([rows, taps], reversedTable(convolutionTable(enlarged, once), taps, rows)),
  )
  const columns = ops.reshape(gatherRows(g, index), [-1, taps * out])
  const byTap = ops.reshape(swapLast(ops.reshape(weight, [out * channels, taps])), [taps * out, channels])
  const dx = ops.gemm(columns, byTap)
  if (enlarge === 1) return dx
  const blocks = ops.reshape(dx, [batch, height, enlarge, width, enlarge, channels])
  return ops.reshape(ops.reduceSum(blocks, { axes: [2, 4], keepDims: false }), [-1, channels])
}

/**
 * With a stride, most taps of a source row have no output pixel: multiply first, then add up where the results belong.
 */
function scatterBack(g: Value, matrix: Value, size: ImageSize, window: Window): Value {
  const taps = window.kernel * window.kernel
  const rows = size.batch * size.height * size.width
  const channels = Number(matrix.shape[1]) / taps
  const products = ops.reshape(ops.gemm(g, matrix), [-1, channels])
  const index = g.graph.sharedConstant(`places ${describe(size, window)}`, () => {
    const { places, each } = placesOf(convolutionTable(size, window), rows)
    return int32([rows, each], places)
  })
  return ops.reduceSum(gatherRows(products, index), { axes: [1], keepDims: false })
}

function tableValue(x: Value, size: ImageSize, window: Window): Value {
  return x.graph.sharedConstant(`table ${describe(size, window)}`, () => {
    const table = convolutionTable(size, window)
    const taps = window.kernel * window.kernel
    return int32([table.length / taps, taps], table)
  })
}

function describe({ batch, height, width }: ImageSize, window: Window): string {
  const { kernel, stride, before, after, dilation, enlarge } = window
  return `${batch}x${height}x${width} k${kernel} s${stride} p${before},${after} d${dilation} e${enlarge}`
}
