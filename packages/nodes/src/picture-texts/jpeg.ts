import { latin1Of, viewOf } from './bytes.ts'

const [marker, startOfImage, startOfScan, app1] = [0xff, 0xd8, 0xda, 0xe1]
const [exifHeader, xmpHeader] = ['Exif\0\0', 'http://ns.adobe.com/xap/1.0/\0']

/** Whether these are the bytes of a JPEG file. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === marker && bytes[1] === startOfImage && bytes[2] === marker
}

/** The EXIF block or the XMP packet of a JPEG: its first APP1 segment of that kind (XMP part 3, §1.1.3). */
export function jpegMetadata(jpeg: Uint8Array, kind: 'exif' | 'xmp'): Uint8Array | undefined {
  const header = kind === 'exif' ? exifHeader : xmpHeader
  for (const segment of app1Segments(jpeg)) {
    if (latin1Of(segment.subarray(0, header.length)) === header) return segment.subarray(header.length)
  }
  return undefined
}

/** What the APP1 segments in front of the pixels hold (ITU T.81, §B.1.1.4). */
function* app1Segments(jpeg: Uint8Array): Generator<Uint8Array> {
  const view = viewOf(jpeg)
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === marker && jpeg[at + 1] !== startOfScan;) {
    const length = view.getUint16(at + 2)
    const end = at + 2 + length
    if (length < 2 || end > jpeg.length) return
    if (jpeg[at + 1] === app1) yield jpeg.subarray(at + 4, end)
    at = end
  }
}
