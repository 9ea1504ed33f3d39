import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { sizedLike } from './filter.ts'
import { imageFrom, sizeOfImage, sizeOfMask, type ImageTensor, type MaskTensor } from './image.ts'
import { resizeImage } from './resample.ts'

/** How two colours become one: the first lies below. After the W3C's Compositing and Blending, level 1, section 10. */
const blends = {
  normal: (_: number, b: number) => b,
  multiply: (a: number, b: number) => a * b,
  screen: (a: number, b: number) => a + b - a * b,
  overlay: (a: number, b: number) => hardLight(b, a),
  'hard light': (a: number, b: number) => hardLight(a, b),
  'soft light': (a: number, b: number) => {
    if (b <= 0.5) return a - (1 - 2 * b) * a * (1 - a)
    const d = a <= 0.25 ? ((16 * a - 12) * a + 4) * a : Math.sqrt(a)
    return a + (2 * b - 1) * (d - a)
  },
  difference: (a: number, b: number) => Math.abs(a - b),
  'signed difference': (a: number, b: number) => a - b,
  darken: Math.min,
  lighten: Math.max,
  add: (a: number, b: number) => Math.min(1, a + b),
  subtract: (a: number, b: number) => Math.max(0, a - b),
} satisfies Record<string, (a: number, b: number) => number>
const hardLight = (a: number, b: number) => (b <= 0.5 ? 2 * a * b : 1 - 2 * (1 - a) * (1 - b))

export type BlendMode = keyof typeof blends
export const blendModes = [
  'normal',
  'multiply',
  'screen',
  'overlay',
  'hard light',
  'soft light',
  'difference',
  'signed difference',
  'darken',
  'lighten',
  'add',
  'subtract',
] as const satisfies readonly BlendMode[]

/** Two images mixed: 0 is the first, 1 the second blended onto it. The second is brought to the size of the first. */
export function blendImages(below: ImageTensor, above: ImageTensor, mode: BlendMode, amount: number): ImageTensor {
  const size = sizeOfImage(below)
  const top = sizedLike(above, size)
  const over = sizeOfImage(top)
  const blend = blends[mode]
  return imageFrom({ ...size, batch: Math.max(size.batch, over.batch) }, (k, y, x, c) => {
    const a = below.data[(((k % size.batch) * size.height + y) * size.width + x) * size.channels + c]
    if (c >= over.channels) return a
    const b = top.data[(((k % over.batch) * size.height + y) * size.width + x) * over.channels + c]
    return c === 3 ? Math.max(a, b) : Math.max(0, a + amount * (blend(a, b) - a))
  })
}

export interface Placement {
  /** Where the upper left corner of the source comes to lie; it may be outside. */
  readonly x: number
  readonly y: number
  /** Whether the source is first brought to the size of the destination. */
  readonly resize?: boolean
}

/** A picture laid over another, through a mask and through its own alpha. */
export function compositeImages(
  destination: ImageTensor,
  source: ImageTensor,
  { x, y, resize = false }: Placement,
  mask?: MaskTensor,
): ImageTensor {
  const size = sizeOfImage(destination)
  const above = resize ? resizeImage(source, size, 'bilinear') : source
  const over = sizeOfImage(above)
  const cover = mask && sizedLike(mask, over)
  const masks = cover ? sizeOfMask(cover).batch : 1
  return imageFrom({ ...size, batch: Math.max(size.batch, over.batch) }, (k, row, column, c) => {
    const own = destination.data[(((k % size.batch) * size.height + row) * size.width + column) * size.channels + c]
    const [sourceY, sourceX] = [row - y, column - x]
    if (sourceY < 0 || sourceX < 0 || sourceY >= over.height || sourceX >= over.width) return own
    const pixel = sourceY * over.width + sourceX
    const at = ((k % over.batch) * over.height * over.width + pixel) * over.channels
    const alpha = over.channels === 4 ? (above.data[at + 3] ?? 1) : 1
    const weight = alpha * (cover ? cover.data[(k % masks) * over.height * over.width + pixel] : 1)
    const value = c < over.channels && c < 3 ? above.data[at + c] : 1
    return own + weight * (value - own)
  })
}

/** Batches joined into one; pictures of another size are brought to that of the first. */
export function batchImages(images: readonly ImageTensor[]): ImageTensor {
  const [first] = images
  if (!first) throw new RangeError('A batch is made of at least one image')
  const size = sizeOfImage(first)
  const same = images.map((image) => {
    const { height, width } = sizeOfImage(image)
    return height === size.height && width === size.width ? image : resizeImage(image, size, 'lanczos')
  })
  const batch = same.reduce((sum, image) => sum + sizeOfImage(image).batch, 0)
  const starts: number[] = same.reduce<number[]>(
    (all, image) => [...all, (all.at(-1) ?? 0) + sizeOfImage(image).batch],
    [0],
  )
  const channels = Math.max(...same.map((image) => sizeOfImage(image).channels))
  return imageFrom({ ...size, batch, channels }, (k, y, x, c) => {
    const which = starts.findIndex((start, i) => k >= start && k < (starts[i + 1] ?? Infinity))
    const image: Tensor | undefined = same[which]
    if (!image) return 0
    const own = image.shape[3] ?? 3
    const at = (((k - starts[which]) * size.height + y) * size.width + x) * own + c
    return c < own ? image.data[at] : 1
  })
}

/** A picture of one colour, `#rrggbb`. */
export function solidImage(color: string, size: { batch: number; height: number; width: number }): ImageTensor {
  const rgb = colorOf(color)
  return imageFrom({ ...size, channels: 3 }, (_k, _y, _x, c) => rgb[c])
}

/** Red, green and blue of `#rrggbb`, 0 to 1. */
export function colorOf(color: string): readonly [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16)
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255]
}

/** One channel of an image as a mask; alpha is 1 where there is none. */
export function channelOf(image: ImageTensor, channel: 'red' | 'green' | 'blue' | 'alpha'): MaskTensor {
  const { batch, height, width, channels } = sizeOfImage(image)
  const c = ['red', 'green', 'blue', 'alpha'].indexOf(channel)
  const data = Float32Array.from({ length: batch * height * width }, (_, i) =>
    c < channels ? image.data[i * channels + c] : 1,
  )
  return float32([batch, height, width], data)
}
