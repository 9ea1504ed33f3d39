import { open } from 'node:fs/promises'

/** An EXIF block past this is read no further: a header may claim any length. */
const mostExif = 16 * 1024 * 1024
const ascii = 2

/** The texts that ComfyUI and Patchbay keep in the EXIF of a WebP, each `keyword:text` in a tag of its own; `{}` for any other file. */
export async function textInWebp(path: string): Promise<{ [keyword: string]: string }> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(12)
    await file.read(head, 0, 12, 0)
    if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WEBP') return {}
    const { size } = await file.stat()
    for (let at = 12, chunks = 0; at + 8 <= size && chunks < 10_000; chunks++) {
      await file.read(head, 0, 8, at)
      const length = head.readUInt32LE(4)
      if (head.toString('latin1', 0, 4) === 'EXIF') {
        if (length > mostExif || at + 8 + length > size) return {}
        const exif = Buffer.alloc(length)
        await file.read(exif, 0, length, at + 8)
        return textsInExif(exif)
      }
      at += 8 + length + (length % 2)
    }
    return {}
  } finally {
    await file.close()
  }
}

/** TIFF 6.0, §2: the first directory alone, in either order of bytes. */
function textsInExif(block: Buffer): { [keyword: string]: string } {
  const tiff = block.toString('latin1', 0, 6) === 'Exif\0\0' ? block.subarray(6) : block
  const order = tiff.toString('latin1', 0, 2)
  if (tiff.length < 14 || (order !== 'II' && order !== 'MM')) return {}
  const short = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const long = (at: number) => (order === 'II' ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at))
  const directory = long(4)
  if (directory + 2 > tiff.length) return {}
  const texts = new Map<string, string>()
  for (let index = 0; index < short(directory); index++) {
    const at = directory + 2 + index * 12
    if (at + 12 > tiff.length) break
    const length = long(at + 4)
    const start = length <= 4 ? at + 8 : long(at + 8)
    if (short(at + 2) !== ascii || start + length > tiff.length) continue
    const text = tiff.toString('utf8', start, start + length).replace(/\0+$/, '')
    const colon = text.indexOf(':')
    if (colon > 0) texts.set(text.slice(0, colon).toLowerCase(), text.slice(colon + 1))
  }
  return Object.fromEntries(texts)
}
