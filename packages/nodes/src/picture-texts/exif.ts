import { joined, latin1Bytes, latin1Of, viewOf } from './bytes.ts'
import { mostText, type PictureTexts } from './texts.ts'

/**
 * The tag of the model of a camera, where ComfyUI keeps the prompt; the workflow and the rest go downwards from the
 * maker's.
 */
const [promptTag, restFrom] = [0x0110, 0x010f]
const ascii = 2

/** A TIFF header with one directory of texts, each `keyword:text`, in the order of their tags (TIFF 6.0, §2). */
export function exifOf(texts: PictureTexts): Uint8Array {
  const rest = Object.keys(texts)
    .filter((keyword) => keyword !== 'prompt')
    .sort((a, b) => Number(b === 'workflow') - Number(a === 'workflow'))
  const tagged = [
    ...rest.map((keyword, index) => [restFrom - index, keyword] as const),
    ...('prompt' in texts ? [[promptTag, 'prompt'] as const] : []),
  ].sort(([a], [b]) => a - b)
  const head = new Uint8Array(8 + 2 + tagged.length * 12 + 4)
  const view = viewOf(head)
  head.set(latin1Bytes('II*\0'))
  view.setUint32(4, 8, true)
  view.setUint16(8, tagged.length, true)
  const bodies: Uint8Array[] = []
  let end = head.length
  for (const [index, [tag, keyword]] of tagged.entries()) {
    const body = latin1Bytes(`${keyword}:${escaped(texts[keyword] ?? '')}\0`)
    const at = 10 + index * 12
    view.setUint16(at, tag, true)
    view.setUint16(at + 2, ascii, true)
    view.setUint32(at + 4, body.length, true)
    if (body.length <= 4) head.set(body, at + 8)
    else {
      view.setUint32(at + 8, end, true)
      // Values begin at even offsets.
      bodies.push(body, new Uint8Array(body.length % 2))
      end += body.length + (body.length % 2)
    }
  }
  return joined([head, ...bodies])
}

/** The texts `keyword:text` of a TIFF block's first directory, in either order of bytes; keywords in small letters. */
export function exifTexts(block: Uint8Array): PictureTexts {
  const tiff = latin1Of(block.subarray(0, 6)) === 'Exif\0\0' ? block.subarray(6) : block
  const order = latin1Of(tiff.subarray(0, 4))
  const little = order === 'II*\0'
  if (tiff.length < 14 || tiff.length > mostText || !(little || order === 'MM\0*')) return {}
  const view = viewOf(tiff)
  const directory = view.getUint32(4, little)
  if (directory + 2 > tiff.length) return {}
  const texts = new Map<string, string>()
  let room = mostText
  const end = Math.min(tiff.length - 12, directory + 2 + 12 * (view.getUint16(directory, little) - 1))
  for (let entry = directory + 2; entry <= end; entry += 12) {
    const length = view.getUint32(entry + 4, little)
    const start = length <= 4 ? entry + 8 : view.getUint32(entry + 8, little)
    if (view.getUint16(entry + 2, little) !== ascii || start + length > tiff.length || length > room) continue
    room -= length
    const text = new TextDecoder().decode(tiff.subarray(start, start + length)).replace(/\0+$/, '')
    const colon = text.indexOf(':')
    if (colon > 0) texts.set(text.slice(0, colon).toLowerCase(), text.slice(colon + 1))
  }
  return Object.fromEntries(texts)
}

/** EXIF texts are ASCII; in JSON every other character can be written so. */
function escaped(text: string): string {
  return text.replace(/[^\x20-\x7e\t\n\r]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
