import { joined, latin1Bytes, latin1Of, viewOf } from './bytes.ts'
import { exifOf } from './exif.ts'
import type { PictureTexts } from './texts.ts'

/** Bit 3 of the flags of an extended WebP file: it carries EXIF (RFC 9649, §2.7.1). */
const hasExif = 0x08
const flagsAt = 20
const mostChunks = 10_000

/** Whether these are the bytes of a WebP file. */
export function isWebp(bytes: Uint8Array): boolean {
  return latin1Of(bytes.subarray(0, 4)) === 'RIFF' && latin1Of(bytes.subarray(8, 12)) === 'WEBP'
}

/** The EXIF block or the XMP packet of a WebP: its first chunk of that kind (RFC 9649, §2.7.1.5). */
export function webpMetadata(webp: Uint8Array, kind: 'exif' | 'xmp'): Uint8Array | undefined {
  const name = kind === 'exif' ? 'EXIF' : 'XMP '
  for (const { type, content } of chunksOf(webp)) if (type === name) return content
  return undefined
}

/**
 * A WebP with texts as EXIF, as ComfyUI writes and reads them. Only an extended file (one that carries other metadata
 * already) can hold them; any other comes back as it is.
 */
export function withWebpExif(webp: Uint8Array, texts: PictureTexts): Uint8Array {
  const chunks = [...chunksOf(webp)]
  if (chunks[0]?.type !== 'VP8X' || Object.keys(texts).length === 0) return webp
  const exif = exifOf(texts)
  const head = new Uint8Array(8)
  head.set(latin1Bytes('EXIF'))
  viewOf(head).setUint32(4, exif.length, true)
  // EXIF comes before XMP (RFC 9649, §2.7.1.5).
  const end = chunks.find(({ type }) => type === 'XMP ')?.at ?? webp.length
  const result = joined([webp.subarray(0, end), head, exif, new Uint8Array(exif.length % 2), webp.subarray(end)])
  const view = viewOf(result)
  view.setUint32(4, result.length - 8, true)
  view.setUint8(flagsAt, view.getUint8(flagsAt) | hasExif)
  return result
}

/** The chunks of a WebP file (RFC 9649, §2.3) with where each begins; one that runs past the end is left out. */
function* chunksOf(
  webp: Uint8Array,
): Generator<{ readonly type: string; readonly at: number; readonly content: Uint8Array }> {
  const view = viewOf(webp)
  let at = 12
  for (let count = 0; at + 8 <= webp.length && count < mostChunks; count++) {
    const length = view.getUint32(at + 4, true)
    if (at + 8 + length > webp.length) return
    yield { type: latin1Of(webp.subarray(at, at + 4)), at, content: webp.subarray(at + 8, at + 8 + length) }
    at += 8 + length + (length % 2)
  }
}
