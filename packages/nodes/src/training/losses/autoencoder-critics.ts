import {
  type Feeds,
  bindWeights,
  renameWeights,
  type TrainerOptions,
  binaryCrossEntropy,
  conv2d,
  featureMap,
  float32,
  ops,
  type FeatureMap,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import { imageTrunk, type ImageTrunkConfig } from '../../architectures/scorers/image-trunk.ts'
import type { BuiltImageEncoder } from '../../networks/image-encoder.ts'
import { FrozenScope, stopGradient } from './frozen.ts'
import type { NamedTensors } from '../loop/training-state.ts'

/**
 * What the names of a critic's parameters begin with: they are trained beside the autoencoder, and are no part of it.
 */
export const criticPlace = 'critic'
/** The same for the network whose eyes a perceptual loss borrows; it is not trained. */
const perceptualPlace = 'perceptual'

const trunk: ImageTrunkConfig = {
  block: 'plain',
  stemChannels: 32,
  groups: [
    { expansion: 1, channels: 64, repeats: 1, stride: 2 },
    { expansion: 1, channels: 128, repeats: 1, stride: 1 },
  ],
}

/** How real each patch looks, as logits (Isola et al. 2017, section 2.2.2). */
function patchLogits(scope: Scope, image: FeatureMap): Value {
  const seen = imageTrunk(scope, trunk, image).at(-1) ?? image
  return conv2d(scope.at('out'), seen, { out: 1, kernel: 1, padding: 0 }).value
}

/**
 * The two sides of an adversarial loss in one graph (Goodfellow et al. 2014, section 3, the form that does not
 * saturate): what the decoder is told by a critic that holds still, and what the critic learns from pictures that hold
 * still.
 */
export function adversarialLosses(
  scope: Scope,
  real: FeatureMap,
  made: FeatureMap,
): { readonly decoder: Value; readonly critic: Value } {
  const at = scope.at(criticPlace)
  const still = new FrozenScope(scope.graph, scope, at.prefix)
  const is = (logits: Value, target: 0 | 1): Value => binaryCrossEntropy(logits, scope.graph.scalar('float32', target))
  const stillMade = { ...made, value: stopGradient(made.value) }
  const critic = ops.add(is(patchLogits(at, real), 1), is(patchLogits(at, stillMade), 0))
  return { decoder: is(patchLogits(still, made), 1), critic: ops.mul(critic, 0.5) }
}

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

/** How much the critic counts at a step. */
export const adversarialFeeds = (weight: number): Feeds => ({ adversarialWeight: float32([], [weight]) })

/**
 * What of the loss is trained, and where the rest comes from; throws a RangeError for pictures of another size than the
 * network sees.
 */
export function criticsBinding(
  encoder: BuiltImageEncoder | undefined,
  size: number,
): Pick<TrainerOptions, 'trainable' | 'bind'> {
  if (!encoder) return {}
  if (encoder.input.size !== size) {
    throw new RangeError(
      `${encoder.name} sees pictures of ${encoder.input.size} pixels, but those of the data set have ${size}: load them at ${encoder.input.size}.`,
    )
  }
  const isBorrowed = (name: string): boolean => name.startsWith(`${perceptualPlace}.`)
  const borrowed = renameWeights(encoder.weights, (name) => `${perceptualPlace}.${name}`)
  return { trainable: (name) => !isBorrowed(name), bind: bindWeights(borrowed) }
}

/** The autoencoder's own of what was trained. */
export function withoutCritic(parameters: NamedTensors): NamedTensors {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !name.startsWith(`${criticPlace}.`)))
}
