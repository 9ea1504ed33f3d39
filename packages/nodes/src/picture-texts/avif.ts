import { latin1Of, viewOf } from './bytes.ts'

const brands = ['avif', 'avis', 'mif1', 'heic']
const mostBoxes = 10_000
const xmpType = 'application/rdf+xml\0'

/** Whether these are the bytes of an AVIF file, or another of its kind (ISO 14496-12, §4.3). */
export function isAvif(bytes: Uint8Array): boolean {
  return latin1Of(bytes.subarray(4, 8)) === 'ftyp' && brands.includes(latin1Of(bytes.subarray(8, 12)))
}

/** The EXIF block or the XMP packet of an AVIF: its first item of that kind (ISO 23008-12, annex A). */
export function avifMetadata(avif: Uint8Array, kind: 'exif' | 'xmp'): Uint8Array | undefined {
  const meta = boxIn(avif, 'meta')?.subarray(4)
  const [infos, places] = [meta && boxIn(meta, 'iinf'), meta && boxIn(meta, 'iloc')]
  if (!infos || !places) return undefined
  try {
    const id = itemOf(infos, kind)
    const content = id === undefined ? undefined : contentOf(avif, places, id)
    // An EXIF item begins with the offset of its TIFF header.
    return kind === 'exif' ? content?.subarray(4 + viewOf(content).getUint32(0)) : content
  } catch (error) {
    // A box that ends within a number is damaged.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The content of the first box of a type (ISO 14496-12, §4.2). */
function boxIn(bytes: Uint8Array, wanted: string): Uint8Array | undefined {
  for (const { type, content } of boxesIn(bytes)) if (type === wanted) return content
  return undefined
}

function* boxesIn(bytes: Uint8Array): Generator<{ readonly type: string; readonly content: Uint8Array }> {
  const view = viewOf(bytes)
  let at = 0
  for (let count = 0; at + 8 <= bytes.length && count < mostBoxes; count++) {
    const short = view.getUint32(at)
    if (short === 1 && at + 16 > bytes.length) return
    const length = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? bytes.length - at : short
    const head = short === 1 ? 16 : 8
    if (length < head || at + length > bytes.length) return
    yield { type: latin1Of(bytes.subarray(at + 4, at + 8)), content: bytes.subarray(at + head, at + length) }
    at += length
  }
}

/** The number of the item that is of a kind (§8.11.6). */
function itemOf(infos: Uint8Array, kind: 'exif' | 'xmp'): number | undefined {
  const isShort = viewOf(infos).getUint8(0) === 0
  for (const { type, content } of boxesIn(infos.subarray(isShort ? 6 : 8))) {
    const version = type === 'infe' ? viewOf(content).getUint8(0) : 0
    if (version < 2) continue
    const view = viewOf(content)
    const end = version === 2 ? 6 : 8
    const named = latin1Of(content.subarray(end + 2, end + 6))
    const isWanted = kind === 'exif' ? named === 'Exif' : named === 'mime' && latin1Of(content).includes(xmpType)
    if (isWanted) return version === 2 ? view.getUint16(4) : view.getUint32(4)
  }
  return undefined
}

/** The bytes of an item that lies in the file in one piece (§8.11.3). */
function contentOf(file: Uint8Array, places: Uint8Array, wanted: number): Uint8Array | undefined {
  const view = viewOf(places)
  const version = view.getUint8(0)
  const sizes = [view.getUint8(4) >> 4, view.getUint8(4) & 15, view.getUint8(5) >> 4, view.getUint8(5) & 15]
  const [offsetSize = 0, lengthSize = 0, baseSize = 0, indexSize = 0] = sizes
  let at = 6
  const read = (size: number): number => {
    const value =
      size === 8 ? Number(view.getBigUint64(at)) : size === 4 ? view.getUint32(at) : size === 2 ? view.getUint16(at) : 0
    at += size
    return value
  }
  const wide = version < 2 ? 2 : 4
  for (let left = read(wide); left > 0; left--) {
    const id = read(wide)
    const method = version === 0 ? 0 : read(2) & 15
    at += 2
    const base = read(baseSize)
    const extents = read(2)
    for (let extent = 0; extent < extents; extent++) {
      if (version > 0) read(indexSize)
      const [offset, length] = [read(offsetSize), read(lengthSize)]
      if (id === wanted && method === 0 && extents === 1)
        return base + offset + length <= file.length ? file.subarray(base + offset, base + offset + length) : undefined
    }
  }
  return undefined
}
