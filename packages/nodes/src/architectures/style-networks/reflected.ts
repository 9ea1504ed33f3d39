import { conv2d, featureMap, ops, toChannelsFirst, type FeatureMap, type Scope } from '@patchbay/onnx'

export interface ReflectedOptions {
  readonly out: number
  /** Default 3. */
  readonly kernel?: number
  readonly stride?: number
}

/** A convolution of a picture that is mirrored at its edges, so that they get no frame. */
export function reflectedConv(
  scope: Scope,
  x: FeatureMap,
  { out, kernel = 3, stride = 1 }: ReflectedOptions,
): FeatureMap {
  const reach = Math.floor(kernel / 2)
  const edges = [0, 0, reach, reach]
  const padded = reach === 0 ? x : featureMap(ops.pad(toChannelsFirst(x), edges, edges, { mode: 'reflect' }))
  return conv2d(scope, padded, { out, kernel, stride, padding: 0 })
}

/** Twice as large, each place repeated. */
export const doubled = (x: FeatureMap): FeatureMap => featureMap(ops.resize(toChannelsFirst(x), 2))
