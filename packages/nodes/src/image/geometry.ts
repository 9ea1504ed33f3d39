import { elementCountOf, float32, type Tensor } from '@patchbay/onnx/tensor'
import { sizeOfImage, type ImageTensor } from './image.ts'

export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}
export interface Margin {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** The part of a rectangle that lies inside a picture of this size, at least one pixel. */
export function insideOf({ x, y, width, height }: Rectangle, size: { width: number; height: number }): Rectangle {
  const left = Math.min(Math.max(0, x), size.width - 1)
  const top = Math.min(Math.max(0, y), size.height - 1)
  return {
    x: left,
    y: top,
    width: Math.max(1, Math.min(x + width, size.width) - left),
    height: Math.max(1, Math.min(y + height, size.height) - top),
  }
}

/** A rectangle of an image or a mask ([batch, height, width, …]); what lies outside is left out. */
export function cropImage(image: Tensor, rectangle: Rectangle): Tensor {
  const [batch = 0, height = 0, width = 0, ...inner] = image.shape
  const { x, y, width: columns, height: rows } = insideOf(rectangle, { width, height })
  const depth = elementCountOf(inner)
  const data = new Float32Array(batch * rows * columns * depth)
  for (let k = 0; k < batch; k++) {
    for (let row = 0; row < rows; row++) {
      const from = ((k * height + y + row) * width + x) * depth
      data.set(image.data.subarray(from, from + columns * depth), (k * rows + row) * columns * depth)
    }
  }
  return float32([batch, rows, columns, ...inner], data)
}

/** An image or a mask with a margin of one colour round it. */
export function padImage(image: Tensor, { left, top, right, bottom }: Margin, fill: readonly number[]): Tensor {
  const [batch = 0, height = 0, width = 0, ...inner] = image.shape
  const depth = elementCountOf(inner)
  const [rows, columns] = [height + top + bottom, width + left + right]
  const data = Float32Array.from({ length: batch * rows * columns * depth }, (_, i) => fill[i % depth])
  for (let k = 0; k < batch; k++) {
    for (let row = 0; row < height; row++) {
      const from = (k * height + row) * width * depth
      data.set(image.data.subarray(from, from + width * depth), ((k * rows + top + row) * columns + left) * depth)
    }
  }
  return float32([batch, rows, columns, ...inner], data)
}

/** An image or a mask with each pixel taken from another place; `from` gives that place in the source. */
function rearranged(
  image: Tensor,
  size: { readonly height: number; readonly width: number },
  from: (y: number, x: number) => readonly [y: number, x: number],
): Tensor {
  const [batch = 0, height = 0, width = 0, ...inner] = image.shape
  const depth = elementCountOf(inner)
  const data = new Float32Array(batch * size.height * size.width * depth)
  for (let k = 0; k < batch; k++) {
    for (let y = 0; y < size.height; y++) {
      for (let x = 0; x < size.width; x++) {
        const [sourceY, sourceX] = from(y, x)
        const source = ((k * height + sourceY) * width + sourceX) * depth
        data.set(image.data.subarray(source, source + depth), ((k * size.height + y) * size.width + x) * depth)
      }
    }
  }
  return float32([batch, size.height, size.width, ...inner], data)
}

export function flipImage(image: Tensor, direction: 'horizontal' | 'vertical'): Tensor {
  const [, height = 0, width = 0] = image.shape
  return rearranged(image, { height, width }, (y, x) =>
    direction === 'horizontal' ? [y, width - 1 - x] : [height - 1 - y, x],
  )
}

/** Turned clockwise by quarters. */
export function turnImage(image: Tensor, quarters: number): Tensor {
  const [, height = 0, width = 0] = image.shape
  switch (((quarters % 4) + 4) % 4) {
    case 1:
      return rearranged(image, { height: width, width: height }, (y, x) => [height - 1 - x, y])
    case 2:
      return rearranged(image, { height, width }, (y, x) => [height - 1 - y, width - 1 - x])
    case 3:
      return rearranged(image, { height: width, width: height }, (y, x) => [x, width - 1 - y])
    default:
      return image
  }
}

/**
 * Pictures side by side or one below the other, each batch item beside its counterpart; sides that differ are filled.
 */
export function joinImages(
  images: readonly ImageTensor[],
  direction: 'right' | 'down',
  { gap = 0, fill = [0, 0, 0, 1] }: { readonly gap?: number; readonly fill?: readonly number[] } = {},
): ImageTensor {
  const sizes = images.map(sizeOfImage)
  const longest = Math.max(...sizes.map(({ width, height }) => (direction === 'right' ? height : width)))
  const batch = Math.max(...sizes.map((size) => size.batch))
  const channels = Math.max(3, ...sizes.map((size) => size.channels))
  const total =
    sizes.reduce((sum, { width, height }) => sum + (direction === 'right' ? width : height), 0) +
    gap * (images.length - 1)
  const [height, width] = direction === 'right' ? [longest, total] : [total, longest]
  const data = Float32Array.from({ length: batch * height * width * channels }, (_, i) => fill[i % channels] ?? 1)
  let offset = 0
  for (const [index, image] of images.entries()) {
    const size = sizes[index] ?? sizeOfImage(image)
    const across = Math.floor((longest - (direction === 'right' ? size.height : size.width)) / 2)
    const [left, top] = direction === 'right' ? [offset, across] : [across, offset]
    for (let k = 0; k < batch; k++) {
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          const from = (((k % size.batch) * size.height + y) * size.width + x) * size.channels
          const to = ((k * height + top + y) * width + left + x) * channels
          for (let c = 0; c < channels; c++) data[to + c] = c < size.channels ? image.data[from + c] : 1
        }
      }
    }
    offset += (direction === 'right' ? size.width : size.height) + gap
  }
  return float32([batch, height, width, channels], data)
}
