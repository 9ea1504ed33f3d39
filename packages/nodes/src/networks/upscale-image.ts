import { numberAt } from '@patchbay/onnx/tensor'
import { float32, requireFloat32 } from '@patchbay/onnx'
import { type ImageTensor, sizeOfImage, withoutAlpha } from '../image/image.ts'
import { precisionOf } from '../architectures/kinds/precision.ts'
import { pictureBands, type Sessions } from './sessions.ts'
import { upscalerGraph, type Upscaler } from './upscaler.ts'

/** An upscaler as chosen in a graph: nothing is loaded until it is run. */
export interface UpscalerModel {
  readonly key: string
  readonly upscaler: Upscaler
}

export interface TileOptions {
  /** Side of the square tiles that the picture is cut into, in pixels of the input. Bounds the memory of a run. */
  readonly tile: number
  /** Pixels that a tile sees beyond its own on each side, so that no seam shows. */
  readonly overlap: number
  readonly signal?: AbortSignal
  /** After each tile: how many are done, and of how many. */
  onTile?(done: number, tiles: number): void
}

/**
 * Enlarges pictures [batch, height, width, 3] in 0 to 1 by a network, tile by tile. An alpha channel is left out. The
 * picture is mirrored at its edges, where the network asks for a multiple of pixels.
 */
export async function upscaleImage(
  sessions: Sessions,
  { key, upscaler }: UpscalerModel,
  image: ImageTensor,
  { tile, overlap, signal, onTile }: TileOptions,
): Promise<ImageTensor> {
  const source = withoutAlpha(image)
  const { batch, height, width } = sizeOfImage(source)
  const { scale, multiple } = upscaler
  const result = new Float32Array(batch * height * scale * width * scale * 3)
  const [rows, columns] = [spans(height, tile), spans(width, tile)]
  const tiles = batch * rows.length * columns.length
  let done = 0
  await sessions.with(
    {
      key,
      build: () => ({
        graph: upscalerGraph(upscaler),
        weights: upscaler.weights,
        bands: pictureBands,
        ...precisionOf(upscaler),
      }),
    },
    async (session) => {
      for (let k = 0; k < batch; k++) {
        for (const row of rows) {
          for (const column of columns) {
            signal?.throwIfAborted()
            const seen = {
              top: row.start - overlap,
              left: column.start - overlap,
              height: row.length + 2 * overlap,
              width: column.length + 2 * overlap,
            }
            const window = { ...seen, height: ceilTo(seen.height, multiple), width: ceilTo(seen.width, multiple) }
            const { enlarged } = await session.run({
              image: float32([1, 3, window.height, window.width], cut(source, k, window)),
            })
            const place = { k, row, column, overlap, scale, size: { height, width } }
            paste(result, requireFloat32(enlarged, 'The upscaler').data, window, place)
            onTile?.((done += 1), tiles)
          }
        }
      }
    },
  )
  return float32([batch, height * scale, width * scale, 3], result)
}

interface Span {
  readonly start: number
  readonly length: number
}

function spans(size: number, tile: number): readonly Span[] {
  const count = Math.ceil(size / tile)
  return Array.from({ length: count }, (_, index) => {
    const [start, end] = [Math.round((size * index) / count), Math.round((size * (index + 1)) / count)]
    return { start, length: end - start }
  })
}

const ceilTo = (size: number, multiple: number): number => Math.ceil(size / multiple) * multiple

interface Window {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** A window of a picture as [3, height, width], mirrored where it lies outside. */
function cut(image: ImageTensor, k: number, { top, left, height, width }: Window): Float32Array {
  const size = sizeOfImage(image)
  const planes = new Float32Array(3 * height * width)
  for (let y = 0; y < height; y++) {
    const fromY = mirrored(top + y, size.height)
    for (let x = 0; x < width; x++) {
      const from = ((k * size.height + fromY) * size.width + mirrored(left + x, size.width)) * 3
      for (let c = 0; c < 3; c++) planes[(c * height + y) * width + x] = numberAt(image.data, from + c)
    }
  }
  return planes
}

function mirrored(position: number, size: number): number {
  if (size === 1) return 0
  const period = 2 * (size - 1)
  const inside = ((position % period) + period) % period
  return inside < size ? inside : period - inside
}

interface Place {
  readonly k: number
  readonly row: Span
  readonly column: Span
  readonly overlap: number
  readonly scale: number
  readonly size: { readonly height: number; readonly width: number }
}

/** Copies a tile's own pixels, without what it saw beyond them, from [3, height, width] planes into the result. */
function paste(
  result: Float32Array,
  planes: Float32Array,
  window: Window,
  { k, row, column, overlap, scale, size }: Place,
): void {
  const [height, width] = [window.height * scale, window.width * scale]
  for (let y = 0; y < row.length * scale; y++) {
    for (let x = 0; x < column.length * scale; x++) {
      const to = ((k * size.height * scale + row.start * scale + y) * size.width * scale + column.start * scale + x) * 3
      const from = (overlap * scale + y) * width + overlap * scale + x
      for (let c = 0; c < 3; c++) result[to + c] = Math.min(1, Math.max(0, numberAt(planes, c * height * width + from)))
    }
  }
}
