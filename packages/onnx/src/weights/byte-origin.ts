import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { WeightError } from './weight-error.ts'
import type { WeightPlace } from './weight-source.ts'

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
  const bytes = new Uint8Array(length)
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

function openForReading(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new WeightError('unreadable', `${basename(path)} cannot be opened: ${reason}`, { cause })
  }
}

export function fileOrigin(path: string): ByteOrigin {
  const descriptor = openForReading(path)
  let size: number
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) throw new WeightError('unreadable', `${basename(path)} is not a file but a folder or device`)
    size = stat.size
  } finally {
    closeSync(descriptor)
  }
  const title = basename(path)
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
    const bytes = new Uint8Array(length)
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
