import { numberAt, type Tensor } from '@patchbay/onnx/tensor'
import { isDone, type StopRule } from './stop.ts'

/** Keys and values of the tokens so far, by the names of a graph's inputs, as its outputs give them. */
export type KeyValueCache = Readonly<Record<string, Tensor>>

/** What a network says after some tokens. */
export interface Decoded<Cache> {
  /** Of the next token, [rows, codes]; a guided network has two rows for an item. */
  readonly logits: Tensor
  /** What it needs to remember of the tokens so far. */
  readonly cache: Cache
}

/** A network that gives one token after another: a prefix once, then a token at a time with the cache. */
export interface TokenDecoder<Cache> {
  /** Reads what comes before the first token: a text, a picture. */
  prefill(): Promise<Decoded<Cache>>
  /** Reads one more token of each item; `place` is where it stands among those that were made, from 0. */
  step(tokens: Int32Array, place: number, cache: Cache): Promise<Decoded<Cache>>
}

export interface DecodeOptions {
  readonly items: number
  readonly stop: StopRule
  /** The next token of each item: `sampleTokens`, behind `guidedLogits` where the network is guided. */
  choose(logits: Tensor, place: number, earlier: readonly (readonly number[])[]): Int32Array
  /** After each token, with all tokens so far: progress and previews. What it throws ends the run. */
  onToken?(tokens: readonly (readonly number[])[]): void | Promise<void>
  readonly signal?: AbortSignal
}

/**
 * Makes tokens one after another until every item is done. An item that is done goes through the network with its
 * last token until the others are, and gets no more tokens.
 * @returns the tokens of each item, the end token included
 */
export async function decodeTokens<Cache>(
  decoder: TokenDecoder<Cache>,
  { items, stop, choose, onToken, signal }: DecodeOptions,
): Promise<readonly (readonly number[])[]> {
  const tokens = Array.from({ length: items }, (): number[] => [])
  let decoded = await decoder.prefill()
  for (let place = 0; ; place++) {
    signal?.throwIfAborted()
    const chosen = choose(decoded.logits, place, tokens)
    for (const [k, own] of tokens.entries()) if (!isDone(own, stop)) own.push(numberAt(chosen, k))
    await onToken?.(tokens)
    if (tokens.every((own) => isDone(own, stop))) return tokens
    const next = Int32Array.from(tokens, (own) => own.at(-1) ?? 0)
    decoded = await decoder.step(next, place, decoded.cache)
  }
}
