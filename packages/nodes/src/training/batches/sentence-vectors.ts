import { bundledSentenceEncoderWeights } from '../../networks/sentence-encoder.ts'
import { encodeSentences } from '../../networks/sentence-encoding.ts'
import type { Services } from '../../host/services.ts'

/** The pooled vectors of captions by the sentence encoder that ships, as scores see texts: [captions, 512]. */
export function sentenceVectors(services: Services): (captions: readonly string[]) => Promise<Float32Array> {
  const encoder = {
    kind: 'sentence-encoder',
    weights: bundledSentenceEncoderWeights(),
    maxTokens: 32,
    lowerCase: true,
  } as const
  return async (captions) => {
    const { pooled } = await encodeSentences(services.sessions, encoder, services.tokenizers.sentence(), captions)
    return pooled.data
  }
}
