import { float32 } from '@patchbay/onnx/tensor'
import { padImage, type Margin } from '../geometry.ts'
import { sizeOfImage, sizeOfMask, withoutAlpha, type ImageTensor, type MaskTensor } from '../image.ts'
import type { MaskCombination } from '../mask.ts'

const isSet = (value: number): boolean => value > 0.5
const combinations: Record<MaskCombination, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  and: (a, b) => (isSet(a) && isSet(b) ? 1 : 0),
  or: (a, b) => (isSet(a) || isSet(b) ? 1 : 0),
  'exactly one': (a, b) => (isSet(a) !== isSet(b) ? 1 : 0),
}

/** A mask laid over another at a place and combined with it there; what lies outside is left out. */
export function combineMasksAsComfy(
  destination: MaskTensor,
  source: MaskTensor,
  combination: MaskCombination,
  { x, y }: { readonly x: number; readonly y: number },
): MaskTensor {
  const [size, over] = [sizeOfMask(destination), sizeOfMask(source)]
  const combine = combinations[combination]
  const batch = Math.max(size.batch, over.batch)
  const data = Float32Array.from({ length: batch * size.height * size.width }, (_, i) => {
    const [k, row, column] = [
      Math.floor(i / (size.height * size.width)),
      Math.floor(i / size.width) % size.height,
      i % size.width,
    ]
    const own = destination.data[((k % size.batch) * size.height + row) * size.width + column]
    const [sourceY, sourceX] = [row - y, column - x]
    const isOver = sourceY >= 0 && sourceX >= 0 && sourceY < over.height && sourceX < over.width
    const value = source.data[((k % over.batch) * over.height + sourceY) * over.width + sourceX]
    return Math.min(1, Math.max(0, isOver ? combine(own, value) : own))
  })
  return float32([batch, size.height, size.width], data)
}

/**
 * Faded towards each side over so many pixels, the outermost pixel by 1 / side. On the right and below ComfyUI begins
 * with the first column and row, so that the last fades by 2 / side.
 */
export function featherMaskAsComfy(
  mask: MaskTensor,
  sides: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
): MaskTensor {
  const { height, width } = sizeOfMask(mask)
  const rates = (length: number, start: number, end: number): Float64Array => {
    const rate = new Float64Array(length).fill(1)
    const fade = (at: number, share: number) => (rate[at] = (rate[at] ?? 1) * share)
    const [before, after] = [Math.min(start, length), Math.min(end, length)]
    for (let i = 0; i < before; i++) fade(i, (i + 1) / before)
    for (let i = 0; i < after; i++) fade(i === 0 ? 0 : length - i, (i + 1) / after)
    return rate
  }
  const [across, down] = [rates(width, sides.left, sides.right), rates(height, sides.top, sides.bottom)]
  return float32(
    mask.shape,
    mask.data.map((value, i) => value * (across[i % width] ?? 1) * (down[Math.floor(i / width) % height] ?? 1)),
  )
}

/**
 * A picture with a margin of middle grey, and a mask that is 1 on the margin and fades into the picture over `feather`
 * pixels; a picture whose sides are no longer than twice that does not fade.
 */
export function padForOutpaintingAsComfy(
  image: ImageTensor,
  margin: Margin,
  feather: number,
): { image: ImageTensor; mask: MaskTensor } {
  const { height, width } = sizeOfImage(image)
  const [rows, columns] = [height + margin.top + margin.bottom, width + margin.left + margin.right]
  const fades = feather > 0 && 2 * feather < Math.min(height, width)
  const data = Float32Array.from({ length: rows * columns }, (_, i) => {
    const [y, x] = [Math.floor(i / columns) - margin.top, (i % columns) - margin.left]
    if (y < 0 || x < 0 || y >= height || x >= width) return 1
    if (!fades) return 0
    const distance = Math.min(
      margin.top > 0 ? y : height,
      margin.bottom > 0 ? height - y : height,
      margin.left > 0 ? x : width,
      margin.right > 0 ? width - x : width,
    )
    return distance < feather ? ((feather - distance) / feather) ** 2 : 0
  })
  return {
    image: padImage(withoutAlpha(image), margin, [0.5, 0.5, 0.5]),
    mask: float32([1, rows, columns], data),
  }
}
