import { imageFrom, sizeOfImage, type ImageTensor } from './image.ts'

const gap = 2

/** All pictures of a batch side by side in one, in rows of about the same number, a little apart. */
export function sheetOf(images: ImageTensor, columns?: number): ImageTensor {
  const { batch, height, width, channels } = sizeOfImage(images)
  const across = Math.min(batch, columns ?? Math.ceil(Math.sqrt((batch * height) / width)))
  const down = Math.ceil(batch / across)
  const size = { batch: 1, height: down * (height + gap) - gap, width: across * (width + gap) - gap, channels: 3 }
  return imageFrom(size, (_, y, x, c) => {
    const [row, column] = [Math.floor(y / (height + gap)), Math.floor(x / (width + gap))]
    const [inY, inX, k] = [y - row * (height + gap), x - column * (width + gap), row * across + column]
    if (inY >= height || inX >= width || k >= batch) return 0.5
    return images.data[((k * height + inY) * width + inX) * channels + c] ?? 0.5
  })
}
