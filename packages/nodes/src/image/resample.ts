import { float32, type Tensor } from '@patchbay/onnx/tensor'

interface Kernel {
  /** How far it reaches, in samples of the coarser of both grids. */
  readonly support: number
  readonly weight: (distance: number) => number
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))
/** Keys (1981) with a = −0.75, the value of PyTorch and OpenCV. */
export const cubic = (x: number): number => {
  const a = -0.75
  const d = Math.abs(x)
  if (d < 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1
  return d < 2 ? a * (d ** 3 - 5 * d ** 2 + 8 * d - 4) : 0
}
/** Sinc under a window of three lobes (Duchon 1979). */
export const lanczos = (x: number): number => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0)
const kernels = {
  nearest: { support: 0, weight: () => 1 },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  area: { support: 0.5, weight: (x) => (x >= -0.5 && x < 0.5 ? 1 : 0) },
  lanczos: { support: 3, weight: lanczos },
} satisfies Record<string, Kernel>

export type ResampleMethod = keyof typeof kernels
export const resampleMethods = [
  'lanczos',
  'bicubic',
  'bilinear',
  'area',
  'nearest',
] as const satisfies readonly ResampleMethod[]

/**
 * Resizes two axes of a tensor, each with a kernel that grows with the step between samples when shrinking, so that
 * nothing is skipped. `rows` is the axis of the height; the next one is the width.
 */
export function resample(
  tensor: Tensor,
  rows: number,
  { height, width }: { readonly height: number; readonly width: number },
  method: ResampleMethod,
): Tensor {
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new RangeError(`A size is a whole number of pixels from 1, but got ${width} × ${height}`)
  }
  return resampleAxis(resampleAxis(tensor, rows + 1, width, method), rows, height, method)
}

/** An image or a mask in another size. */
export function resizeImage(
  image: Tensor,
  size: { readonly height: number; readonly width: number },
  method: ResampleMethod,
): Tensor {
  const resized = resample(image, 1, size, method)
  // Kernels with negative lobes overshoot at edges.
  if (method === 'lanczos' || method === 'bicubic') {
    for (let i = 0; i < resized.data.length; i++) {
      const value = resized.data[i]
      if (value < 0) resized.data[i] = 0
      else if (value > 1) resized.data[i] = 1
    }
  }
  return resized
}

function resampleAxis(tensor: Tensor, axis: number, length: number, method: ResampleMethod): Tensor {
  return weighAxis(tensor, axis, tapsOf(tensor.shape[axis] ?? 1, length, kernels[method]))
}

/** For each sample of a result the samples of the source that make it, by their places, with their weights. */
export type Taps = readonly (readonly (readonly [source: number, weight: number])[])[]

/** A tensor with one axis made anew: each sample of it is a weighted sum of samples of the old one. */
export function weighAxis(tensor: Tensor, axis: number, taps: Taps): Tensor {
  const { shape } = tensor
  const { length } = taps
  const from = shape[axis] ?? 1
  const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1)
  const [outer, inner] = [product(shape.slice(0, axis)), product(shape.slice(axis + 1))]
  const result = new Float32Array(outer * length * inner)
  for (let o = 0; o < outer; o++) {
    for (let to = 0; to < length; to++) {
      const target = (o * length + to) * inner
      for (const [source, weight] of taps[to] ?? []) {
        const start = (o * from + source) * inner
        for (let i = 0; i < inner; i++) result[target + i] = result[target + i] + weight * tensor.data[start + i]
      }
    }
  }
  return float32(shape.with(axis, length), result)
}

/**
 * For each sample of the result the samples that make it, with weights that add up to 1. Beyond an end lies the last
 * sample.
 */
function tapsOf(from: number, to: number, { support, weight }: Kernel): Taps {
  const ratio = from / to
  const stretch = Math.max(1, ratio)
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * ratio - 0.5
    if (support === 0) return [[Math.min(from - 1, Math.floor((i + 0.5) * ratio)), 1]]
    const weights = new Map<number, number>()
    let sum = 0
    for (let s = Math.ceil(centre - support * stretch); s <= Math.floor(centre + support * stretch); s++) {
      const w = weight((s - centre) / stretch)
      const within = Math.min(from - 1, Math.max(0, s))
      weights.set(within, (weights.get(within) ?? 0) + w)
      sum += w
    }
    if (sum === 0) return [[Math.min(from - 1, Math.max(0, Math.round(centre))), 1]]
    return [...weights].map(([source, w]) => [source, w / sum] as const)
  })
}
