import { float32, type Tensor } from '@patchbay/onnx/tensor'

/** Vectors nearer to each other than this in cosine, or nearer to opposite, have no direction between them. */
const nearlyEqual = 1e-5

/**
 * Resizes latents [batch, channels, height, width] between two neighbours, first across, then down: the channels of a
 * place are a vector whose direction turns evenly from one neighbour to the other (Shoemake 1985), and whose length
 * goes along.
 */
export function bislerp(
  latents: Tensor,
  { height, width }: { readonly height: number; readonly width: number },
): Tensor {
  return turnedAlong(turnedAlong(latents, 3, width), 2, height)
}

function turnedAlong({ shape, data }: Tensor, axis: 2 | 3, length: number): Tensor {
  const [batch = 1, channels = 1, height = 1, width = 1] = shape
  const from = shape[axis] ?? 1
  const [rows, columns] = axis === 2 ? [length, width] : [height, length]
  const result = new Float32Array(batch * channels * rows * columns)
  const at = (k: number, c: number, y: number, x: number) => data[((k * channels + c) * height + y) * width + x]
  const [one, other] = [new Float32Array(channels), new Float32Array(channels)]
  for (let k = 0; k < batch; k++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const place = Math.min(from - 1, Math.max(0, ((axis === 2 ? y : x) + 0.5) * (from / length) - 0.5))
        const low = Math.floor(place)
        const high = Math.min(from - 1, low + 1)
        for (let c = 0; c < channels; c++) {
          one[c] = axis === 2 ? at(k, c, low, x) : at(k, c, y, low)
          other[c] = axis === 2 ? at(k, c, high, x) : at(k, c, y, high)
        }
        const between = turned(one, other, place - low)
        for (let c = 0; c < channels; c++) result[((k * channels + c) * rows + y) * columns + x] = between[c]
      }
    }
  }
  return float32([batch, channels, rows, columns], result)
}

const lengthOf = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))

function turned(a: Float32Array, b: Float32Array, share: number): Float32Array {
  const [longA, longB] = [lengthOf(a), lengthOf(b)]
  const unit = (vector: Float32Array, length: number) => vector.map((value) => (length === 0 ? 0 : value / length))
  const [unitA, unitB] = [unit(a, longA), unit(b, longB)]
  const cosine = unitA.reduce((sum, value, i) => sum + value * unitB[i], 0)
  if (cosine > 1 - nearlyEqual) return a
  if (cosine < nearlyEqual - 1) return a.map((value, i) => value * (1 - share) + b[i] * share)
  const angle = Math.acos(cosine)
  const [own, others] = [Math.sin((1 - share) * angle) / Math.sin(angle), Math.sin(share * angle) / Math.sin(angle)]
  const length = longA * (1 - share) + longB * share
  return unitA.map((value, i) => (own * value + others * unitB[i]) * length)
}
