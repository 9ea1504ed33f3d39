/** The geometry of a convolution over a square kernel; `enlarge` repeats each pixel first. */
export interface Window {
  readonly kernel: number
  readonly stride: number
  readonly before: number
  readonly after: number
  readonly dilation: number
  readonly enlarge: number
}

export interface ImageSize {
  readonly batch: number
  readonly height: number
  readonly width: number
}

/**
 * For each output pixel (image by image, row by row) and each tap of the kernel: which row of
 * `[batch·height·width, c]` lies below it. Taps outside the image name the row after the last, which holds zeros.
 */
export function convolutionTable({ batch, height, width }: ImageSize, window: Window): Int32Array {
  const { kernel, stride, before, after, dilation, enlarge } = window
  const extent = dilation * (kernel - 1) + 1
  const count = (size: number): number => Math.floor((size * enlarge + before + after - extent) / stride) + 1
  const [rows, columns] = [count(height), count(width)]
  const blank = batch * height * width
  const table = new Int32Array(batch * rows * columns * kernel * kernel)
  let next = 0
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const y = Math.floor((row * stride - before + Math.floor(tap / kernel) * dilation) / enlarge)
          const x = Math.floor((column * stride - before + (tap % kernel) * dilation) / enlarge)
          const inside = y >= 0 && y < height && x >= 0 && x < width
          table[next++] = inside ? (image * height + y) * width + x : blank
        }
      }
    }
  }
  return table
}

/**
 * The table turned round, for a convolution in which each tap of a source row has one output pixel at most (stride 1 or
 * more, nothing enlarged): for each source row and tap, that output pixel, or the number of output pixels for none.
 */
export function reversedTable(table: Int32Array, taps: number, sourceRows: number): Int32Array {
  const pixels = table.length / taps
  const reversed = new Int32Array(sourceRows * taps).fill(pixels)
  for (const [place, row] of table.entries()) {
    if (row < sourceRows) reversed[row * taps + (place % taps)] = Math.floor(place / taps)
  }
  return reversed
}

/**
 * The places of the table (output pixel × tap) that name each source row, padded to one length with the place after
 * the last. Gathering and adding along it is the transpose of gathering along `table`.
 */
export function placesOf(
  table: Int32Array,
  sourceRows: number,
): { readonly places: Int32Array; readonly each: number } {
  const counts = new Int32Array(sourceRows)
  for (const row of table) if (row < sourceRows) counts[row] = numberAt(counts, row) + 1
  const each = counts.reduce((most, count) => Math.max(most, count), 0)
  const places = new Int32Array(sourceRows * each).fill(table.length)
  counts.fill(0)
  for (const [place, row] of table.entries()) {
    if (row >= sourceRows) continue
    const taken = numberAt(counts, row)
    places[row * each + taken] = place
    counts[row] = taken + 1
  }
  return { places, each }
}
import { numberAt } from '../tensor/index.ts'
