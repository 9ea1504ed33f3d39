import * as ops from '../graph/ops/index.ts'
import { GraphError } from '../graph/graph-error.ts'
import { scaleDim } from '../graph/shape.ts'
import { featureMap, toChannelsFirst, toTokens, type FeatureMap } from './feature-map.ts'
import { convolveTokens } from './token-convolution.ts'
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

export interface Upsample2dOptions {
  /** Channels of the result; those of `x` where not given. */
  readonly out?: number
  /** A whole number. Default 2. */
  readonly factor?: number
  /** Takes the size of this map rather than a multiple of its own: where sides were odd before they were halved. */
  readonly like?: FeatureMap
}

/** The image enlarged (nearest), then a convolution `conv`. */
export function upsample2d(scope: Scope, x: FeatureMap, options: Upsample2dOptions = {}): FeatureMap {
  const { out = x.channels, factor = 2, like } = options
  const isMultiple = !like || (scaleDim(x.height, factor) === like.height && scaleDim(x.width, factor) === like.width)
  if (isMultiple) return convolve(scope.at('conv'), x, { out }, factor)
  const enlarged = featureMap(ops.resizeTo(toChannelsFirst(x), like.height, like.width))
  return conv2d(scope.at('conv'), x.layout === 'tokens' ? toTokens(enlarged) : enlarged, { out })
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
