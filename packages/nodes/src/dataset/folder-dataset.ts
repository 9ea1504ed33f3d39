import { numberAt } from '@patchbay/onnx/tensor'
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname } from 'node:path'
import { decodeImage } from '../image/codec.ts'
import { resizeToFit, type Fit } from '../image/fit.ts'
import { bytesOf, imageFrom, sizeOfImage, withAlpha, type ImageTensor } from '../image/image.ts'
import { rasterizeSvg } from '../image/rasterize-svg.ts'
import { CaptionError, readCaptionedFolder } from './captioned-folder.ts'
import type { Dataset } from './dataset.ts'

/** A folder of pictures that a value names, itself or by any file in it: lists of files have no folders. */
export async function folderOf(path: string): Promise<string> {
  return (await stat(path)).isDirectory() ? path : dirname(path)
}

/** What a folder's data set depends on: names, sizes and times of its pictures and all their captions. */
export async function folderFingerprint(folder: string): Promise<string> {
  const files = await readCaptionedFolder(folder)
  const parts = await Promise.all(
    files.map(async ({ path, caption }) => {
      const { size, mtimeMs } = await stat(path)
      return [path, size, mtimeMs, caption]
    }),
  )
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

export interface FolderDatasetOptions {
  readonly size: number
  /** How pictures that are not square come into a square; `contain` leaves the rest clear. */
  readonly fit: Fit
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/**
 * The captioned pictures of a folder, each at `size`.
 * @throws CaptionError naming every bad row, every picture without a caption, and every file that cannot be read
 */
export async function loadFolderDataset(folder: string, options: FolderDatasetOptions): Promise<Dataset> {
  const { size, fit, onProgress, signal } = options
  const files = await readCaptionedFolder(folder)
  const problems: string[] = []
  const pixels = new Uint8Array(files.length * size * size * 4)
  for (const [row, { path }] of files.entries()) {
    signal?.throwIfAborted()
    try {
      pixels.set(await squareOf(path, size, fit), row * size * size * 4)
    } catch (error) {
      problems.push(`${basename(path)}: ${error instanceof Error ? error.message : String(error)}`)
    }
    onProgress?.(row + 1, files.length)
  }
  if (problems.length > 0) throw new CaptionError(folder, problems)
  const pictures = files.map(({ caption }, row) => ({ row, captions: [caption] }))
  return { title: basename(folder), size, pixels, pictures, augmentation: {} }
}

/** Premultiplied bytes of one picture: [size, size, 4]. Drawings are drawn at the size itself. */
async function squareOf(path: string, size: number, fit: Fit): Promise<Uint8Array> {
  if (extname(path).toLowerCase() === '.svg') return (await rasterizeSvg(await readFile(path, 'utf8'), size)).pixels
  const { image, alpha } = await decodeImage(await readFile(path))
  return bytesOf(
    resizeToFit(premultiplied(withAlpha(image, alpha)), { width: size, height: size }, fit, 'bilinear').data,
  )
}

/** Colours times alpha, so that what is clear does not bleed into its neighbours when resized. */
function premultiplied(image: ImageTensor): ImageTensor {
  return imageFrom(sizeOfImage(image), (_, y, x, c) => {
    const at = (y * numberAt(image.shape, 2) + x) * 4
    return numberAt(image.data, at + c) * (c < 3 ? numberAt(image.data, at + 3) : 1)
  })
}
