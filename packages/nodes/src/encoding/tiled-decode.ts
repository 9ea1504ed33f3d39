import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { sizeOfLatents } from '../values/latents.ts'

export interface Tiling {
  /** Side of a tile and how much neighbours share, in pixels of the picture. */
  readonly tile: number
  readonly overlap: number
}

/**
 * Decodes latents tile by tile and blends where tiles overlap, so that memory does not grow with the picture. Gives
 * planes [batch, 3, height, width], 0 to 1. `onTile` is told after each tile and stops by throwing.
 */
export async function decodeInTiles(
  decode: (latents: Tensor) => Promise<Tensor>,
  latents: Tensor,
  scale: number,
  { tile, overlap }: Tiling,
  onTile: (done: number, all: number) => void,
): Promise<Tensor> {
  const { batch, channels, height, width } = sizeOfLatents(latents)
  const side = Math.max(1, Math.round(tile / scale))
  const shared = Math.min(side - 1, Math.round(overlap / scale))
  const tops = startsOf(height, side, shared)
  const lefts = startsOf(width, side, shared)
  const [rows, columns] = [height * scale, width * scale]
  const sums = new Float32Array(batch * 3 * rows * columns)
  const weights = new Float32Array(rows * columns)
  let done = 0
  for (const top of tops) {
    for (const left of lefts) {
      const [h, w] = [Math.min(side, height), Math.min(side, width)]
      const cut = new Float32Array(batch * channels * h * w)
      for (let row = 0; row < batch * channels * h; row++) {
        const from = (Math.floor(row / h) * height + top + (row % h)) * width + left
        cut.set(latents.data.subarray(from, from + w), row * w)
      }
      const { data } = await decode(float32([batch, channels, h, w], cut))
      addTile(
        { sums, weights, rows, columns },
        data,
        { top: top * scale, left: left * scale, height: h * scale, width: w * scale },
        shared * scale,
      )
      done++
      onTile(done, tops.length * lefts.length)
    }
  }
  const pixels = rows * columns
  for (let i = 0; i < sums.length; i++) sums[i] = numberAt(sums, i) / (weights[i % pixels] ?? 1)
  return float32([batch, 3, rows, columns], sums)
}

/** Where tiles begin so that they cover a length, the last one ending at its end. */
function startsOf(length: number, side: number, shared: number): number[] {
  if (length <= side) return [0]
  const count = Math.ceil((length - shared) / (side - shared))
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - side)) / (count - 1)))
}

interface Canvas {
  readonly sums: Float32Array
  readonly weights: Float32Array
  readonly rows: number
  readonly columns: number
}

/** Adds a tile with weights that rise over the shared border, from edges that lie inside the picture. */
function addTile(
  { sums, weights, rows, columns }: Canvas,
  tile: Float32Array,
  { top, left, height, width }: { top: number; left: number; height: number; width: number },
  border: number,
): void {
  const rise = (distance: number, isInside: boolean) =>
    isInside && distance < border ? (distance + 1) / (border + 1) : 1
  const planes = tile.length / (height * width)
  for (let y = 0; y < height; y++) {
    const down = rise(y, top > 0) * rise(height - 1 - y, top + height < rows)
    for (let x = 0; x < width; x++) {
      const weight = down * rise(x, left > 0) * rise(width - 1 - x, left + width < columns)
      const pixel = (top + y) * columns + left + x
      weights[pixel] = numberAt(weights, pixel) + weight
      for (let plane = 0; plane < planes; plane++) {
        const target = plane * rows * columns + pixel
        sums[target] = numberAt(sums, target) + weight * numberAt(tile, (plane * height + y) * width + x)
      }
    }
  }
}
