import { numberAt, type Tensor } from '@patchbay/onnx/tensor'
import type { TokenDecoder } from './decode-tokens.ts'
import { isDone, type StopRule } from './stop.ts'

/** A network that gives one token after another, whose rows can be chosen anew between two of them. */
export interface BeamDecoder<Cache> extends TokenDecoder<Cache> {
  /** What it remembers of some of the rows, in this order; a row may come several times. */
  rowsOf(cache: Cache, rows: readonly number[]): Cache
}

export interface BeamOptions {
  /** How many sequences are kept from token to token; 1 is the likeliest token each time. */
  readonly beams: number
  readonly stop: StopRule
  /** A sequence's sum of log probabilities is divided by its length to this power. Default 1. */
  readonly lengthPenalty?: number
  /** Ends once there are as many whole sequences as beams; else once no other can become better. Default false. */
  readonly early?: boolean
  /** After each token, with the likeliest sequence so far. */
  onToken?(tokens: readonly number[]): void
  readonly signal?: AbortSignal
}

/** A sequence of tokens, its end token included, and its log probability over its length to the penalty. */
export interface Beam {
  readonly tokens: readonly number[]
  readonly score: number
}

interface Running {
  /** Sum of the log probabilities. */
  readonly sum: number
  readonly tokens: readonly number[]
  /** The row of the logits that it goes on from. */
  readonly row: number
}

/**
 * Beam search: of all continuations of the kept sequences the likeliest are kept, and whole sequences compete by their
 * mean log probability (Wu et al. 2016, eq. 14, with the length alone; step by step as transformers' `generate` does).
 * @returns whole sequences, the best first; at least one
 */
export async function beamSearch<Cache>(decoder: BeamDecoder<Cache>, options: BeamOptions): Promise<readonly Beam[]> {
  const { beams, stop, lengthPenalty = 1, early = false, onToken, signal } = options
  let decoded = await decoder.prefill()
  let running: readonly Running[] = [{ sum: 0, tokens: [], row: 0 }]
  let whole: readonly Beam[] = []
  for (let place = 0; ; place++) {
    signal?.throwIfAborted()
    const candidates = continuations(running, decoded.logits, 2 * beams)
    const length = (place + 1) ** lengthPenalty
    // Whole sequences count where they are among as many as are kept: one far behind is no result.
    const ended = candidates.slice(0, beams).filter(({ tokens }) => isDone(tokens, stop))
    whole = best([...whole, ...ended.map(({ sum, tokens }) => ({ tokens, score: sum / length }))], beams)
    running = candidates.filter(({ tokens }) => !isDone(tokens, stop)).slice(0, beams)
    onToken?.(leading(running, whole, length))
    const [first] = running
    if (!first) return whole
    const isFull = whole.length >= beams
    // One beam that ends is the result, as each of its tokens was the likeliest.
    if (isFull && (early || beams === 1)) return whole
    if (isFull && first.sum / length <= (whole.at(-1)?.score ?? -Infinity)) return whole
    const cache = decoder.rowsOf(
      decoded.cache,
      running.map(({ row }) => row),
    )
    const last = Int32Array.from(running, ({ tokens }) => tokens.at(-1) ?? 0)
    running = running.map((beam, row) => ({ ...beam, row }))
    decoded = await decoder.step(last, place, cache)
  }
}

const best = (found: readonly Beam[], count: number): readonly Beam[] =>
  [...found].sort((a, b) => b.score - a.score).slice(0, count)

function leading(running: readonly Running[], whole: readonly Beam[], length: number): readonly number[] {
  const [[first], [done]] = [running, whole]
  if (!first) return done?.tokens ?? []
  return done && done.score > first.sum / length ? done.tokens : first.tokens
}

/** The likeliest sequences that are one token longer, the likeliest first. `logits`: [rows, codes]. */
function continuations(running: readonly Running[], { shape, data }: Tensor, count: number): readonly Running[] {
  const codes = shape.at(-1) ?? 0
  const found = new Likeliest(count)
  for (const { sum, row } of running) {
    const logits = data.subarray(row * codes, (row + 1) * codes)
    const normalizer = logSumExp(logits)
    for (let code = 0; code < codes; code++) found.offer(sum + numberAt(logits, code) - normalizer, row * codes + code)
  }
  const byRow = new Map(running.map((beam) => [beam.row, beam]))
  return found.places.map((place, i) => {
    const row = Math.floor(place / codes)
    return { sum: numberAt(found.values, i), row, tokens: [...(byRow.get(row)?.tokens ?? []), place % codes] }
  })
}

function logSumExp(logits: Float32Array): number {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity)
  return largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0))
}

/** The few largest of many numbers, with their places, largest first; of equal ones the first offered. */
class Likeliest {
  readonly values: number[] = []
  readonly places: number[] = []
  readonly #count: number

  constructor(count: number) {
    this.#count = count
  }

  offer(value: number, place: number): void {
    if (this.values.length === this.#count && value <= (this.values.at(-1) ?? -Infinity)) return
    let at = this.values.length
    while (at > 0 && (this.values[at - 1] ?? Infinity) < value) at--
    this.values.splice(at, 0, value)
    this.places.splice(at, 0, place)
    if (this.values.length > this.#count) {
      this.values.pop()
      this.places.pop()
    }
  }
}
