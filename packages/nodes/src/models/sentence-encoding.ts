import { Graph, int64 } from '@patchbay/onnx'
import {
  paddingId,
  universalSentenceEncoder,
  universalSentenceEncoderSizes,
} from '../architectures/universal-sentence-encoder.ts'
import type { UnigramTokenizer } from '../tokenizer/unigram.ts'
import { tensorOf } from '../tensor/tensor.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { SentenceTextEncoder } from './checkpoint.ts'
import type { Sessions } from './sessions.ts'

export interface SentenceEncoding {
  /** [texts, maxTokens, 512], zero past the end of each text. */
  readonly embeddings: Tensor
  /** [texts, 512], of length 1; zero for an empty text. */
  readonly pooled: Tensor
}

/**
 * Encodes texts with the Universal Sentence Encoder for a denoiser that was trained on it. A text without words is all zeros: what
 * the denoiser saw where its caption was dropped, and so the negative of classifier-free guidance.
 */
export async function encodeSentences(
  sessions: Sessions,
  { weights, maxTokens, lowerCase }: SentenceTextEncoder,
  tokenizer: UnigramTokenizer,
  texts: readonly string[],
): Promise<SentenceEncoding> {
  const { width } = universalSentenceEncoderSizes
  const ids = texts.map((text) => tokenizer.encode(lowerCase ? text.toLowerCase() : text).slice(0, maxTokens))
  const padded = ids.flatMap((tokens) => Array.from({ length: maxTokens }, (_, index) => tokens[index] ?? paddingId))
  const request = { key: `${weights.title}|sentence-encoder`, build: () => ({ graph: sentenceGraph(), weights }) }
  const { tokens, pooled } = await sessions.with(request, (session) =>
    session.run({ ids: int64([texts.length, maxTokens], padded) }),
  )
  if (tokens?.dtype !== 'float32' || pooled?.dtype !== 'float32')
    throw new TypeError('The sentence encoder gives float32')
  const told = pooled.values.slice()
  for (const [index, { length }] of ids.entries()) {
    if (length === 0) told.fill(0, index * width, (index + 1) * width)
  }
  return { embeddings: tensorOf(tokens.values, tokens.shape), pooled: tensorOf(told, pooled.shape) }
}

function sentenceGraph(): Graph {
  const graph = new Graph()
  const { tokens, pooled } = universalSentenceEncoder(graph.input('ids', 'int64', ['batch', 'length']))
  graph.output('tokens', tokens)
  graph.output('pooled', pooled)
  return graph
}
