import {
  conv2d,
  linear,
  mapValues,
  ops,
  toChannelsFirst,
  type FeatureMap,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import { imageTrunk, type ImageTrunkConfig } from '../../architectures/scorers/image-trunk.ts'
import type { PictureTrunk } from '../../networks/image-encoder.ts'
import type { AdversarialLossName } from '../../values/critic.ts'
import { adversarialLossesByName, gradientPenalty, type Verdicts } from './adversarial-loss.ts'
import { FrozenScope, stopGradient } from './frozen.ts'

/** What the names of a critic's parameters begin with: they are trained beside the maker, and are no part of it. */
export const criticPlace = 'critic'
/** The same for the frozen network that it sees with; it is not trained. */
export const criticEyesPlace = 'critic_eyes'

/** A critic as it stands in a loss. */
export interface CriticNetwork {
  readonly loss: AdversarialLossName
  readonly gradientPenalty: number
  /** What it sees with; it learns to see patches by itself without. */
  readonly eyes?: PictureTrunk
  /** Whether it is told what a picture shows. */
  readonly isToldText?: boolean
}

export interface CriticLosses {
  /** What the maker of pictures is told by a critic that holds still. */
  readonly maker: Value
  /** What the critic learns from pictures that hold still, its gradient penalty included. */
  readonly critic: Value
}

/**
 * The two sides of an adversarial loss in one graph. Neither gets a gradient of the other: the maker hears a critic
 * whose parameters are frozen, and the critic sees pictures through which no gradient flows.
 * @param real pictures in -1 to 1, [batch, 3, side, side], and `made` the same
 * @param text embeddings of what they show, [batch, width]; only for a critic that is told
 */
export function criticLosses(
  scope: Scope,
  critic: CriticNetwork,
  real: FeatureMap,
  made: FeatureMap,
  text?: Value,
): CriticLosses {
  const { eyes, loss, gradientPenalty: penaltyWeight } = critic
  const at = scope.at(criticPlace)
  const still = new FrozenScope(scope.graph, scope, at.prefix)
  const eyesAt = new FrozenScope(scope.graph, scope, criticEyesPlace)
  const see = (picture: FeatureMap): readonly FeatureMap[] => (eyes ? eyes.levels(eyesAt, picture) : [picture])
  const judge = (where: Scope, seen: readonly FeatureMap[]): readonly Value[] =>
    eyes ? headLogits(where, seen, text) : seen.map((picture) => patchLogits(where, picture))
  const fixed = (seen: readonly FeatureMap[]) => seen.map((map) => mapValues(map, stopGradient))
  const [realSeen, madeSeen] = [fixed(see(real)), see(made)]
  const onReal = judge(at, realSeen)
  const learning = pairsOf(onReal, judge(at, fixed(madeSeen)))
  const hearing = pairsOf(judge(still, realSeen), judge(still, madeSeen))
  const sides = adversarialLossesByName[loss]
  const learnt = meanOf(learning.map(sides.critic))
  // On what a head looks at: the picture, or what the eyes see of it (Sauer et al. 2023, section 3.2).
  const penalty = (): Value =>
    meanOf(realSeen.map(({ value }, head) => gradientPenalty(onReal[head] ?? value, [value])))
  return {
    maker: meanOf(hearing.map(sides.maker)),
    critic: penaltyWeight > 0 ? ops.add(learnt, ops.mul(penalty(), penaltyWeight / 2)) : learnt,
  }
}

const pairsOf = (real: readonly Value[], made: readonly Value[]): readonly Verdicts[] =>
  real.map((own, head) => ({ real: own, made: made[head] ?? own }))

const meanOf = (values: readonly Value[]): Value =>
  ops.mul(
    values.reduce((sum, value) => ops.add(sum, value)),
    1 / values.length,
  )

const patchTrunk: ImageTrunkConfig = {
  block: 'plain',
  stemChannels: 32,
  groups: [
    { expansion: 1, channels: 64, repeats: 1, stride: 2 },
    { expansion: 1, channels: 128, repeats: 1, stride: 1 },
  ],
}

/** How real each patch looks (Isola et al. 2017, section 2.2.2): [batch, 1, rows, columns]. */
function patchLogits(scope: Scope, image: FeatureMap): Value {
  const seen = imageTrunk(scope, patchTrunk, image).at(-1) ?? image
  return toChannelsFirst(conv2d(scope.at('out'), seen, { out: 1, kernel: 1, padding: 0 }))
}

/** Channels of a head that looks at features. */
const headWidth = 64

/**
 * One head for each level of what frozen eyes see (Sauer et al. 2021, section 3.1), places judged one by one; a text
 * enters by an inner product (Miyato and Koyama 2018, figure 1d). [batch, 1, rows, columns] each.
 */
function headLogits(scope: Scope, levels: readonly FeatureMap[], text: Value | undefined): readonly Value[] {
  return levels.map((level, index) => {
    const at = scope.at('heads', index)
    const hidden = mapValues(conv2d(at.at('hidden'), level, { out: headWidth, kernel: 1, padding: 0 }), (value) =>
      ops.leakyRelu(value, 0.2),
    )
    const plain = toChannelsFirst(conv2d(at.at('out'), hidden, { out: 1, kernel: 1, padding: 0 }))
    if (!text) return plain
    const words = ops.unsqueeze(linear(at.at('text'), text, { out: headWidth }), [2, 3])
    const matching = ops.reduceSum(ops.mul(toChannelsFirst(hidden), words), { axes: [1] })
    return ops.add(plain, ops.mul(matching, 1 / Math.sqrt(headWidth)))
  })
}
