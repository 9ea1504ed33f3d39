import { type Dataset, imagesOf } from '../dataset/dataset.ts'
import { imageOfPlanes, planesOf, type ImageTensor } from '../image/image.ts'
import type { Services } from '../host/services.ts'
import {
  detokenizePictures,
  pixelsOfCode,
  tokenizePictures,
  type ImageTokenizer,
} from '../networks/tokens/image-tokenizer.ts'
import { bundledSentenceEncoderWeights } from '../networks/sentence-encoder.ts'
import { encodeSentences } from '../networks/sentence-encoding.ts'
import { createSessions } from '../networks/sessions.ts'
import { codesOf, sideOf, type TokenModel } from '../networks/tokens/token-model.ts'
import { samplePictureTokens } from '../sampling/sample-picture-tokens.ts'
import { unmaskPictureTokens } from '../sampling/unmask-picture-tokens.ts'
import { concatBatch } from '../tensor/index.ts'
import { trainedText } from './batches/token-batches.ts'

/** The first pictures of a set, above what a tokenizer in training makes of them. */
export async function retokenized(
  services: Services,
  { config, weights }: Pick<ImageTokenizer, 'config' | 'weights'>,
  dataset: Dataset,
): Promise<ImageTensor> {
  const sessions = createSessions(services.device)
  try {
    const tokenizer = { key: 'in training', title: 'The tokenizer in training', config, weights }
    const real = imagesOf(dataset, 0, 6)
    const tokens = await tokenizePictures(sessions, tokenizer, planesOf(real, { low: 0 }))
    return concatBatch([real, imageOfPlanes(await detokenizePictures(sessions, tokenizer, tokens), { low: 0 })])
  } finally {
    await sessions.clear()
  }
}

const passes = 8
const guidanceScale = 3

/** What a token model in training draws of the first captions of a set. */
export async function drawnInTraining(
  services: Services,
  model: TokenModel,
  tokenizer: ImageTokenizer,
  { pictures }: Dataset,
): Promise<ImageTensor> {
  const captions = [...new Set(pictures.map(({ captions: [caption = ''] }) => caption))].slice(0, 6)
  const weights = bundledSentenceEncoderWeights()
  const encoder = { kind: 'sentence-encoder', weights, maxTokens: trainedText.places, lowerCase: true } as const
  const sessions = createSessions(services.device)
  try {
    const drawn: ImageTensor[] = []
    for (const [seed, caption] of captions.entries()) {
      const { embeddings, pooled } = await encodeSentences(services.sessions, encoder, services.tokenizers.sentence(), [
        caption,
      ])
      const count = services.tokenizers.sentence().encode(caption.toLowerCase()).length
      const positive = {
        tokens: embeddings.data.slice(0, Math.min(count, trainedText.places) * trainedText.width),
        pooled: pooled.data,
      }
      const side = sideOf(model)
      const pixels = side * pixelsOfCode(tokenizer)
      const tokens =
        model.kind === 'one-by-one'
          ? await samplePictureTokens(sessions, model, { positive, guidanceScale, seed, pictures: 1 })
          : await unmaskPictureTokens(sessions, model, {
              positive,
              guidanceScale,
              seed,
              passes,
              schedule: model.schedule,
              temperature: 2,
              start: { data: new Int32Array(side * side), shape: [1, side, side], codes: codesOf(model) },
              isMasked: Array.from({ length: side * side }, () => true),
              size: { width: pixels, height: pixels },
            })
      drawn.push(imageOfPlanes(await detokenizePictures(services.sessions, tokenizer, tokens), { low: 0 }))
    }
    return concatBatch(drawn)
  } finally {
    await sessions.clear()
  }
}
