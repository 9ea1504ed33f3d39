import { numberAt } from '../tensor/index.ts'
import type { ByteOrigin } from './byte-origin.ts'
import { WeightError } from './weight-error.ts'

/** One field of a protobuf message: a number, or the range of a length-delimited value in its origin. */
export type ProtobufField =
  | { readonly number: number; readonly type: 'number'; readonly value: bigint }
  | { readonly number: number; readonly type: 'range'; readonly offset: number; readonly length: number }

const windowBytes = 64 << 10

/** Fields of one message: far more than the nodes and initializers of any model, far less than memory. */
const maxFields = 2_000_000

/**
 * The fields of the protobuf message in a range of an origin, in order, skipping over their contents: a model of
 * gigabytes is walked by reading its tags alone.
 */
export function* protobufFields(origin: ByteOrigin, start: number, length: number): Generator<ProtobufField> {
  const end = start + length
  let window = new Uint8Array(0)
  let windowStart = start
  let at = start
  const malformed = (what: string): never => {
    throw new WeightError('malformed', `${origin.title} is not a protobuf message: ${what} at byte ${at}`)
  }
  const byte = (): number => {
    if (at >= end) malformed('it ends in the middle of a field')
    if (at < windowStart || at >= windowStart + window.byteLength) {
      windowStart = at
      window = Uint8Array.from(origin.read(at, Math.min(windowBytes, end - at)))
    }
    return numberAt(window, at++ - windowStart)
  }
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const part = byte()
      value |= BigInt(part & 0x7f) << shift
      if (part < 0x80) return BigInt.asUintN(64, value)
    }
    return malformed('a number has more than ten bytes')
  }
  for (let count = 0; at < end; count++) {
    if (count >= maxFields)
      throw new WeightError('refused', `${origin.title} has more than ${maxFields} fields in a row`)
    const tag = Number(varint())
    const number = Math.floor(tag / 8)
    if (number < 1 || number > 536870911) malformed(`a field has the number ${number}`)
    switch (tag % 8) {
      case 0:
        yield { number, type: 'number', value: varint() }
        break
      case 1:
      case 5: {
        const width = tag % 8 === 1 ? 8 : 4
        if (at + width > end) malformed('it ends in the middle of a field')
        yield { number, type: 'range', offset: at, length: width }
        at += width
        break
      }
      case 2: {
        const size = Number(varint())
        if (at + size > end) malformed(`field ${number} reaches past its end`)
        const offset = at
        at += size
        yield { number, type: 'range', offset, length: size }
        break
      }
      default:
        malformed(`field ${number} has an unknown wire type`)
    }
  }
}
