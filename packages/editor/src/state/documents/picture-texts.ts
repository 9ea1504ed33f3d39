const utf8 = new TextDecoder()

/** The texts that a picture carries, by keyword: PNG text chunks, our XMP packet, and the EXIF fields in which ComfyUI puts them. */
export async function pictureTexts(bytes: Uint8Array): Promise<Map<string, string>> {
  const png = pngTexts(bytes)
  if (png.size > 0) return png
  return new Map([...exifTexts(bytes), ...(await xmpTexts(bytes))])
}

/** The JSON that a PNG carries in its text chunks, by keyword; empty for anything that is no PNG. */
export function pngTexts(bytes: Uint8Array): Map<string, string> {
  const texts = new Map<string, string>()
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  if (!signature.every((byte, index) => bytes[index] === byte)) return texts
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const latin = new TextDecoder('latin1')
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at)
    const type = latin.decode(bytes.subarray(at + 4, at + 8))
    const body = bytes.subarray(at + 8, at + 8 + length)
    const end = body.indexOf(0)
    if (type === 'tEXt' && end > 0) texts.set(latin.decode(body.subarray(0, end)), utf8.decode(body.subarray(end + 1)))
    // An uncompressed iTXt: keyword, 0, compression flag and method, language, 0, translated keyword, 0, text.
    if (type === 'iTXt' && end > 0 && body[end + 1] === 0) {
      const language = body.indexOf(0, end + 3)
      const translated = language < 0 ? -1 : body.indexOf(0, language + 1)
      if (translated > 0) texts.set(latin.decode(body.subarray(0, end)), utf8.decode(body.subarray(translated + 1)))
    }
    at += 12 + length
  }
  return texts
}

function indexOf(bytes: Uint8Array, words: string, from = 0): number {
  const [first = 0, ...rest] = new TextEncoder().encode(words)
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (rest.every((byte, index) => bytes[at + 1 + index] === byte)) return at
  }
  return -1
}

/** What our pictures carry in JPEG and WebP: a JSON object of texts, plain or packed. */
async function xmpTexts(bytes: Uint8Array): Promise<[string, string][]> {
  for (const form of ['json', 'gzip'] as const) {
    const start = indexOf(bytes, `<patchbay:${form}>`)
    const end = start < 0 ? -1 : indexOf(bytes, `</patchbay:${form}>`, start)
    if (end < 0) continue
    const content = utf8.decode(bytes.subarray(start + `<patchbay:${form}>`.length, end))
    try {
      const json: unknown = JSON.parse(form === 'json' ? unescaped(content) : await unpacked(content))
      if (typeof json !== 'object' || json === null) continue
      return Object.entries(json).flatMap(([key, text]): [string, string][] =>
        typeof text === 'string' ? [[key, text]] : [],
      )
    } catch {
      // A packet that is cut short carries nothing.
    }
  }
  return []
}

function unescaped(xml: string): string {
  return xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

async function unpacked(base64: string): Promise<string> {
  const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).text()
}

/** ComfyUI writes `workflow:{…}` and `prompt:{…}` into text fields of EXIF's first directory (TIFF 6.0, section 2). */
function exifTexts(bytes: Uint8Array): [string, string][] {
  const header = ['II*\0', 'MM\0*'].map((mark) => indexOf(bytes, mark)).filter((at) => at >= 0)
  if (header.length === 0) return []
  const tiff = bytes.subarray(Math.min(...header))
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const little = tiff[0] === 0x49
  if (tiff.length < 8) return []
  const directory = view.getUint32(4, little)
  if (directory + 2 > tiff.length) return []
  const found: [string, string][] = []
  const count = view.getUint16(directory, little)
  for (let entry = directory + 2; entry < directory + 2 + 12 * count && entry + 12 <= tiff.length; entry += 12) {
    const length = view.getUint32(entry + 4, little)
    const start = length <= 4 ? entry + 8 : view.getUint32(entry + 8, little)
    if (view.getUint16(entry + 2, little) !== 2 || start + length > tiff.length) continue
    const text = utf8.decode(tiff.subarray(start, start + length)).replace(/\0+$/, '')
    const colon = text.indexOf(':')
    if (colon > 0 && text[colon + 1] === '{') found.push([text.slice(0, colon), text.slice(colon + 1)])
  }
  return found
}
