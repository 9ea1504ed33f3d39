import type { Tensor } from '@patchbay/onnx/tensor'
import { imagesOf, partOf, type Dataset, type DatasetPicture } from '../dataset/dataset.ts'
import { planesOf } from '../image/image.ts'
import { LatentMean } from '../values/latent-mean.ts'
import { combineLatents } from '../values/latent-operations.ts'
import type { Latents } from '../values/latents.ts'

export interface AttributeSides {
  /** Words of a caption of the pictures that have the attribute. */
  readonly has: string
  /** Words of a caption of those that lack it; empty: all the others. */
  readonly lacks: string
}

/** The two parts of a set that an attribute divides. Throws an Error with the words where one is empty. */
export function dividedBy(
  dataset: Dataset,
  { has, lacks }: AttributeSides,
): { readonly with: Dataset; readonly without: Dataset } {
  if (has.trim() === '')
    throw new Error('A direction needs the words that captions of one side have, such as "smiling".')
  const isWith = saying(has)
  const isWithout = lacks.trim() === '' ? () => true : saying(lacks)
  return {
    with: partOf(dataset, `says "${has.trim()}" in a caption`, isWith),
    without: partOf(
      dataset,
      lacks.trim() === '' ? `lacks "${has.trim()}"` : `says "${lacks.trim()}" in a caption and not "${has.trim()}"`,
      (picture) => isWithout(picture) && !isWith(picture),
    ),
  }
}

/** Whether a caption has a phrase as whole words, in any case. */
function saying(phrase: string): (picture: DatasetPicture) => boolean {
  const plain = (text: string): string =>
    ` ${text
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean)
      .join(' ')} `
  const wanted = plain(phrase)
  return ({ captions }) => captions.some((caption) => plain(caption).includes(wanted))
}

/** How many pictures are encoded at once. */
const atOnce = 16

/**
 * The mean of the latents of a set, a few pictures in memory at a time: [1, channels, height, width].
 * @param encode pictures [batch, 3, size, size] in 0 to 1 to latents
 * @param onPictures is called with the number of pictures that are done, and may throw to stop
 */
export async function meanOfPictures(
  dataset: Dataset,
  encode: (pictures: Tensor) => Promise<Tensor>,
  onPictures: (done: number) => void,
): Promise<Tensor> {
  const mean = new LatentMean()
  for (let first = 0; first < dataset.pictures.length; first += atOnce) {
    onPictures(first)
    mean.add(await encode(planesOf(imagesOf(dataset, first, atOnce), { low: 0 })))
  }
  return mean.value()
}

/** The difference of two means, as latents that stand `scale` pixels a side. */
export function directionOf(withIt: Tensor, withoutIt: Tensor, scale: number): Latents {
  return combineLatents(1, { tensor: withIt, scale }, -1, { tensor: withoutIt, scale })
}
