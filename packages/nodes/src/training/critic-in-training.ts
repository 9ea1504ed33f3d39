import { float32, ops, type FeatureMap, type Feeds, type Scope, type Value } from '@patchbay/onnx'
import type { JsonObject } from '@patchbay/engine'
import type { Services } from '../host/services.ts'
import { refusalOf } from '../networks/exported-graph.ts'
import { embedTexts, type ScoreTowers } from '../scoring/score-towers.ts'
import type { CriticChoice } from '../values/critic.ts'
import type { FrozenWeights } from './frozen-weights.ts'
import type { NamedTensors } from './loop/training-state.ts'
import { criticEyesPlace, criticLosses, criticPlace, type CriticNetwork } from './losses/critic-loss.ts'

/** A critic beside whatever makes pictures: what any training takes that has a link for one. */
export interface CriticInTraining {
  /** The loss of the maker with what both sides of the critic add to it. */
  addTo(loss: Value, scope: Scope, pictures: { readonly real: FeatureMap; readonly made: FeatureMap }): Value
  /** What a step is fed for it, counted from 0. */
  feedsOf(step: number, captions: readonly string[]): Promise<Feeds>
  readonly frozen: readonly FrozenWeights[]
  readonly recipe: JsonObject
}

/**
 * The critic of a link, for pictures of a size; undefined without a link, and for a weight of 0, so that such a
 * training is the very one without.
 * @throws RangeError or TypeError in words where it cannot see such pictures
 */
export async function criticInTraining(
  services: Services,
  choice: CriticChoice | undefined,
  { batch, side }: { readonly batch: number; readonly side: number },
): Promise<CriticInTraining | undefined> {
  if (!choice || choice.weight === 0) return undefined
  const { kind, loss, gradientPenalty, weight, from, towers } = choice
  const encoder = kind === 'patch' ? undefined : eyesOf(towers, kind, side)
  const text = kind === 'text' ? towers : undefined
  const textWidth = text && (await embedTexts(services, text, [''])).width
  const network: CriticNetwork = { loss, gradientPenalty, ...(encoder && { eyes: encoder.trunk }) }
  return {
    addTo(makerLoss, scope, { real, made }) {
      const { graph } = scope
      const told = textWidth === undefined ? undefined : graph.input('criticText', 'float32', [batch, textWidth])
      const sides = criticLosses(scope, network, real, made, told)
      const heard = ops.mul(sides.maker, graph.input('adversarialWeight', 'float32', []))
      return ops.add(ops.add(makerLoss, heard), sides.critic)
    },
    async feedsOf(step, captions) {
      const words = text && (await embedTexts(services, text, captions))
      return {
        adversarialWeight: float32([], [step < from ? 0 : weight]),
        ...(words && { criticText: float32([words.count, words.width], unitRows(words)) }),
      }
    },
    frozen: encoder ? [{ place: criticEyesPlace, weights: encoder.weights }] : [],
    recipe: { kind, loss, weight, from, gradientPenalty, towers: encoder?.key ?? '' },
  }
}

function eyesOf(towers: ScoreTowers | undefined, kind: string, side: number) {
  if (!towers) throw new TypeError(`A critic of the kind "${kind}" sees with score towers: link LoadScoreTowers to it.`)
  const { image, name } = towers
  if ('file' in image) throw refusalOf(image.file, 'be part of a loss')
  const { trunk, weights, key } = image
  if (!trunk) {
    throw new TypeError(
      `${name} sees no places that a critic could judge: use towers with a convolutional trunk, such as patchbay-towers.`,
    )
  }
  if (side % trunk.scale !== 0) {
    throw new RangeError(
      `The critic sees with ${name}, which takes pictures whose sides are multiples of ${trunk.scale}, but got ${side}: load them at ${Math.ceil(side / trunk.scale) * trunk.scale}.`,
    )
  }
  return { trunk, weights, key }
}

/** Rows of length 1, times √width: about as large as features are. */
function unitRows({ values, width }: { readonly values: Float32Array; readonly width: number }): Float32Array {
  const scaled = new Float32Array(values.length)
  for (let start = 0; start < values.length; start += width) {
    const row = values.subarray(start, start + width)
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
    for (const [i, value] of row.entries()) scaled[start + i] = (value / Math.max(length, 1e-12)) * Math.sqrt(width)
  }
  return scaled
}

/** The maker's own of what was trained. */
export function withoutCritic(parameters: NamedTensors): NamedTensors {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !name.startsWith(`${criticPlace}.`)))
}
