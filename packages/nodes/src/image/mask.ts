import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { sizedLike } from './filter.ts'
import { colorOf } from './composite.ts'
import { imageFrom, sizeOfImage, sizeOfMask, type ImageTensor, type MaskTensor } from './image.ts'

export function solidMask(value: number, { height, width }: { height: number; width: number }): MaskTensor {
  return float32([1, height, width], new Float32Array(height * width).fill(value))
}

export function invertMask(mask: MaskTensor): MaskTensor {
  return float32(
    mask.shape,
    mask.data.map((value) => 1 - value),
  )
}

export function thresholdMask(mask: MaskTensor, threshold: number): MaskTensor {
  return float32(
    mask.shape,
    mask.data.map((value) => (value > threshold ? 1 : 0)),
  )
}

/** How far a mask grows between its axes: as a disc, a box, or a diamond. */
export const cornerShapes = ['round', 'square', 'diamond'] as const
export type CornerShape = (typeof cornerShapes)[number]
const widthAt: Record<CornerShape, (reach: number, dy: number) => number> = {
  round: (reach, dy) => Math.floor(Math.sqrt(reach * reach - dy * dy)),
  square: (reach) => reach,
  diamond: (reach, dy) => reach - Math.abs(dy),
}

/** Grown by so many pixels, or shrunk for a negative number. */
export function growMask(mask: MaskTensor, pixels: number, corners: CornerShape): MaskTensor {
  const reach = Math.abs(pixels)
  if (reach === 0) return mask
  const pick = pixels > 0 ? Math.max : Math.min
  const beyond = pixels > 0 ? 0 : 1
  const { batch, height, width } = sizeOfMask(mask)
  const result = new Float32Array(mask.data.length)
  for (let k = 0; k < batch; k++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let value: number = beyond
        for (let dy = Math.max(-reach, -y); dy <= Math.min(reach, height - 1 - y); dy++) {
          const across = widthAt[corners](reach, dy)
          const from = Math.max(0, x - across)
          const to = Math.min(width - 1, x + across)
          for (let i = from; i <= to; i++) value = pick(value, mask.data[(k * height + y + dy) * width + i])
        }
        result[(k * height + y) * width + x] = value
      }
    }
  }
  return float32(mask.shape, result)
}

/** Faded towards each side over so many pixels. */
export function featherMask(
  mask: MaskTensor,
  sides: { left: number; top: number; right: number; bottom: number },
): MaskTensor {
  const { batch, height, width } = sizeOfMask(mask)
  const fade = (distance: number, reach: number) => (reach > 0 ? Math.min(1, (distance + 1) / (reach + 1)) : 1)
  const result = mask.data.slice()
  for (let k = 0; k < batch; k++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const factor =
          fade(x, sides.left) *
          fade(width - 1 - x, sides.right) *
          fade(y, sides.top) *
          fade(height - 1 - y, sides.bottom)
        const i = (k * height + y) * width + x
        result[i] = result[i] * factor
      }
    }
  }
  return float32(mask.shape, result)
}

const combinations = {
  add: (a: number, b: number) => Math.min(1, a + b),
  subtract: (a: number, b: number) => Math.max(0, a - b),
  multiply: (a: number, b: number) => a * b,
  and: (a: number, b: number) => (a >= 0.5 && b >= 0.5 ? 1 : 0),
  or: (a: number, b: number) => (a >= 0.5 || b >= 0.5 ? 1 : 0),
  'exactly one': (a: number, b: number) => (a >= 0.5 !== b >= 0.5 ? 1 : 0),
} satisfies Record<string, (a: number, b: number) => number>
export type MaskCombination = keyof typeof combinations
export const maskCombinations = [
  'add',
  'subtract',
  'multiply',
  'and',
  'or',
  'exactly one',
] as const satisfies readonly MaskCombination[]

/** Two masks as one, the second brought to the size of the first. */
export function combineMasks(a: MaskTensor, b: MaskTensor, combination: MaskCombination): MaskTensor {
  const size = sizeOfMask(a)
  const other = sizedLike(b, size)
  const combine = combinations[combination]
  const batch = Math.max(size.batch, sizeOfMask(other).batch)
  const pixels = size.height * size.width
  const at = (mask: Tensor, i: number) => mask.data[i % mask.data.length]
  const data = Float32Array.from({ length: batch * pixels }, (_, i) => combine(at(a, i), at(other, i)))
  return float32([batch, size.height, size.width], data)
}

/** Where an image has a colour, within a tolerance for each channel of 0 to 1. */
export function maskOfColor(image: ImageTensor, color: string, tolerance: number): MaskTensor {
  const rgb = colorOf(color)
  const { batch, height, width, channels } = sizeOfImage(image)
  const data = Float32Array.from({ length: batch * height * width }, (_, i) =>
    rgb.every((value, c) => Math.abs(image.data[i * channels + c] - value) <= tolerance + 1e-6) ? 1 : 0,
  )
  return float32([batch, height, width], data)
}

/** A mask as a grey picture. */
export function imageOfMask(mask: MaskTensor): ImageTensor {
  const { batch, height, width } = sizeOfMask(mask)
  return imageFrom({ batch, height, width, channels: 3 }, (k, y, x) => mask.data[(k * height + y) * width + x])
}
