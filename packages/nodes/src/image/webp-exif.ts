import type { EmbeddedTexts } from './png-text.ts'

/** The tag of the model of a camera, where ComfyUI keeps the prompt; the workflow and the rest go downwards from the maker's. */
const [promptTag, restFrom] = [0x0110, 0x010f]
/** Bit 3 of the flags of an extended WebP file: it carries EXIF (RFC 9649, §2.7.1). */
const hasExif = 0x08

/**
 * A WebP with texts as EXIF as well, each `keyword:text`, as ComfyUI writes and reads them. Only an extended file (one that carries other
 * metadata already) can hold them; any other comes back as it is.
 */
export function withWebpExif(webp: Buffer, texts: EmbeddedTexts): Buffer {
  if (webp.toString('latin1', 12, 16) !== 'VP8X' || Object.keys(texts).length === 0) return webp
  const exif = exifOf(texts)
  const chunk = Buffer.alloc(8 + exif.length + (exif.length % 2))
  chunk.write('EXIF', 0, 'latin1')
  chunk.writeUInt32LE(exif.length, 4)
  exif.copy(chunk, 8)
  const at = endOfPicture(webp)
  const joined = Buffer.concat([webp.subarray(0, at), chunk, webp.subarray(at)])
  joined.writeUInt32LE(joined.length - 8, 4)
  joined.writeUInt8((joined[20] ?? 0) | hasExif, 20)
  return joined
}

/** EXIF comes before XMP (RFC 9649, §2.7.1.5). */
function endOfPicture(webp: Buffer): number {
  let at = 12
  while (at + 8 <= webp.length && webp.toString('latin1', at, at + 4) !== 'XMP ') {
    const length = webp.readUInt32LE(at + 4)
    at += 8 + length + (length % 2)
  }
  return Math.min(at, webp.length)
}

/** A TIFF header with one directory of texts, in the order of their tags (TIFF 6.0, §2). */
function exifOf(texts: EmbeddedTexts): Buffer {
  const rest = Object.keys(texts)
    .filter((keyword) => keyword !== 'prompt')
    .sort((a, b) => Number(b === 'workflow') - Number(a === 'workflow'))
  const tagged = [
    ...rest.map((keyword, index) => [restFrom - index, keyword] as const),
    ...('prompt' in texts ? [[promptTag, 'prompt'] as const] : []),
  ].sort(([a], [b]) => a - b)
  const head = Buffer.alloc(8 + 2 + tagged.length * 12 + 4)
  head.write('II*\0', 0, 'latin1')
  head.writeUInt32LE(8, 4)
  head.writeUInt16LE(tagged.length, 8)
  const bodies: Buffer[] = []
  let end = head.length
  for (const [index, [tag, keyword]] of tagged.entries()) {
    const body = Buffer.from(`${keyword}:${escaped(texts[keyword] ?? '')}\0`, 'latin1')
    const at = 10 + index * 12
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(2, at + 2)
    head.writeUInt32LE(body.length, at + 4)
    if (body.length <= 4) body.copy(head, at + 8)
    else {
      head.writeUInt32LE(end, at + 8)
      bodies.push(body)
      end += body.length
    }
  }
  return Buffer.concat([head, ...bodies])
}

/** EXIF texts are ASCII; in JSON every other character can be written so. */
function escaped(text: string): string {
  return text.replace(/[^\x20-\x7e\t\n\r]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
