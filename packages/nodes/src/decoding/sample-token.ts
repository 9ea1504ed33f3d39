import { numberAt, type Tensor } from '@patchbay/onnx/tensor'
import { parseSeed, philoxUniform, seedOfItem, type Seed } from '../random/index.ts'

/** How a token is chosen from its logits. */
export interface TokenChoice {
  /** Logits are divided by it: 1 draws as the model says, 0 takes the likeliest. Default 1. */
  readonly temperature?: number
  /** Only this many of the likeliest tokens may be drawn; 0 is all. Default 0. */
  readonly topK?: number
  /** Only the fewest likeliest tokens that have this probability together (Holtzman et al. 2019). Default 1: all. */
  readonly topP?: number
  /** Only tokens that are at least this share as likely as the likeliest (Nguyen et al. 2024). Default 0: all. */
  readonly minP?: number
  /**
   * Logits of tokens that came before are divided by it, or multiplied where below 0 (Keskar et al. 2019). Default
   * 1.
   */
  readonly repetitionPenalty?: number
}

/** Keeps draws of tokens apart from other draws of the same seed. */
const tokenStream = 2

/**
 * One token for each row of logits [items, codes]. Item k draws as seed + k does alone, and each place has a draw
 * of its own: neither the number of items nor the order of the places changes what is drawn.
 * @param place of the token in its sequence, from 0
 * @param earlier the tokens of each item that came before, for the repetition penalty
 */
export function sampleTokens(
  { shape, data }: Tensor,
  choice: TokenChoice,
  { seed, place }: { readonly seed: Seed; readonly place: number },
  earlier: readonly (readonly number[])[] = [],
): Int32Array {
  const [items = 0, codes = 0] = shape
  const first = parseSeed(seed)
  return Int32Array.from({ length: items }, (_, k) => {
    const [draw = 0] = philoxUniform(seedOfItem(first, k), [1], [place, tokenStream]).data
    return sampleToken(data.subarray(k * codes, (k + 1) * codes), choice, draw, earlier[k])
  })
}

/** The token that a number in [0, 1) draws from logits. The first of the likeliest where the temperature is 0. */
export function sampleToken(
  logits: Float32Array,
  choice: TokenChoice,
  draw: number,
  earlier: readonly number[] = [],
): number {
  const { temperature = 1, repetitionPenalty = 1 } = choice
  const penalised = repetitionPenalty === 1 ? logits : withPenalty(logits, earlier, repetitionPenalty)
  if (temperature === 0) return indexOfLargest(penalised)
  const weights = allowed(softWeights(penalised, temperature), choice)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let rest = draw * total
  let last = 0
  for (const [token, weight] of weights.entries()) {
    if (weight === 0) continue
    if (rest < weight) return token
    rest -= weight
    last = token
  }
  return last
}

/** The place of the largest number; the first of equal ones. */
export function indexOfLargest(numbers: Float32Array | Float64Array): number {
  let best = 0
  for (let i = 1; i < numbers.length; i++) if ((numbers[i] ?? -Infinity) > (numbers[best] ?? -Infinity)) best = i
  return best
}

function withPenalty(logits: Float32Array, earlier: readonly number[], penalty: number): Float32Array {
  const result = logits.slice()
  for (const token of new Set(earlier)) {
    const logit = numberAt(result, token)
    result[token] = logit > 0 ? logit / penalty : logit * penalty
  }
  return result
}

/** `exp((logit − largest) / temperature)`: probabilities but for their sum. The likeliest token has 1. */
function softWeights(logits: Float32Array, temperature: number): Float64Array {
  const largest = numberAt(logits, indexOfLargest(logits))
  return Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature))
}

/** The weights with 0 for each token that may not be drawn. */
function allowed(weights: Float64Array, { topK = 0, topP = 1, minP = 0 }: TokenChoice): Float64Array {
  const floor = Math.max(minP, leastOfLikeliest(weights, topK, topP))
  return floor === 0 ? weights : weights.map((weight) => (weight < floor ? 0 : weight))
}

/** The weight of the last token that top k and top p let through; 0 where neither leaves any out. */
function leastOfLikeliest(weights: Float64Array, topK: number, topP: number): number {
  const takesAll = topK === 0 || topK >= weights.length
  if (takesAll && topP >= 1) return 0
  const sorted = weights.slice().sort().reverse()
  const kept = takesAll ? sorted : sorted.subarray(0, topK)
  if (topP >= 1) return kept.at(-1) ?? 0
  const total = kept.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  for (const weight of kept) {
    sum += weight
    if (sum >= topP * total) return weight
  }
  return kept.at(-1) ?? 0
}
