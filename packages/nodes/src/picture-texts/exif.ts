import { joined, latin1Bytes, latin1Of, viewOf } from './bytes.ts'
import { mostText, type PictureTexts } from './texts.ts'

/**
 * The tag of the model of a camera, where ComfyUI keeps the prompt; the workflow and the rest go downwards from the
 * maker's.
 */
const [promptTag, restFrom] = [0x0110, 0x010f]
const [ascii, long, opaque] = [2, 4, 7]
/** The directory of EXIF's own fields, and its comment, where AUTOMATIC1111 keeps its settings (EXIF 2.3, §4.6). */
const [exifPointer, userComment] = [0x8769, 0x9286]

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

/**
 * The texts `keyword:text` of a TIFF block's first directory, in either order of bytes, keywords in small letters; and
 * the comment of EXIF as `parameters`.
 */
export function exifTexts(block: Uint8Array): PictureTexts {
  const tiff = latin1Of(block.subarray(0, 6)) === 'Exif\0\0' ? block.subarray(6) : block
  const order = latin1Of(tiff.subarray(0, 4))
  const little = order === 'II*\0'
  if (tiff.length < 14 || tiff.length > mostText || !(little || order === 'MM\0*')) return {}
  const texts = new Map<string, string>()
  let room = mostText
  for (const { tag, type, value } of fieldsOf(tiff, viewOf(tiff).getUint32(4, little), little)) {
    if (type === ascii && value.length <= room) {
      room -= value.length
      const text = new TextDecoder().decode(value).replace(/\0+$/, '')
      const colon = text.indexOf(':')
      if (colon > 0) texts.set(text.slice(0, colon).toLowerCase(), text.slice(colon + 1))
    } else if (tag === exifPointer && type === long && value.length === 4) {
      const own = [...fieldsOf(tiff, viewOf(value).getUint32(0, little), little)]
      const comment = own.find((field) => field.tag === userComment && field.type === opaque)?.value
      if (comment && comment.length <= room) texts.set('parameters', commentOf(comment, little))
    }
  }
  return Object.fromEntries(texts)
}

interface Field {
  readonly tag: number
  readonly type: number
  readonly value: Uint8Array
}

/** The fields of a directory whose values are bytes, or one whole number. */
function* fieldsOf(tiff: Uint8Array, directory: number, little: boolean): Generator<Field> {
  if (directory + 2 > tiff.length) return
  const view = viewOf(tiff)
  const end = Math.min(tiff.length - 12, directory + 2 + 12 * (view.getUint16(directory, little) - 1))
  for (let entry = directory + 2; entry <= end; entry += 12) {
    const [tag, type] = [view.getUint16(entry, little), view.getUint16(entry + 2, little)]
    const count = view.getUint32(entry + 4, little)
    const length = type === long ? 4 * count : count
    const start = length <= 4 ? entry + 8 : view.getUint32(entry + 8, little)
    if (![ascii, long, opaque].includes(type) || start + length > tiff.length) continue
    yield { tag, type, value: tiff.subarray(start, start + length) }
  }
}

/** A comment after the eight bytes that name its letters: `ASCII`, or `UNICODE`, which is UTF-16 in either order. */
function commentOf(value: Uint8Array, little: boolean): string {
  const [code, text] = [latin1Of(value.subarray(0, 8)), value.subarray(8)]
  if (!code.startsWith('UNICODE')) return new TextDecoder().decode(text).replace(/\0+$/, '')
  // Programs write the order of the machine, of the block, or the other: Latin letters tell which.
  const zerosFrom = (from: number) => text.filter((byte, at) => at % 2 === from && byte === 0).length
  const [even, odd] = [zerosFrom(0), zerosFrom(1)]
  const isBig = even === odd ? !little : even > odd
  return new TextDecoder(isBig ? 'utf-16be' : 'utf-16le').decode(text).replace(/\0+$/, '')
}

/** EXIF texts are ASCII; in JSON every other character can be written so. */
function escaped(text: string): string {
  return text.replace(/[^\x20-\x7e\t\n\r]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
