import { addedDifference, mixedWeights, summedWeights, type ShareOf } from '../weights/merge-weights.ts'
import type { AppliedUpdate } from '../weights/lora/lora-binding.ts'
import { networkOf } from '../architectures/denoiser-part.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'

/** How much of the second model goes into each part of a network, 0 to 1. */
export interface BlockShares {
  readonly input: number
  readonly middle: number
  readonly output: number
}

/**
 * A model between two of one structure: LoRAs of both count by the same shares. Throws a CheckpointError for models
 * of two families.
 */
export function mergedModel(a: DiffusionModel, b: DiffusionModel, shares: BlockShares): DiffusionModel {
  const [own, other] = [a.denoising, b.denoising]
  const { sectionOf } = networkOf(own.part)
  const shareOf: ShareOf = (name) => shares[sectionOf(name)]
  const scaled = (updates: readonly AppliedUpdate[], amountOf: ShareOf): AppliedUpdate[] =>
    updates.map(({ update, strength }) => ({ update, strength: strength * amountOf(update.weight) }))
  return {
    ...a,
    denoising: {
      key: `merge(${own.key}, ${other.key}, ${Object.values(shares).join(', ')})`,
      part: { ...own.part, weights: mixedWeights(own.part.weights, other.part.weights, shareOf) },
      updates: [...scaled(own.updates, (name) => 1 - shareOf(name)), ...scaled(other.updates, shareOf)],
    },
  }
}

/** amounts[0] · a + amounts[1] · b, weight by weight; LoRAs of both count so too. */
export function summedModel(
  a: DiffusionModel,
  b: DiffusionModel,
  amounts: readonly [first: number, second: number],
): DiffusionModel {
  const [own, other] = [a.denoising, b.denoising]
  const times = (updates: readonly AppliedUpdate[], factor: number): AppliedUpdate[] =>
    updates.map(({ update, strength }) => ({ update, strength: strength * factor }))
  return {
    ...a,
    denoising: {
      key: `sum(${own.key}, ${other.key}, ${amounts.join(', ')})`,
      part: { ...own.part, weights: summedWeights(own.part.weights, other.part.weights, amounts) },
      updates: [...times(own.updates, amounts[0]), ...times(other.updates, amounts[1])],
    },
  }
}

/** a + amount · (b − c): what b learnt over c, added to a; LoRAs of all three count so too. */
export function modelWithDifference(
  a: DiffusionModel,
  b: DiffusionModel,
  c: DiffusionModel,
  amount: number,
): DiffusionModel {
  const [own, plus, minus] = [a.denoising, b.denoising, c.denoising]
  const times = (updates: readonly AppliedUpdate[], factor: number): AppliedUpdate[] =>
    updates.map(({ update, strength }) => ({ update, strength: strength * factor }))
  return {
    ...a,
    denoising: {
      key: `add(${own.key}, ${plus.key}, ${minus.key}, ${amount})`,
      part: {
        ...own.part,
        weights: addedDifference(own.part.weights, plus.part.weights, minus.part.weights, amount),
      },
      updates: [...own.updates, ...times(plus.updates, amount), ...times(minus.updates, -amount)],
    },
  }
}
