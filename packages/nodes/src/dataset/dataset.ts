import { numberAt } from '@patchbay/onnx/tensor'
import { createHash } from 'node:crypto'
import { imageFrom, type ImageTensor } from '../image/image.ts'
import type { Augmentation } from './augment.ts'

/** One picture of a data set, and what may be said of it. */
export interface DatasetPicture {
  /** Its place in the pixels. */
  readonly row: number
  /** At least one; the first is the plainest. */
  readonly captions: readonly string[]
  /** What it shows, whatever the style; pictures of one concept are never split. */
  readonly concept?: string
  readonly style?: string
}

/** Captioned square pictures of one size. Parts of a set share its pixels. */
export interface Dataset {
  readonly title: string
  readonly size: number
  /** Red, green and blue multiplied by alpha, and alpha: [rows, size, size, 4]. */
  readonly pixels: Uint8Array
  readonly pictures: readonly DatasetPicture[]
  /** How its pictures are varied while a network is trained. */
  readonly augmentation: Augmentation
}

/** The part of a set that fits. Throws an Error, with `what` it was looked for by, where nothing does. */
export function partOf(set: Dataset, what: string, fits: (picture: DatasetPicture) => boolean): Dataset {
  const pictures = set.pictures.filter(fits)
  if (pictures.length > 0) return { ...set, pictures }
  throw new Error(`None of the ${set.pictures.length} pictures of "${set.title}" ${what}.`)
}

/** The set with a word put before every caption that lacks it, whole and in any case; an empty word changes nothing. */
export function withTrigger(set: Dataset, trigger: string): Dataset {
  const word = trigger.trim()
  if (word === '') return set
  const has = (caption: string): boolean =>
    ` ${caption} `
      .toLowerCase()
      .replaceAll(/[.,;:!?]/g, ' ')
      .includes(` ${word.toLowerCase()} `)
  const named = (caption: string): string => (has(caption) ? caption : `${word} ${caption}`.trimEnd())
  return { ...set, pictures: set.pictures.map((picture) => ({ ...picture, captions: picture.captions.map(named) })) }
}

/** Names a set by all that training sees of it: its pixels, captions and augmentation. */
export function digestOf({ size, pixels, pictures, augmentation }: Dataset): string {
  const hash = createHash('sha256').update(JSON.stringify([size, augmentation]))
  const length = size * size * 4
  for (const { row, captions } of pictures) {
    hash.update(JSON.stringify(captions)).update(pixels.subarray(row * length, (row + 1) * length))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Pictures of a set as a batch, over white: [pictures, size, size, 3]. */
export function imagesOf({ size, pixels, pictures }: Dataset, first: number, count: number): ImageTensor {
  const chosen = pictures.slice(first, first + count)
  if (chosen.length === 0)
    throw new RangeError(`There is no picture ${first} in a set of ${pictures.length}; they count from 0.`)
  const rows = chosen.map(({ row }) => row)
  return imageFrom({ batch: rows.length, height: size, width: size, channels: 3 }, (k, y, x, c) => {
    const at = ((numberAt(rows, k) * size + y) * size + x) * 4
    return (numberAt(pixels, at + c) + 255 - numberAt(pixels, at + 3)) / 255
  })
}
