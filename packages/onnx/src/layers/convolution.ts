import * as ops from '../graph/ops/index.ts'
import type { Value } from '../graph/value.ts'
import { float32, int32 } from '../tensor/tensor.ts'
import { GraphError } from '../graph/graph-error.ts'
import { isStaticShape, scaleDim, windowCount } from '../graph/shape.ts'
import { featureMap } from './feature-map.ts'
import type { FeatureMap } from './feature-map.ts'
import { convolutionTable } from './convolution-table.ts'
import type { Window } from './convolution-table.ts'
import type { Scope } from './scope.ts'

export interface Conv2dOptions {
  /** Channels of the result. */
  readonly out: number
  /** Side of the square kernel. Default 3. */
  readonly kernel?: number
  readonly stride?: number
  /** Zeros around the image; half the kernel where not given, which keeps the size. */
  readonly padding?: number
  /** Zeros on the left and top, right and bottom, where they differ. */
  readonly paddingAfter?: number
  readonly dilation?: number
  readonly groups?: number
  readonly bias?: boolean
}

/** Convolution; parameters `weight` `[out, in / groups, k, k]` and `bias` `[out]`, as torch keeps them. */
export function conv2d(scope: Scope, x: FeatureMap, options: Conv2dOptions): FeatureMap {
  return convolve(scope, x, options, 1)
}

/** The image enlarged by a whole factor (nearest), then a convolution `conv`. */
export function upsample2d(scope: Scope, x: FeatureMap, { out = x.channels, factor = 2 } = {}): FeatureMap {
  return convolve(scope.at('conv'), x, { out }, factor)
}

/**
 * A convolution `conv` of stride 2. `asymmetric` pads right and below only, as the encoder of Stable Diffusion's
 * autoencoder does.
 */
export function downsample2d(scope: Scope, x: FeatureMap, { out = x.channels, asymmetric = false } = {}): FeatureMap {
  const padding = asymmetric ? { padding: 0, paddingAfter: 1 } : { padding: 1 }
  return conv2d(scope.at('conv'), x, { out, stride: 2, ...padding })
}

function convolve(scope: Scope, x: FeatureMap, options: Conv2dOptions, enlarge: number): FeatureMap {
  const { out, kernel = 3, stride = 1, dilation = 1, groups = 1, bias = true } = options
  const { padding = Math.floor((dilation * (kernel - 1) + 1) / 2), paddingAfter = padding } = options
  return scope.build(() => {
    const weight = scope.parameter('weight', [out, x.channels / groups, kernel, kernel])
    const offset = bias ? scope.parameter('bias', [out]) : undefined
    const window = { kernel, stride, before: padding, after: paddingAfter, dilation, enlarge }
    if (x.layout === 'tokens' && groups === 1) return convolveTokens(x, weight, offset, window)
    if (x.layout === 'tokens') throw new GraphError(`${scope.prefix}: grouped convolution has no token layout`)
    const source = enlarge === 1 ? x.value : ops.resize(x.value, enlarge)
    const pads = [padding, padding, paddingAfter, paddingAfter]
    return featureMap(ops.conv(source, weight, offset, { stride, padding: pads, dilation, groups }))
  })
}

/**
 * Convolution over rows: gathers for each output pixel the rows below its kernel (a row of zeros stands for padding;
 * stride, dilation and enlargement are only other row numbers), then multiplies once.
 */
function convolveTokens(x: FeatureMap, weight: Value, bias: Value | undefined, window: Window): FeatureMap {
  const size = [x.batch, x.height, x.width]
  if (!isStaticShape(size)) {
    throw new GraphError(
      `The token layout needs batch, height and width while the graph is built, got [${size.join(', ')}]`,
    )
  }
  const { kernel, stride, before, after, dilation, enlarge } = window
  const [out, channels] = [Number(weight.shape[0]), x.channels]
  const extent = dilation * (kernel - 1) + 1
  const [height, width] = [x.height, x.width].map((dim) =>
    windowCount(scaleDim(dim, enlarge), before + after, extent, stride),
  )
  const shape = { batch: x.batch, height: height ?? 1, width: width ?? 1, channels: out }
  const plain = kernel === 1 && stride === 1 && before === 0 && after === 0 && enlarge === 1
  if (plain) {
    return {
      layout: 'tokens',
      ...shape,
      value: ops.gemm(x.value, ops.reshape(weight, [out, channels]), bias, { transB: true }),
    }
  }
  const [batch = 1, rows = 1, columns = 1] = size
  const { graph } = x.value
  const table = convolutionTable({ batch, height: rows, width: columns }, window)
  const index = graph.constant(int32([table.length / (kernel * kernel), kernel * kernel], table))
  const blank = graph.constant(float32([1, channels], new Float32Array(channels)))
  const patches = ops.gather(ops.concat([x.value, ops.cast(blank, x.value.dtype)], 0), index)
  const columnsOfKernel = ops.reshape(patches, [-1, kernel * kernel * channels])
  const matrix = ops.reshape(ops.transpose(weight, [0, 2, 3, 1]), [out, kernel * kernel * channels])
  return { layout: 'tokens', ...shape, value: ops.gemm(columnsOfKernel, matrix, bias, { transB: true }) }
}
