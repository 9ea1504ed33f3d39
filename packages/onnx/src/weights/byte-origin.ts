import { constants } from 'node:buffer'
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { WeightError } from './weight-error.ts'
import type { WeightPlace } from './weight.ts'

/** Bytes that a weight file is read from: a file, of which only what is asked for is read, or bytes in memory. */
export interface ByteOrigin {
  /** What messages call it. */
  readonly title: string
  readonly size: number
  /** Exactly `length` bytes from `offset`, or a `WeightError` when the origin ends before. */
  read(offset: number, length: number): Uint8Array
  place(offset: number, length: number): WeightPlace
}

/** Reads exactly `length` bytes of a file. */
export function readFileRange(path: string, offset: number, length: number): Uint8Array {
  const bytes = allocate(basename(path), length)
  const descriptor = openForReading(path)
  try {
    let filled = 0
    while (filled < length) {
      const count = readSync(descriptor, bytes, filled, Math.min(length - filled, 1 << 30), offset + filled)
      if (count === 0) {
        throw new WeightError(
          'truncated',
          `${basename(path)}: the file ends at byte ${offset + filled}, but ${length} bytes were expected from byte ${offset}. ` +
            'It may still be downloading; fetch it again.',
        )
      }
      filled += count
    }
  } finally {
    closeSync(descriptor)
  }
  return bytes
}

/** A file that is mostly a hole can promise more bytes than there is memory. */
function allocate(title: string, length: number): Uint8Array {
  try {
    if (length <= constants.MAX_LENGTH) return new Uint8Array(length)
  } catch {
    // Told below.
  }
  throw new WeightError('unsupported', `${title}: ${length} bytes are more than can be read at once`)
}

function openForReading(path: string): number {
  return orUnreadable(path, () => openSync(path, 'r'))
}

function orUnreadable<Result>(path: string, run: () => Result): Result {
  try {
    return run()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new WeightError('unreadable', `${basename(path)} cannot be opened: ${reason}`, { cause })
  }
}

export function fileOrigin(path: string): ByteOrigin {
  const title = basename(path)
  // Asked before it is opened: opening a pipe would wait for someone to write to it.
  const stat = orUnreadable(path, () => statSync(path))
  if (!stat.isFile()) throw new WeightError('unreadable', `${title} is not a file but a folder or device`)
  const { size } = stat
  closeSync(openForReading(path))
  // ONNX Runtime refuses to map through a link that leaves its folder, as the links of model caches do.
  const absolute = realpathSync(path)
  return {
    title,
    size,
    read: (offset, length) => {
      assertInside(title, size, offset, length)
      return readFileRange(absolute, offset, length)
    },
    place: (offset, length) => ({ type: 'file', path: absolute, offset, length }),
  }
}

export function memoryOrigin(bytes: Uint8Array, title = 'weights in memory'): ByteOrigin {
  const read = (offset: number, length: number): Uint8Array => {
    assertInside(title, bytes.byteLength, offset, length)
    return bytes.subarray(offset, offset + length)
  }
  return {
    title,
    size: bytes.byteLength,
    read,
    place: (offset, length) => ({ type: 'memory', bytes: read(offset, length) }),
  }
}

function assertInside(title: string, size: number, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return
  throw new WeightError(
    'truncated',
    `${title}: bytes ${offset} to ${offset + length} are asked for, but it has ${size} bytes`,
  )
}

/** Several origins as one, in order. What lies across a border is read into memory. */
export function joinOrigins(title: string, parts: readonly ByteOrigin[]): ByteOrigin {
  let size = 0
  const placed = parts.map((part) => {
    const begin = size
    size += part.size
    return { part, begin, end: size }
  })
  const read = (offset: number, length: number): Uint8Array => {
    assertInside(title, size, offset, length)
    const bytes = allocate(title, length)
    for (const { part, begin, end } of placed) {
      const from = Math.max(offset, begin)
      const to = Math.min(offset + length, end)
      if (from < to) bytes.set(part.read(from - begin, to - from), from - offset)
    }
    return bytes
  }
  return {
    title,
    size,
    read,
    place: (offset, length) => {
      const whole = placed.find(({ begin, end }) => begin <= offset && offset + length <= end)
      return whole ? whole.part.place(offset - whole.begin, length) : { type: 'memory', bytes: read(offset, length) }
    },
  }
}
