import { float32, type Tensor } from '@patchbay/onnx/tensor'

/**
 * A batch of pictures: [batch, height, width, channels], red, green, blue and, as a fourth, straight alpha; 0 to 1,
 * sRGB.
 */
export type ImageTensor = Tensor
/** A batch of masks: [batch, height, width], 0 to 1; 1 is what is meant (to repaint, to keep, to show). */
export type MaskTensor = Tensor

export interface ImageSize {
  readonly batch: number
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** The four sizes of an image. Throws a RangeError for a tensor that is none. */
export function sizeOfImage({ shape }: ImageTensor): ImageSize {
  const [batch, height, width, channels] = shape
  if (shape.length !== 4 || !batch || !height || !width || (channels !== 3 && channels !== 4)) {
    throw new RangeError(`An image is [batch, height, width, 3 or 4], but got [${shape.join(', ')}]`)
  }
  return { batch, height, width, channels }
}

export function sizeOfMask({ shape }: MaskTensor): Omit<ImageSize, 'channels'> {
  const [batch, height, width] = shape
  if (shape.length !== 3 || !batch || !height || !width) {
    throw new RangeError(`A mask is [batch, height, width], but got [${shape.join(', ')}]`)
  }
  return { batch, height, width }
}

/** Whether a value that passed between nodes is an image. */
export function isImage(value: unknown): value is ImageTensor {
  if (typeof value !== 'object' || value === null || !('data' in value) || !('shape' in value)) return false
  const { data, shape } = value
  if (!(data instanceof Float32Array) || !Array.isArray(shape) || shape.length !== 4) return false
  return shape[3] === 3 || shape[3] === 4
}

/** The pictures of batches, one by one. */
export function* picturesOf(images: readonly ImageTensor[]): Generator<ImageTensor> {
  for (const image of images) {
    const { batch } = sizeOfImage(image)
    for (let k = 0; k < batch; k++) yield pictureOf(image, k)
  }
}

/** An image whose values are computed one by one. */
export function imageFrom(
  size: ImageSize,
  valueAt: (k: number, y: number, x: number, c: number) => number,
): ImageTensor {
  const { batch, height, width, channels } = size
  const data = new Float32Array(batch * height * width * channels)
  let i = 0
  for (let k = 0; k < batch; k++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) data[i++] = valueAt(k, y, x, c)
      }
    }
  }
  return float32([batch, height, width, channels], data)
}

/** One picture of a batch, as a batch of one, on the same data. */
export function pictureOf(image: ImageTensor, index: number): ImageTensor {
  const { height, width, channels } = sizeOfImage(image)
  const length = height * width * channels
  return float32([1, height, width, channels], image.data.subarray(index * length, (index + 1) * length))
}

/** Red, green and blue alone. */
export function withoutAlpha(image: ImageTensor): ImageTensor {
  const { batch, height, width, channels } = sizeOfImage(image)
  if (channels === 3) return image
  const data = new Float32Array(batch * height * width * 3)
  for (let pixel = 0; pixel < batch * height * width; pixel++) {
    for (let c = 0; c < 3; c++) data[pixel * 3 + c] = image.data[pixel * 4 + c]
  }
  return float32([batch, height, width, 3], data)
}

/** With an alpha channel: the given mask (repeated over the batch), or else the image's own, or else opaque. */
export function withAlpha(image: ImageTensor, alpha?: MaskTensor): ImageTensor {
  const { batch, height, width, channels } = sizeOfImage(image)
  if (channels === 4 && !alpha) return image
  if (alpha) expectMaskFor(image, alpha)
  const pixels = height * width
  const masks = alpha ? sizeOfMask(alpha).batch : 1
  return imageFrom({ batch, height, width, channels: 4 }, (k, y, x, c) => {
    if (c < 3) return image.data[((k * height + y) * width + x) * channels + c]
    return alpha ? alpha.data[(k % masks) * pixels + y * width + x] : 1
  })
}

/** The alpha channel; all 1 for an image without one. */
export function alphaOfImage(image: ImageTensor): MaskTensor {
  const { batch, height, width, channels } = sizeOfImage(image)
  const data = new Float32Array(batch * height * width).fill(1)
  if (channels === 4) for (let i = 0; i < data.length; i++) data[i] = image.data[i * 4 + 3] ?? 1
  return float32([batch, height, width], data)
}

export function expectMaskFor(image: ImageTensor, mask: MaskTensor): void {
  const { height, width } = sizeOfImage(image)
  const size = sizeOfMask(mask)
  if (size.height !== height || size.width !== width) {
    throw new RangeError(
      `The mask is ${size.width} × ${size.height}, but the image is ${width} × ${height}: resize one of them first`,
    )
  }
}

/**
 * [batch, height, width, channels] from 0 to 1 as [batch, channels, height, width] from low to high, as networks take
 * it.
 */
export function planesOf(image: ImageTensor, { low = -1, high = 1 }: { low?: number; high?: number } = {}): Tensor {
  const { batch, height, width, channels } = sizeOfImage(image)
  const pixels = height * width
  const data = new Float32Array(image.data.length)
  for (let k = 0; k < batch; k++) {
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < channels; c++) {
        data[(k * channels + c) * pixels + p] = low + (high - low) * image.data[(k * pixels + p) * channels + c]
      }
    }
  }
  return float32([batch, channels, height, width], data)
}

/** The way back from `planesOf`; what lies outside 0 to 1 is cut. */
export function imageOfPlanes(
  planes: Tensor,
  { low = -1, high = 1 }: { low?: number; high?: number } = {},
): ImageTensor {
  const [batch = 0, channels = 0, height = 0, width = 0] = planes.shape
  const pixels = height * width
  const data = new Float32Array(planes.data.length)
  for (let k = 0; k < batch; k++) {
    for (let c = 0; c < channels; c++) {
      const from = (k * channels + c) * pixels
      for (let p = 0; p < pixels; p++) {
        const value = (planes.data[from + p] - low) / (high - low)
        data[(k * pixels + p) * channels + c] = Math.min(1, Math.max(0, value))
      }
    }
  }
  return float32([batch, height, width, channels], data)
}

export const roundings = ['nearest', 'down'] as const
export type Rounding = (typeof roundings)[number]

/**
 * Values 0 to 1 as bytes, rounded to the nearest; or down, as programs do that multiply by 255 in float32 and cut the
 * fraction off.
 */
export function bytesOf(values: Float32Array, rounding: Rounding = 'nearest'): Uint8Array {
  const bytes = new Uint8ClampedArray(values.length)
  const isDown = rounding === 'down'
  for (let i = 0; i < values.length; i++) {
    const byte = values[i] * 255
    bytes[i] = isDown ? Math.floor(Math.fround(byte)) : byte
  }
  return new Uint8Array(bytes.buffer)
}

/** Whether the three colours of every pixel are one. */
export function isGrey(image: ImageTensor): boolean {
  const { channels } = sizeOfImage(image)
  for (let at = 0; at < image.data.length; at += channels) {
    if (image.data[at] !== image.data[at + 1] || image.data[at] !== image.data[at + 2]) return false
  }
  return true
}
