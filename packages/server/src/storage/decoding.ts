import { readFile } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import { Failure } from '../failure.ts'
import { sniff } from './sniff.ts'

/** Pictures that are decoded at once: libvips shares its threads with everything that reads files. */
const atOnce = 2
/** One that takes longer is given up. */
const mostSeconds = 20
const isTiff = (bytes: Uint8Array): boolean =>
  ['49492a00', '4d4d002a'].includes(Buffer.from(bytes.subarray(0, 4)).toString('hex'))

const waiting: (() => void)[] = []
let open = 0

/** Whether a WebP or GIF moves, and all its frames together have no more pixels than one picture may have. */
async function isAnimation(bytes: Uint8Array, pixelLimit: number): Promise<boolean> {
  const { format, pages = 1, width, height } = await sharp(bytes, { limitInputPixels: pixelLimit }).metadata()
  return pages > 1 && (format === 'webp' || format === 'gif') && width * height * pages <= pixelLimit
}

/**
 * Decodes pictures in turn: gives `work` what opens one, and refuses with `wrong-file-type` what cannot be read. A
 * drawing such as SVG is none: a few of its bytes can ask for any amount of work. Who went away before the turn came is
 * not decoded for.
 */
export async function decoding<T>(
  pixelLimit: number,
  work: (opened: (source: string | Uint8Array, frames?: 'all frames') => Promise<Sharp>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  if (open >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
  else open++
  try {
    signal?.throwIfAborted()
    return await work(async (source, frames) => {
      // Read here, since libvips remembers what it opened by its name, whatever lies there meanwhile.
      const bytes = typeof source === 'string' ? await readFile(source) : source
      if (!sniff(bytes)?.mime.startsWith('image/') && !isTiff(bytes)) throw new Error('no picture of pixels')
      const isAnimated = frames !== undefined && (await isAnimation(bytes, pixelLimit))
      const options = { limitInputPixels: pixelLimit, sequentialRead: true, animated: isAnimated }
      return sharp(bytes, options).timeout({ seconds: mostSeconds })
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Failure('wrong-file-type', 'The picture cannot be read, or it has too many pixels.', {
      hint: `PNG, JPEG, WebP, GIF, AVIF and TIFF are read, up to ${Math.floor(pixelLimit / 1e6)} megapixels.`,
    })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else open--
  }
}
