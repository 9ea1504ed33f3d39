import type { Services } from '../services.ts'
import { tensorOf, zeros } from '../tensor/index.ts'
import type { Conditioning } from './conditioning.ts'
import type { TextEncoderModel } from './text-encoder.ts'

/** What encoding a text needs of its host. */
export type TextEncoding = Pick<Services, 'sessions' | 'sentenceEncoder'>

/** Encodes a prompt as the model family wants it. */
export async function encodeText(
  encoding: TextEncoding,
  model: TextEncoderModel,
  prompt: string,
): Promise<Conditioning> {
  const [encoder] = model.encoders
  if (!encoder) throw new TypeError('This checkpoint has no text encoder: load one of its own beside it')
  if (encoder.kind === 'sentence-encoder') return encodeSentence(encoding, prompt, encoder.maxTokens)
  throw new TypeError('not yet')
}

/** Tokens and pooled vector of a text; zeros for an empty one, as these models are trained without a caption. */
async function encodeSentence(encoding: TextEncoding, prompt: string, length: number): Promise<Conditioning> {
  const encoder = await encoding.sentenceEncoder()
  const { tokens, mask, pooled, width } = await encoder.encode([prompt], length)
  const isEmpty = mask.every((value) => value === 0)
  return [
    {
      embeddings: tensorOf(tokens, [1, length, width]),
      pooled: isEmpty ? zeros([1, width]) : tensorOf(pooled, [1, width]),
    },
  ]
}
