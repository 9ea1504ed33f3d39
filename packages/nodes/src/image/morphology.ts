import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { imageFrom, sizeOfImage, withoutAlpha, type ImageTensor } from './image.ts'

export const morphologies = ['erode', 'dilate', 'open', 'close', 'gradient', 'top hat', 'bottom hat'] as const
export type Morphology = (typeof morphologies)[number]

/**
 * Morphology of each channel by a flat square of `size` pixels (Serra 1982): the smallest (`erode`) or largest
 * (`dilate`) value in it, or what becomes of both. What lies beyond an edge counts for nothing.
 */
export function morphology(image: ImageTensor, operation: Morphology, size: number): ImageTensor {
  const eroded = (source: Tensor) => extreme(source, size, Math.min)
  const dilated = (source: Tensor) => extreme(source, size, Math.max)
  switch (operation) {
    case 'erode':
      return eroded(image)
    case 'dilate':
      return dilated(image)
    case 'open':
      return dilated(eroded(image))
    case 'close':
      return eroded(dilated(image))
    case 'gradient':
      return difference(dilated(image), eroded(image))
    case 'top hat':
      return difference(image, dilated(eroded(image)))
    case 'bottom hat':
      return difference(eroded(dilated(image)), image)
    default:
      return operation satisfies never
  }
}

/** A square of an even size reaches one pixel further to the left and up. */
function extreme(image: Tensor, size: number, pick: (a: number, b: number) => number): Tensor {
  return [2, 1].reduce((source, axis) => {
    const { shape, data } = source
    const length = shape[axis] ?? 1
    const step = shape.slice(axis + 1).reduce((all, side) => all * side, 1)
    const before = Math.floor(size / 2)
    const result = data.map((_, i) => {
      const at = Math.floor(i / step) % length
      let value: number | undefined
      for (let k = Math.max(0, at - before); k <= Math.min(length - 1, at - before + size - 1); k++) {
        const other = data[i + (k - at) * step]
        value = value === undefined ? other : pick(value, other)
      }
      return value ?? 0
    })
    return float32(shape, result)
  }, image)
}

const difference = (a: Tensor, b: Tensor): Tensor =>
  float32(
    a.shape,
    a.data.map((value, i) => value - b.data[i]),
  )

/** Luma and the two differences of colour of a picture, each as a grey picture (ITU-R BT.601, full range). */
export function toYuv(image: ImageTensor): readonly [ImageTensor, ImageTensor, ImageTensor] {
  const plain = withoutAlpha(image)
  const size = sizeOfImage(plain)
  const grey = (of: (red: number, green: number, blue: number) => number) =>
    imageFrom(size, (k, y, x) => {
      const at = ((k * size.height + y) * size.width + x) * 3
      return of(plain.data[at], plain.data[at + 1], plain.data[at + 2])
    })
  const luma = (r: number, g: number, b: number) => 0.299 * r + 0.587 * g + 0.114 * b
  return [
    grey(luma),
    grey((r, g, b) => (b - luma(r, g, b)) * 0.564 + 0.5),
    grey((r, g, b) => (r - luma(r, g, b)) * 0.713 + 0.5),
  ]
}

/**
 * The way back from `toYuv`; of each picture the mean of its channels counts. Throws a RangeError where sizes differ.
 */
export function fromYuv(y: ImageTensor, u: ImageTensor, v: ImageTensor): ImageTensor {
  const size = sizeOfImage(y)
  for (const other of [u, v]) {
    if (sizeOfImage(other).height !== size.height || sizeOfImage(other).width !== size.width) {
      throw new RangeError('Luma and the differences of colour are pictures of one size: resize the others first')
    }
  }
  const mean = (image: ImageTensor, pixel: number): number => {
    const { channels } = sizeOfImage(image)
    const at = (pixel * channels) % image.data.length
    return (image.data[at] + image.data[at + 1] + image.data[at + 2]) / 3
  }
  return imageFrom({ ...size, channels: 3 }, (k, row, column, c) => {
    const pixel = (k * size.height + row) * size.width + column
    const [luma, blue, red] = [mean(y, pixel), mean(u, pixel) - 0.5, mean(v, pixel) - 0.5]
    const value = [luma + 1.403 * red, luma - 0.714 * red - 0.344 * blue, luma + 1.773 * blue][c]
    return Math.min(1, Math.max(0, value))
  })
}
