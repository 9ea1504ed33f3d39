import { philoxUniform, type Seed } from '../random/index.ts'
import { rowsOfStep, trainingStreams } from './batches.ts'
import { augmentedPictures } from './dataset/augment.ts'
import type { Dataset } from './dataset/dataset.ts'

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

/** Pictures of a set, each as likely as any other, varied, each with one of its captions. A pure function of seed and step. */
export function pictureBatch(set: Dataset, { captionDropout = 0, ...settings }: BatchSettings): PictureBatch {
  const { seed, step, batch } = settings
  const chosen = rowsOfStep({ ...settings, weights: new Float32Array(set.pictures.length).fill(1) })
  const draws = philoxUniform(seed, [batch * 2], [step, trainingStreams.captions]).data
  const rows = chosen.map((place) => set.pictures[place]?.row ?? 0)
  return {
    chosen,
    pictures: augmentedPictures(set, rows, set.augmentation, { seed, step }),
    captions: chosen.map((place, k) => {
      const captions = set.pictures[place]?.captions ?? []
      if ((draws[2 * k] ?? 1) < captionDropout) return ''
      return captions[Math.floor((draws[2 * k + 1] ?? 0) * captions.length)] ?? ''
    }),
  }
}
