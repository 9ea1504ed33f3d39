import {
  featureMap,
  float32,
  Graph,
  meanAbsoluteError,
  ops,
  Scope,
  toChannelsFirst,
  type FeatureMap,
  type Value,
} from '@patchbay/onnx'
import {
  codedStyle,
  codeOf,
  codeSize,
  codeTrunk,
  type CodedStyleConfig,
} from '../../architectures/style-networks/coded-style.ts'
import { gramMatrix, placesOf } from '../../architectures/style-networks/style-statistics.ts'
import { imageTrunk } from '../../architectures/scorers/image-trunk.ts'
import type { AddedCritic } from './autoencoder-loss.ts'
import { stopGradient } from './frozen.ts'

/** Weights of what is added up: those of the network that tools/training trains. */
const weights = { colour: 0.6, feature: 0.03, texture: 0.1, style: 1 } as const

/** Parameters that are used as they are: the trunk whose statistics are the code, and how codes are spread. */
export const isFixedInStyle = (name: string): boolean => /^(trunk\.|code_)/.test(name)

/**
 * How far a picture that was redrawn in a style lies from the true drawing of that style: in colours, also of a quarter
 * of the size; in what a trunk sees (Johnson et al. 2016), its Gram matrices (Gatys et al. 2016) and its means and
 * deviations (Huang and Belongie 2017). Inputs: `picture` and `target` [batch, 3, side, side] in -1 to 1, `code`
 * [batch, codeSize], and what the critic takes where there is one.
 */
export function styleLoss(
  config: CodedStyleConfig,
  { batch, side }: { readonly batch: number; readonly side: number },
  critic?: AddedCritic,
): Value {
  if (side % 8 !== 0) throw new RangeError(`A style network halves pictures three times: ${side} is no multiple of 8.`)
  const graph = new Graph()
  const scope = new Scope(graph)
  const map = (name: string): FeatureMap => featureMap(graph.input(name, 'float32', [batch, 3, side, side]))
  const [picture, target] = [map('picture'), map('target')]
  const code = graph.input('code', 'float32', [batch, codeSize])
  const drawn = codedStyle(scope, config, picture, code)
  const [seen, wanted] = [drawn, target].map((shown) => imageTrunk(scope.at('trunk'), codeTrunk, shown))
  if (!seen || !wanted) throw new Error('There are two pictures')
  const still = wanted.map((level) => ({ ...level, value: stopGradient(level.value) }))
  const parts: readonly (readonly [number, Value])[] = [
    [weights.colour, colourDistance(toChannelsFirst(drawn), target.value)],
    [weights.feature, sumOver(seen, still, featureDistance)],
    [weights.texture, sumOver(seen, still, textureDistance)],
    [weights.style, codeDistance(codeOf(seen), codeOf(still), scope.parameter('code_deviation', [codeSize]))],
  ]
  const loss = parts.map(([weight, value]) => ops.mul(value, weight)).reduce((sum, value) => ops.add(sum, value))
  const made = featureMap(toChannelsFirst(drawn))
  return critic ? critic.addTo(loss, scope, { real: target, made }) : loss
}

function colourDistance(drawn: Value, target: Value): Value {
  const quarter = (x: Value): Value => ops.averagePool(x, { kernel: 4 })
  return ops.add(meanAbsoluteError(drawn, target), meanAbsoluteError(quarter(drawn), quarter(target)))
}

const mean = (x: Value): Value => ops.reduceMean(x, { keepDims: false })
const square = (x: Value): Value => ops.mul(x, x)

/** The mean square of a difference, as a share of that of `b`. */
const relativeSquare = (a: Value, b: Value, least: number): Value =>
  ops.div(mean(square(ops.sub(a, b))), ops.add(mean(square(b)), least))

const featureDistance = (a: FeatureMap, b: FeatureMap): Value => relativeSquare(placesOf(a), placesOf(b), 1e-4)
const textureDistance = (a: FeatureMap, b: FeatureMap): Value =>
  relativeSquare(gramMatrix(placesOf(a)), gramMatrix(placesOf(b)), 1e-6)

function sumOver(
  a: readonly FeatureMap[],
  b: readonly FeatureMap[],
  distance: (a: FeatureMap, b: FeatureMap) => Value,
): Value {
  return a.map((level, i) => distance(level, b[i] ?? level)).reduce((sum, value) => ops.add(sum, value))
}

/** The mean of a smooth absolute value (Girshick 2015, eq. 3) of codes apart, in their own deviations. */
function codeDistance(a: Value, b: Value, deviation: Value): Value {
  const apart = ops.abs(ops.div(ops.sub(a, b), stopGradient(deviation)))
  const near = ops.min(apart, 1)
  return mean(ops.add(ops.mul(square(near), 0.5), ops.sub(apart, near)))
}

/** Feeds of one step: pictures [batch, 3, side, side] in -1 to 1 each, and codes [batch, codeSize]. */
export function styleFeeds(
  { batch, side }: { readonly batch: number; readonly side: number },
  { picture, target, code }: Readonly<Record<'picture' | 'target' | 'code', Float32Array>>,
) {
  const shape = [batch, 3, side, side]
  return { picture: float32(shape, picture), target: float32(shape, target), code: float32([batch, codeSize], code) }
}
