import { numberAt } from '@patchbay/onnx/tensor'
import { philoxUniform, type Seed } from '../../random/index.ts'
import { rowsOfStep, trainingStreams } from './batches.ts'
import { augmentedPictures } from '../../dataset/augment.ts'
import type { Dataset } from '../../dataset/dataset.ts'

/** What one training step sees of a data set. */
export interface PictureBatch {
  /** Places in the set's pictures. */
  readonly chosen: readonly number[]
  /** [batch, 3, size, size] in -1 to 1 */
  readonly pictures: Float32Array
  /** One for each; an empty text where it was dropped. */
  readonly captions: readonly string[]
}

export interface BatchSettings {
  readonly seed: Seed
  /** Counted from 0. */
  readonly step: number
  readonly batch: number
  /** Share of captions, 0 to 1, that are left out: what classifier-free guidance needs (Ho and Salimans 2022). */
  readonly captionDropout?: number
}

/**
 * Pictures of a set, each as likely as any other, varied, each with one of its captions. A pure function of seed and
 * step.
 */
export function pictureBatch(set: Dataset, settings: BatchSettings): PictureBatch {
  return withCaptions(
    set,
    rowsOfStep({ ...settings, weights: new Float32Array(set.pictures.length).fill(1) }),
    settings,
  )
}

/**
 * The same, but no two pictures of one concept: where the captions of the others count as wrong, they have to be wrong.
 * @throws RangeError where the set has fewer concepts than the batch has pictures
 */
export function distinctBatch(set: Dataset, settings: BatchSettings): PictureBatch {
  const { seed, step, batch } = settings
  const order = philoxUniform(seed, [set.pictures.length], [step, trainingStreams.rows]).data
  const shuffled = Array.from(order.keys()).sort((a, b) => numberAt(order, a) - numberAt(order, b) || a - b)
  const chosen: number[] = []
  const seen = new Set<string>()
  for (const place of shuffled) {
    const { concept, captions: [caption = ''] = [] } = set.pictures[place] ?? {}
    if (chosen.length === batch || seen.has(concept ?? caption)) continue
    seen.add(concept ?? caption)
    chosen.push(place)
  }
  if (chosen.length === batch) return withCaptions(set, chosen, settings)
  throw new RangeError(
    `A batch of ${batch} needs as many different things, but "${set.title}" shows only ${chosen.length}: make the batch smaller.`,
  )
}

function withCaptions(
  set: Dataset,
  chosen: readonly number[],
  { captionDropout = 0, seed, step, batch }: BatchSettings,
): PictureBatch {
  const draws = philoxUniform(seed, [batch * 2], [step, trainingStreams.captions]).data
  const rows = chosen.map((place) => set.pictures[place]?.row ?? 0)
  return {
    chosen,
    pictures: augmentedPictures(set, rows, set.augmentation, { seed, step }),
    captions: chosen.map((place, k) => {
      const captions = set.pictures[place]?.captions ?? []
      if ((draws[2 * k] ?? 1) < captionDropout) return ''
      return captions[Math.floor(numberAt(draws, 2 * k + 1) * captions.length)] ?? ''
    }),
  }
}
