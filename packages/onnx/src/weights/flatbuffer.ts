import { WeightError } from './weight-error.ts'

/** A table of a FlatBuffer: fields by number, each absent when it has its default. */
export interface FlatTable {
  uint8(field: number, absent?: number): number
  int32(field: number, absent?: number): number
  uint32(field: number, absent?: number): number
  uint64(field: number): number
  text(field: number): string
  table(field: number): FlatTable | undefined
  tables(field: number): FlatTable[]
  int32s(field: number): number[]
  float32s(field: number): number[]
  int64s(field: number): number[]
  /** Where a vector of bytes lies. */
  bytes(field: number): { readonly offset: number; readonly length: number } | undefined
}

/**
 * The root table of a FlatBuffer (the binary format of Google's FlatBuffers library). Every offset is checked against
 * the size of the file, so that a damaged one is refused instead of read past.
 */
export function readFlatBuffer(bytes: Uint8Array, title: string): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // Each table is visited once per reference; a file that refers to one table a million times is no model.
  let budget = 1_000_000
  // The same holds for lists and names, which may be referred to by any number of tables.
  let listBudget = 1 << 26
  const at = (offset: number, length: number): number => {
    if (offset < 0 || offset + length > view.byteLength) {
      throw new WeightError('malformed', `${title} is damaged: it refers to byte ${offset}, but has ${view.byteLength}`)
    }
    return offset
  }
  const follow = (offset: number): number => offset + view.getUint32(at(offset, 4), true)
  const vector = (offset: number, width: number): { start: number; length: number } => {
    const start = follow(offset)
    const length = view.getUint32(at(start, 4), true)
    at(start + 4, length * width)
    return { start: start + 4, length }
  }
  const readable = (list: { start: number; length: number }): { start: number; length: number } => {
    listBudget -= list.length
    if (listBudget < 0) throw new WeightError('refused', `${title} has lists and names beyond measure`)
    return list
  }
  const tableAt = (position: number): FlatTable => {
    if (--budget < 0) throw new WeightError('refused', `${title} has more than a million tables`)
    const layout = position - view.getInt32(at(position, 4), true)
    const layoutLength = view.getUint16(at(layout, 4), true)
    at(layout, layoutLength)
    const fieldAt = (field: number): number | undefined => {
      const slot = 4 + field * 2
      const offset = slot + 2 <= layoutLength ? view.getUint16(layout + slot, true) : 0
      return offset === 0 ? undefined : position + offset
    }
    const scalar =
      (width: number, read: (offset: number) => number) =>
      (field: number, absent = 0): number => {
        const offset = fieldAt(field)
        return offset === undefined ? absent : read(at(offset, width))
      }
    const list = (field: number, width: number, read: (offset: number) => number): number[] => {
      const offset = fieldAt(field)
      if (offset === undefined) return []
      const { start, length } = readable(vector(offset, width))
      return Array.from({ length }, (_, index) => read(start + index * width))
    }
    return {
      uint8: scalar(1, (offset) => view.getUint8(offset)),
      int32: scalar(4, (offset) => view.getInt32(offset, true)),
      uint32: scalar(4, (offset) => view.getUint32(offset, true)),
      uint64: scalar(8, (offset) => Number(view.getBigUint64(offset, true))),
      text: (field) => {
        const offset = fieldAt(field)
        if (offset === undefined) return ''
        const { start, length } = readable(vector(offset, 1))
        return new TextDecoder().decode(bytes.subarray(start, start + length))
      },
      table: (field) => {
        const offset = fieldAt(field)
        return offset === undefined ? undefined : tableAt(follow(offset))
      },
      tables: (field) => {
        const offset = fieldAt(field)
        if (offset === undefined) return []
        const { start, length } = readable(vector(offset, 4))
        return Array.from({ length }, (_, index) => tableAt(follow(start + index * 4)))
      },
      int32s: (field) => list(field, 4, (offset) => view.getInt32(offset, true)),
      float32s: (field) => list(field, 4, (offset) => view.getFloat32(offset, true)),
      int64s: (field) => list(field, 8, (offset) => Number(view.getBigInt64(offset, true))),
      bytes: (field) => {
        const offset = fieldAt(field)
        if (offset === undefined) return undefined
        const { start, length } = vector(offset, 1)
        return { offset: start, length }
      },
    }
  }
  return tableAt(follow(at(0, 8)))
}
