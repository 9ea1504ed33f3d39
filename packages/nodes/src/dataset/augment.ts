import { numberAt } from '@patchbay/onnx/tensor'
import { philoxUniform, type Seed } from '../random/index.ts'

export interface Augmentation {
  /** Share of pictures that are mirrored, 0 to 1. */
  readonly mirrored?: number
  /** Each picture is moved by up to this many pixels along both axes; its border is repeated. */
  readonly shift?: number
  /** Share of pictures put on a random colour instead of white, 0 to 1. */
  readonly coloured?: number
}

/** Keeps the draws of augmentation apart from all others of a seed. */
const augmentationStream = 21

/**
 * The given pictures of a set, composed over a background and varied: [rows, 3, size, size] in -1 to 1. A pure function
 * of seed and step.
 * @param pixels premultiplied red, green, blue and alpha: [pictures, size, size, 4]
 */
export function augmentedPictures(
  { pixels, size }: { readonly pixels: Uint8Array; readonly size: number },
  rows: readonly number[],
  { mirrored = 0, shift = 0, coloured = 0 }: Augmentation,
  { seed, step }: { readonly seed: Seed; readonly step: number },
): Float32Array {
  const area = size * size
  const result = new Float32Array(rows.length * 3 * area)
  const drawsEach = 8
  const draws = philoxUniform(seed, [rows.length * drawsEach], [step, augmentationStream]).data
  const between = (low: number, high: number, value: number): number => Math.min(Math.max(value, low), high)
  for (const [k, row] of rows.entries()) {
    const draw = (i: number): number => numberAt(draws, k * drawsEach + i)
    const flip = draw(0) < mirrored
    const [down, across] = [1, 2].map((i) => Math.floor(draw(i) * (2 * shift + 1)) - shift)
    const background = [4, 5, 6].map((i) => (draw(3) < coloured ? draw(i) : 1))
    for (let y = 0; y < size; y++) {
      const fromY = between(0, size - 1, y - (down ?? 0))
      for (let x = 0; x < size; x++) {
        const moved = between(0, size - 1, x - (across ?? 0))
        const at = (row * area + fromY * size + (flip ? size - 1 - moved : moved)) * 4
        const clear = 1 - numberAt(pixels, at + 3) / 255
        for (let c = 0; c < 3; c++) {
          const value = numberAt(pixels, at + c) / 255 + clear * (background[c] ?? 1)
          result[(k * 3 + c) * area + y * size + x] = value * 2 - 1
        }
      }
    }
  }
  return result
}
