import type { ByteOrigin } from './byte-origin.ts'
import { WeightError } from './weight-error.ts'

/** Where a stored (uncompressed) file of a zip archive lies. */
export interface ZipEntry {
  readonly name: string
  readonly offset: number
  readonly length: number
}

const endSignature = 0x06054b50
const end64LocatorSignature = 0x07064b50
const end64Signature = 0x06064b50
const centralSignature = 0x02014b50
const localSignature = 0x04034b50
const maxCentralBytes = 64 << 20

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * The stored files of a zip archive, found through its central directory (PKWARE APPNOTE 4.3, with zip64). Compressed
 * ones are refused: what is to be mapped must lie in the file as it is.
 */
export function readZipEntries(origin: ByteOrigin): Map<string, ZipEntry> {
  const { title, size } = origin
  const refuse = (what: string): never => {
    throw new WeightError('malformed', `${title} is not a zip archive: ${what}`)
  }
  const { offset, length, count } = centralDirectoryOf(origin, refuse)
  if (length > maxCentralBytes || offset + length > size) refuse('its directory lies outside it')
  const directory = origin.read(offset, length)
  const view = viewOf(directory)
  const entries = new Map<string, ZipEntry>()
  let at = 0
  for (let index = 0; index < count; index++) {
    if (at + 46 > length || view.getUint32(at, true) !== centralSignature)
      refuse(`entry ${index} of its directory is damaged`)
    const nameLength = view.getUint16(at + 28, true)
    const extraLength = view.getUint16(at + 30, true)
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true)
    if (next > length) refuse(`entry ${index} of its directory is damaged`)
    const name = new TextDecoder().decode(directory.subarray(at + 46, at + 46 + nameLength))
    const wide = zip64Fields(view, at + 46 + nameLength, extraLength, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ])
    const [unpacked = 0, packed = 0, header = 0] = wide
    if (view.getUint16(at + 10, true) !== 0 || unpacked !== packed) {
      throw new WeightError(
        'unsupported',
        `${title}: "${name}" in it is compressed; torch.save stores without compression`,
      )
    }
    if (entries.has(name)) refuse(`"${name}" stands twice in it`)
    entries.set(name, { name, offset: dataOffsetOf(origin, header, name, refuse), length: unpacked })
    at = next
  }
  let end = 0
  let previous = ''
  for (const entry of [...entries.values()].toSorted((a, b) => a.offset - b.offset)) {
    if (entry.offset + entry.length > offset) refuse(`"${entry.name}" in it reaches past its own end`)
    if (entry.length === 0) continue
    if (entry.offset < end) refuse(`"${previous}" and "${entry.name}" in it overlap`)
    end = entry.offset + entry.length
    previous = entry.name
  }
  return entries
}

type Refuse = (what: string) => never

function centralDirectoryOf(origin: ByteOrigin, refuse: Refuse): { offset: number; length: number; count: number } {
  const tailLength = Math.min(origin.size, 22 + 65535)
  const tail = origin.read(origin.size - tailLength, tailLength)
  const view = viewOf(tail)
  let at = tailLength - 22
  while (at >= 0 && view.getUint32(at, true) !== endSignature) at--
  if (at < 0) return refuse('it has no end record; it may be cut short')
  const narrow = {
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  }
  if (narrow.count !== 0xffff && narrow.length !== 0xffffffff && narrow.offset !== 0xffffffff) return narrow
  if (at < 20 || view.getUint32(at - 20, true) !== end64LocatorSignature) return narrow
  const end64 = Number(view.getBigUint64(at - 12, true))
  if (end64 + 56 > origin.size) return refuse('its zip64 record lies outside it')
  const wide = viewOf(origin.read(end64, 56))
  if (wide.getUint32(0, true) !== end64Signature) return refuse('its zip64 record is damaged')
  const [count, length, offset] = [32, 40, 48].map((field) => Number(wide.getBigUint64(field, true)))
  return { count: count ?? 0, length: length ?? 0, offset: offset ?? 0 }
}

/** Sizes and offset, each taken from the zip64 extra field where its 32-bit form is all ones. */
function zip64Fields(view: DataView, extra: number, extraLength: number, narrow: readonly number[]): number[] {
  let at = extra
  while (at + 4 <= extra + extraLength && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true)
  let field = at + 4
  return narrow.map((value) => {
    if (value !== 0xffffffff || field + 8 > extra + extraLength) return value
    field += 8
    return Number(view.getBigUint64(field - 8, true))
  })
}

function dataOffsetOf(origin: ByteOrigin, header: number, name: string, refuse: Refuse): number {
  if (header + 30 > origin.size) return refuse(`"${name}" in it lies outside it`)
  const view = viewOf(origin.read(header, 30))
  if (view.getUint32(0, true) !== localSignature) return refuse(`the header of "${name}" in it is damaged`)
  return header + 30 + view.getUint16(26, true) + view.getUint16(28, true)
}
