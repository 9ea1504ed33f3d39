import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { lanczos } from '../resample.ts'

const reach = 3
/** Bits behind the point of the weights, which are whole numbers: as Pillow reckons. */
const fraction = 2 ** 22

/**
 * Resizes pictures [batch, height, width, channels] of 0 to 1 as Pillow does: in bytes, first across, then down, with
 * whole numbers for weights, the kernel growing when shrinking. Values are cut to bytes before.
 */
export function lanczosInBytes(
  image: Tensor,
  { height, width }: { readonly height: number; readonly width: number },
): Tensor {
  const bytes = image.data.map((value) => Math.trunc(Math.min(255, Math.max(0, Math.fround(value * 255)))))
  const [across, down] = [image.shape[2] ?? 1, image.shape[1] ?? 1]
  const wide = across === width ? float32(image.shape, bytes) : axisInBytes(float32(image.shape, bytes), 2, width)
  const sized = down === height ? wide : axisInBytes(wide, 1, height)
  return float32(
    sized.shape,
    sized.data.map((value) => value / 255),
  )
}

function axisInBytes({ shape, data }: Tensor, axis: number, length: number): Tensor {
  const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1)
  const from = shape[axis] ?? 1
  const [outer, inner] = [product(shape.slice(0, axis)), product(shape.slice(axis + 1))]
  const result = new Float32Array(outer * length * inner)
  const taps = Array.from({ length }, (_, at) => weightsOf(at, from, length))
  for (let o = 0; o < outer; o++) {
    for (const [at, { first, weights }] of taps.entries()) {
      for (let i = 0; i < inner; i++) {
        let sum = fraction / 2
        for (const [k, weight] of weights.entries()) sum += weight * data[(o * from + first + k) * inner + i]
        result[(o * length + at) * inner + i] = Math.min(255, Math.max(0, Math.floor(sum / fraction)))
      }
    }
  }
  return float32(shape.with(axis, length), result)
}

/** The samples that make one, and their weights, which add up to 1 and leave out what lies beyond an end. */
function weightsOf(
  at: number,
  from: number,
  to: number,
): { readonly first: number; readonly weights: readonly number[] } {
  const stretch = Math.max(1, from / to)
  const centre = (at + 0.5) * (from / to)
  const first = Math.max(0, Math.trunc(centre - reach * stretch + 0.5))
  const end = Math.min(from, Math.trunc(centre + reach * stretch + 0.5))
  const plain = Array.from({ length: end - first }, (_, k) => lanczos((first + k - centre + 0.5) / stretch))
  const sum = plain.reduce((all, weight) => all + weight, 0)
  const whole = (value: number) => Math.trunc(value < 0 ? value - 0.5 : value + 0.5)
  return { first, weights: plain.map((weight) => whole((weight / sum) * fraction)) }
}
