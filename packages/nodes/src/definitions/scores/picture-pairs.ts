import { pictureOf, planesOf, sizeOfImage, withoutAlpha, type ImageTensor } from '../../image/image.ts'
import type { Planes } from '../../metrics/index.ts'

/**
 * The pictures of two batches side by side, as planes in 0 to 1; a batch of one goes with each picture of the other.
 * @throws RangeError where the batches have other lengths
 */
export function planesOfPairs(metric: string, a: ImageTensor, b: ImageTensor): (readonly [Planes, Planes])[] {
  const [first, second] = [sizeOfImage(a).batch, sizeOfImage(b).batch]
  if (first !== second && first !== 1 && second !== 1) {
    throw new RangeError(`${metric} compares pictures in pairs, but there are ${first} and ${second}`)
  }
  return Array.from({ length: Math.max(first, second) }, (_, k) => [
    planesOfPicture(a, Math.min(k, first - 1)),
    planesOfPicture(b, Math.min(k, second - 1)),
  ])
}

function planesOfPicture(image: ImageTensor, index: number): Planes {
  const picture = withoutAlpha(pictureOf(image, index))
  const { channels, height, width } = sizeOfImage(picture)
  return { channels, height, width, values: planesOf(picture, { low: 0, high: 1 }).data }
}
