import { float32, int64, numberAt, type Feeds } from '@patchbay/onnx'
import type { Dataset } from '../../dataset/dataset.ts'
import type { Services } from '../../host/services.ts'
import { pixelsOfCode, tokenizePictures, type ImageTokenizer } from '../../networks/tokens/image-tokenizer.ts'
import { bundledSentenceEncoderWeights } from '../../networks/sentence-encoder.ts'
import { encodeSentences } from '../../networks/sentence-encoding.ts'
import { philoxUniform } from '../../random/index.ts'
import { trainingStreams } from './batches.ts'
import { pictureBatch, type BatchSettings } from './picture-batch.ts'

/** Places of a text, and values of each. */
export const trainedText = { places: 16, width: 512 } as const

interface TokenBatch {
  /** [batch · places] */
  readonly ids: Int32Array
  readonly captions: readonly string[]
  /** [batch, 16, 512], zeros behind each text */
  readonly text: Float32Array
  /** [batch, 512] */
  readonly pooled: Float32Array
}

/** The codes and texts of training steps: a pure function of seed and step. */
export function createTokenBatches(services: Services, tokenizer: ImageTokenizer, dataset: Dataset) {
  const encoder = {
    kind: 'sentence-encoder',
    weights: bundledSentenceEncoderWeights(),
    maxTokens: trainedText.places,
    lowerCase: true,
  } as const
  return async (settings: BatchSettings): Promise<TokenBatch> => {
    const { pictures, captions } = pictureBatch(dataset, settings)
    const image = float32(
      [settings.batch, 3, dataset.size, dataset.size],
      pictures.map((value) => (value + 1) / 2),
    )
    const { data } = await tokenizePictures(services.sessions, tokenizer, image)
    const encoded = await encodeSentences(services.sessions, encoder, services.tokenizers.sentence(), captions)
    return { ids: data, captions, text: encoded.embeddings.data, pooled: encoded.pooled.data }
  }
}

/** What `oneByOneLoss` is fed: texts moved to the right end of their places. */
export function oneByOneFeeds({ ids, captions, text }: TokenBatch): Feeds {
  const batch = captions.length
  const { places, width } = trainedText
  const moved = new Float32Array(text.length)
  const present = new Float32Array(batch * places)
  for (let k = 0; k < batch; k++) {
    const own = text.subarray(k * places * width, (k + 1) * places * width)
    const there = Array.from({ length: places }, (_, place) => own.subarray(place * width, (place + 1) * width))
    const tokens = there.filter((row) => row.some((value) => value !== 0))
    for (const [index, row] of tokens.entries()) {
      const place = k * places + places - tokens.length + index
      moved.set(row, place * width)
      present[place] = 1
    }
  }
  return {
    text: float32([batch, places, width], moved),
    present: float32([batch, places], present),
    dropped: float32(
      [batch],
      captions.map((caption) => Number(caption === '')),
    ),
    ids: int64([batch, ids.length / batch], Array.from(ids)),
  }
}

/** What `maskedLoss` is fed: a share of the codes masked that is the cosine of an even draw (Chang et al. 2022). */
export function maskedFeeds(
  { ids, captions, text, pooled }: TokenBatch,
  { seed, step, tokenizer, maskToken, side }: MaskedBatch,
): Feeds {
  const batch = captions.length
  const places = side * side
  const draws = philoxUniform(seed, [batch * (places + 1)], [step, trainingStreams.masks]).data
  const codes = ids.slice()
  const counted = new Float32Array(ids.length)
  for (let k = 0; k < batch; k++) {
    const own = draws.subarray(k * (places + 1), (k + 1) * (places + 1))
    const share = Math.cos((((k + numberAt(own, places)) / batch) * Math.PI) / 2)
    const order = Array.from({ length: places }, (_, place) => place).sort(
      (a, b) => numberAt(own, a) - numberAt(own, b),
    )
    for (const place of order.slice(0, Math.max(1, Math.ceil(share * places)))) {
      codes[k * places + place] = maskToken
      counted[k * places + place] = 1
    }
  }
  const pixels = side * pixelsOfCode(tokenizer)
  return {
    codes: int64([batch, side, side], Array.from(codes)),
    text: float32([batch, trainedText.places, trainedText.width], text),
    pooled: float32([batch, trainedText.width], pooled),
    conditions: float32(
      [batch, 5],
      captions.flatMap(() => [pixels, pixels, 0, 0, 6]),
    ),
    ids: int64([batch, places], Array.from(ids)),
    counted: float32([batch, places], counted),
  }
}

interface MaskedBatch {
  readonly seed: BatchSettings['seed']
  readonly step: number
  readonly tokenizer: ImageTokenizer
  readonly maskToken: number
  readonly side: number
}
