import { featureMap, float32, ops, type Scope, type Value } from '@patchbay/onnx'
import type { BuiltImageEncoder } from '../../networks/image-encoder.ts'

/** What the names of the network begin with whose eyes a perceptual loss borrows; it is not trained. */
export const perceptualPlace = 'perceptual'

/**
 * How far two pictures [batch, 3, side, side] in -1 to 1 lie apart in what a network sees of them (Johnson et al. 2016,
 * section 3.2, on its last features, of length 1).
 */
export function perceptualDistance(scope: Scope, { input, build }: BuiltImageEncoder, a: Value, b: Value): Value {
  const { graph } = scope
  const channels = (values: readonly number[]): Value => graph.constant(float32([1, 3, 1, 1], values))
  const seen = (picture: Value): Value => {
    const shown = ops.div(ops.sub(ops.add(ops.mul(picture, 0.5), 0.5), channels(input.mean)), channels(input.deviation))
    const { features, embedding } = build(scope.at(perceptualPlace), featureMap(shown))
    const vector = features ?? embedding
    if (!vector) throw new TypeError('An image tower gives an embedding')
    return ops.div(vector, ops.sqrt(ops.add(ops.reduceSum(ops.mul(vector, vector), { axes: [-1] }), 1e-12)))
  }
  const difference = ops.sub(seen(a), seen(b))
  const squares = ops.reduceSum(ops.mul(difference, difference), { axes: [-1] })
  return ops.reduceMean(squares, { keepDims: false })
}

/** Throws a RangeError for pictures of another size than the network sees. */
export function expectSizeOf({ name, input }: BuiltImageEncoder, size: number): void {
  if (input.size === size) return
  throw new RangeError(
    `${name} sees pictures of ${input.size} pixels, but those of the data set have ${size}: load them at ${input.size}.`,
  )
}
