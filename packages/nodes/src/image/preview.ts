import type { Preview } from '@patchbay/engine'
import { encodeImage } from './codec.ts'
import { sizeOfImage, type ImageTensor } from './image.ts'

/** Shows every picture of a batch, without loss, numbered from `first`. */
export async function previewPictures(
  image: ImageTensor,
  preview: (picture: Preview) => void,
  first: number,
): Promise<void> {
  const { batch, width, height } = sizeOfImage(image)
  for (let k = 0; k < batch; k++) {
    const bytes = new Uint8Array(await encodeImage(image, k, { format: 'webp', quality: 100 }))
    preview({ mime: 'image/webp', width, height, index: first + k, bytes })
  }
}
