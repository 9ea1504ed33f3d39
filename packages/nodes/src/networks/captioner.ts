import {
  featureMap,
  float32,
  Graph,
  int64,
  requireFloat32,
  Scope,
  type AnyTensor,
  type FeatureMap,
  type Session,
  type Tensor,
  type Value,
  type WeightSource,
} from '@patchbay/onnx'
import type { BlipTextConfig } from '../architectures/blip/config.ts'
import { blipSeen, blipText, type LayerMemory } from '../architectures/blip/text-decoder.ts'
import { beamSearch, type BeamDecoder } from '../decoding/beam-search.ts'
import { decodeTokens, type Decoded, type KeyValueCache } from '../decoding/decode-tokens.ts'
import { sampleTokens } from '../decoding/sample-token.ts'
import type { ImageTensor } from '../image/image.ts'
import type { Seed } from '../random/index.ts'
import { concatBatch, sliceBatch } from '../tensor/index.ts'
import { pixelsFor, type PictureInput } from './image-encoder.ts'
import type { SessionRequest, Sessions } from './sessions.ts'

/** What turns texts into the ids of a captioner and back. */
export interface CaptionWords {
  encode(text: string): readonly number[]
  decode(ids: readonly number[]): string
}

/** A network that writes what a picture shows: an image tower and BLIP's text decoder. Nothing is loaded yet. */
export interface Captioner {
  /** Names the weights. */
  readonly key: string
  readonly name: string
  readonly weights: WeightSource
  readonly input: PictureInput
  readonly text: BlipTextConfig
  readonly words: CaptionWords
  /** What a caption begins with, by what is wanted; the beginning itself is not said. */
  readonly tasks: Readonly<Record<string, string>>
  /** What the decoder looks at: [batch, places, width] of pictures as `input` makes them. */
  memory(scope: Scope, image: FeatureMap): Value
}

export interface CaptionOptions {
  /** What the caption begins with, in the words of the captioner. */
  readonly prompt: string
  readonly beams: number
  /** The most tokens after the prompt. */
  readonly maxTokens: number
  /** Above 0 words are drawn by their likeliness, with one beam. */
  readonly temperature: number
  readonly seed: Seed
  /** The likeliest words so far, after each token. */
  readonly onWords?: (words: string, tokens: number) => void
  readonly signal?: AbortSignal
}

/**
 * Writes what one picture shows, without the prompt.
 * @throws RangeError where the prompt and the caption have more tokens than the decoder has places
 */
export async function captionPicture(
  sessions: Sessions,
  captioner: Captioner,
  picture: ImageTensor,
  options: CaptionOptions,
): Promise<string> {
  const { prompt, beams, maxTokens, temperature, seed, onWords, signal } = options
  const { text, words } = captioner
  const ids = [text.beginToken, ...(prompt === '' ? [] : words.encode(prompt))]
  const room = text.maxTokens - ids.length
  if (room < 1) {
    throw new RangeError(
      `The prompt has ${ids.length - 1} tokens, but ${captioner.name} has ${text.maxTokens} places for the prompt and the caption: use a shorter prompt.`,
    )
  }
  const seen = await seenOf(sessions, captioner, picture)
  const stop = { maxTokens: Math.min(maxTokens, room), endTokens: [text.endToken] }
  const said = (tokens: readonly number[]): string => words.decode(tokens.filter((token) => token !== text.endToken))
  const onToken = (tokens: readonly number[]): void => onWords?.(said(tokens), tokens.length)
  return sessions.with(tellingSession(captioner), async (session) => {
    const decoder = textDecoder(session, captioner, ids, seen)
    const signalled = { stop, ...(signal && { signal }) }
    if (temperature === 0) {
      const [best] = await beamSearch(decoder, { beams, onToken, ...signalled })
      return said(best?.tokens ?? [])
    }
    const [drawn = []] = await decodeTokens(decoder, {
      items: 1,
      choose: (logits, place) => sampleTokens(logits, { temperature }, { seed, place }),
      onToken: ([tokens = []]) => onToken(tokens),
      ...signalled,
    })
    return said(drawn)
  })
}

const parts = ['key', 'value'] as const
const nameOf = (kind: 'seen' | 'past' | 'present', layer: number, part: (typeof parts)[number]): string =>
  `${kind}.${layer}.${part}`

/** Values of each layer by the names that both graphs have for them. */
const named = (kind: 'seen' | 'present', layers: readonly LayerMemory[]): [string, Value][] =>
  layers.flatMap((memory, layer) => parts.map((part): [string, Value] => [nameOf(kind, layer, part), memory[part]]))

async function seenOf(sessions: Sessions, captioner: Captioner, picture: ImageTensor): Promise<KeyValueCache> {
  const { size } = captioner.input
  const pixels = float32([1, 3, size, size], pixelsFor(captioner.input, picture))
  return sessions.with(seeingSession(captioner), async (session) => floats(await session.run({ image: pixels })))
}

const floats = (results: Readonly<Record<string, AnyTensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, requireFloat32(tensor, name)]))

function seeingSession({ key, weights, input, text, memory }: Captioner): SessionRequest {
  const build = () => {
    const graph = new Graph()
    const scope = new Scope(graph)
    const image = featureMap(graph.input('image', 'float32', [1, 3, input.size, input.size]))
    for (const [name, value] of named('seen', blipSeen(scope, text, memory(scope, image)))) graph.output(name, value)
    return { graph, weights }
  }
  return { key: `${key}|captioner|seeing`, build }
}

function tellingSession({ key, weights, text }: Captioner): SessionRequest {
  const build = () => {
    const graph = new Graph()
    const { width } = text
    const layersOf = (kind: 'seen' | 'past', shape: readonly (string | number)[]): LayerMemory[] =>
      Array.from({ length: text.layers }, (_, layer) => ({
        key: graph.input(nameOf(kind, layer, 'key'), 'float32', shape),
        value: graph.input(nameOf(kind, layer, 'value'), 'float32', shape),
      }))
    const { logits, present } = blipText(new Scope(graph), text, {
      ids: graph.input('ids', 'int64', ['rows', 'tokens']),
      positions: graph.input('positions', 'int64', ['tokens']),
      mask: graph.input('mask', 'float32', [1, 1, 'tokens', 'total']),
      seen: layersOf('seen', [1, 'places', width]),
      past: layersOf('past', ['rows', 'before', width]),
    })
    graph.output('logits', logits)
    for (const [name, value] of named('present', present)) graph.output(name, value)
    return { graph, weights }
  }
  return { key: `${key}|captioner|telling`, build }
}

/** The text decoder as the decode loop takes it: the prompt first, then a token at a time with the cache. */
function textDecoder(
  session: Session,
  { text }: Captioner,
  prompt: readonly number[],
  seen: KeyValueCache,
): BeamDecoder<KeyValueCache> {
  const run = async (
    rows: number,
    tokens: readonly number[],
    before: number,
    past: KeyValueCache,
  ): Promise<Decoded<KeyValueCache>> => {
    const count = tokens.length / rows
    const ids = int64([rows, count], tokens)
    const positions = int64(
      [count],
      Array.from({ length: count }, (_, i) => before + i),
    )
    const results = floats(await session.run({ ids, positions, mask: causalMask(count, before), ...seen, ...past }))
    const { logits, ...present } = results
    if (!logits) throw new TypeError('The text decoder has given no logits')
    return { logits: lastOf(logits), cache: renamed(present) }
  }
  return {
    prefill: () => run(1, prompt, 0, emptyCache(text)),
    step: (tokens, place, cache) => run(tokens.length, [...tokens], prompt.length + place, cache),
    rowsOf: (cache, rows) =>
      mapCache(cache, (tensor) => concatBatch(rows.map((row) => sliceBatch(tensor, row, row + 1)))),
  }
}

const mapCache = (cache: KeyValueCache, change: (tensor: Tensor) => Tensor): KeyValueCache =>
  Object.fromEntries(Object.entries(cache).map(([name, tensor]) => [name, change(tensor)]))

/** What was present is past in the next run. */
const renamed = (present: KeyValueCache): KeyValueCache =>
  Object.fromEntries(Object.entries(present).map(([name, tensor]) => [name.replace('present', 'past'), tensor]))

const emptyCache = ({ layers, width }: BlipTextConfig): KeyValueCache =>
  Object.fromEntries(
    Array.from({ length: layers }).flatMap((_, layer) =>
      parts.map((part) => [nameOf('past', layer, part), float32([1, 0, width], [])] as const),
    ),
  )

/** Each token sees all before it and itself: [1, 1, tokens, before + tokens]. */
function causalMask(tokens: number, before: number): Tensor {
  const total = before + tokens
  const mask = new Float32Array(tokens * total)
  for (let row = 0; row < tokens; row++) mask.fill(-1e9, row * total + before + row + 1, (row + 1) * total)
  return float32([1, 1, tokens, total], mask)
}

/** Of the last token of each row: [rows, tokens, codes] to [rows, codes]. */
function lastOf({ shape, data }: Tensor): Tensor {
  const [rows = 0, tokens = 0, codes = 0] = shape
  if (tokens === 1) return float32([rows, codes], data)
  const last = new Float32Array(rows * codes)
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * tokens * codes
    last.set(data.subarray(end - codes, end), row * codes)
  }
  return float32([rows, codes], last)
}
