import { encodeImage } from './codec.ts'
import { pictureOf, sizeOfImage, withoutAlpha, type ImageTensor } from './image.ts'

/** Bits that a PNG file of each picture takes for each of its numbers, the file's headers among them. */
export async function pngBitsOf(image: ImageTensor): Promise<readonly number[]> {
  const { batch, height, width } = sizeOfImage(image)
  const bits: number[] = []
  for (let k = 0; k < batch; k++) {
    const bytes = await encodeImage(withoutAlpha(pictureOf(image, k)), 0, { format: 'png' })
    bits.push((8 * bytes.length) / (height * width * 3))
  }
  return bits
}
