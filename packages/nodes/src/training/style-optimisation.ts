import {
  bindWeights,
  featureMap,
  Graph,
  ops,
  renameWeights,
  Scope,
  type FeatureMap,
  type SessionOptions,
  type Tensor,
  type Value,
  type WeightSource,
} from '@patchbay/onnx'
import { imageTrunk, mobileNetV2Trunk, type ImageTrunkConfig } from '../architectures/scorers/image-trunk.ts'
import { adaptiveLevels } from '../architectures/style-networks/adaptive-style.ts'
import { gramMatrix, placesOf } from '../architectures/style-networks/style-statistics.ts'
import type { StyleModel } from '../networks/style-model.ts'
import { stopGradient } from './losses/frozen.ts'
import { runTraining } from './loop/training-run.ts'

/** A network by whose levels pictures are compared: the first for content and style, coarser ones after it. */
export interface StyleEyes {
  readonly weights: WeightSource
  /** Levels of pictures [1, 3, height, width] in -1 to 1, the finest first. */
  levels(scope: Scope, picture: FeatureMap): readonly FeatureMap[]
  /** The level at which content is compared. */
  readonly contentLevel: number
}

const trunk: ImageTrunkConfig = { ...mobileNetV2Trunk, groups: mobileNetV2Trunk.groups.slice(0, 4) }

/** Pixels that a colour is the mean of: what lies below is texture. */
const colourCell = 8

/** A picture a whole number of times smaller, each place the mean of a square. */
function shrunk(map: FeatureMap, factor: number): FeatureMap {
  return featureMap(ops.averagePool(map.value, { kernel: factor }))
}

/**
 * The eyes of a MobileNetV2, such as the bundled score towers have: on the picture, on its half, for they are blind to
 * what is coarse, and on its colours as they are.
 */
export const trunkEyes = (weights: WeightSource): StyleEyes => ({
  weights: renameWeights(weights, (name) => (/^(stem|blocks)\./.test(name) ? `eyes.${name}` : undefined)),
  levels: (scope, picture) => [
    ...imageTrunk(scope.at('eyes'), trunk, picture),
    ...imageTrunk(scope.at('eyes'), { ...trunk, groups: trunk.groups.slice(0, 3) }, shrunk(picture, 2)),
    shrunk(picture, colourCell),
  ],
  contentLevel: 2,
})

/** The eyes of a style network of AdaIN: VGG-19, as Gatys et al. have it. Undefined for others. */
export function eyesOf(model: StyleModel): StyleEyes | undefined {
  if (model.kind !== 'adaptive') return undefined
  return {
    weights: model.weights,
    levels: (scope, { value, ...map }) => adaptiveLevels(scope, { ...map, value: ops.add(ops.mul(value, 0.5), 0.5) }),
    contentLevel: 3,
  }
}

export interface StyleOptimisation {
  readonly eyes: StyleEyes
  /** [1, 3, height, width] in -1 to 1, sides multiples of 16. */
  readonly content: Tensor
  /** The same, of any such size. */
  readonly style: Tensor
  readonly contentWeight: number
  readonly styleWeight: number
  readonly steps: number
  readonly learningRate: number
  readonly signal: AbortSignal
  readonly session: SessionOptions
  readonly onStep: (step: number, loss: number, picture: () => Tensor) => void | Promise<void>
}

/**
 * A picture with the content of one and the style of another (Gatys et al. 2016): its pixels are what is trained, from
 * the content on, so that its features are those of the content and its Gram matrices those of the style. Each distance
 * is a share of what it is measured against. Gives [1, 3, height, width].
 */
export async function optimiseStyle(options: StyleOptimisation): Promise<Tensor> {
  const { eyes, content, style, steps, learningRate, signal, session, onStep } = options
  const { parameters } = await runTraining({
    loss: optimisationLoss(options),
    feedsOf: () => ({ content, style }),
    steps,
    seed: 0,
    recipe: '',
    initial: { pixels: content },
    trainable: (name) => name === 'pixels',
    bind: bindWeights(eyes.weights),
    optimizer: { type: 'adamw', weightDecay: 0 },
    learningRate,
    signal,
    session,
    onStep: ({ step, loss, parameters: current }) => onStep(step, loss, () => current()['pixels'] ?? content),
  })
  return parameters['pixels'] ?? content
}

function optimisationLoss({ eyes, content, style, contentWeight, styleWeight }: StyleOptimisation): Value {
  const graph = new Graph()
  const scope = new Scope(graph)
  const sizesOf = ({ shape }: Tensor): number[] => [...shape]
  const seen = (value: Value): readonly FeatureMap[] => eyes.levels(scope, featureMap(value))
  const pixels = graph.parameter('pixels', 'float32', sizesOf(content))
  const original = graph.input('content', 'float32', sizesOf(content))
  const [own, wanted] = [seen(pixels), seen(original)]
  const drawn = seen(graph.input('style', 'float32', sizesOf(style)))
  const at = <Entry>(levels: readonly Entry[], index: number): Entry => {
    const level = levels[index]
    if (!level) throw new Error(`The network has no level ${index}`)
    return level
  }
  const kept = apart(placesOf(at(own, eyes.contentLevel)), placesOf(at(wanted, eyes.contentLevel)))
  const styles = own.map((level, i) => apart(momentsOf(level), momentsOf(at(drawn, i))))
  const moved = ops.div(
    styles.reduce((sum, value) => ops.add(sum, value)),
    styles.length,
  )
  const rough = ops.mul(roughness(ops.sub(pixels, original)), smoothness)
  return ops.add(ops.add(ops.mul(kept, contentWeight), ops.mul(moved, styleWeight)), rough)
}

/** Weight of the roughness of a change: a network with strides leaves a grid in it. */
const smoothness = 5

/** The mean square of neighbours apart, across and down. */
function roughness(x: Value): Value {
  const apartAlong = (axis: 2 | 3): Value => {
    const difference = ops.sub(ops.slice(x, axis, 1), ops.slice(x, axis, 0, -1))
    return ops.reduceMean(ops.mul(difference, difference), { keepDims: false })
  }
  return ops.add(apartAlong(2), apartAlong(3))
}

/** The Gram matrix of a level with a channel of ones beside its own, so that means are in it. */
function momentsOf(level: FeatureMap): Value {
  const places = placesOf(level)
  const ones = ops.add(ops.mul(ops.slice(places, 1, 0, 1), 0), 1)
  return gramMatrix(ops.concat([places, ones], 1))
}

/** The mean square of a difference, as a share of that of `b`, which holds still. */
function apart(a: Value, b: Value): Value {
  const still = stopGradient(b)
  const mean = (x: Value): Value => ops.reduceMean(ops.mul(x, x), { keepDims: false })
  return ops.div(mean(ops.sub(a, still)), ops.add(mean(still), 1e-6))
}
