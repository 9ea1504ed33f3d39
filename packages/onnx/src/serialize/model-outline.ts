import type { ByteOrigin } from '../weights/byte-origin.ts'
import { protobufFields } from '../weights/protobuf-fields.ts'

/** Field numbers of onnx.proto. */
const graphOfModel = 7
const initializerOfGraph = 5
const rawDataOfTensor = 9

/** Raw data up to this many bytes stays: axes and shapes are needed to infer types. */
const smallBytes = 1 << 16

/** A ModelProto without the raw data of its weights: as small as its graph, whatever the file weighs. */
export function readOutline(origin: ByteOrigin): Uint8Array {
  const parts: Uint8Array[] = []
  for (const field of protobufFields(origin, 0, origin.size)) {
    if (field.type === 'number') parts.push(varint(BigInt(field.number * 8)), varint(field.value))
    else if (field.number === graphOfModel) parts.push(...delimited(graphOfModel, outlineOfGraph(origin, field)))
    else parts.push(...delimited(field.number, origin.read(field.offset, field.length)))
  }
  return concatenated(parts)
}

interface Range {
  readonly offset: number
  readonly length: number
}

function outlineOfGraph(origin: ByteOrigin, { offset, length }: Range): Uint8Array {
  const parts: Uint8Array[] = []
  for (const field of protobufFields(origin, offset, length)) {
    if (field.type === 'number') parts.push(varint(BigInt(field.number * 8)), varint(field.value))
    else {
      const isWeight = field.number === initializerOfGraph && field.length > smallBytes
      const bytes = isWeight ? outlineOfTensor(origin, field) : origin.read(field.offset, field.length)
      parts.push(...delimited(field.number, bytes))
    }
  }
  return concatenated(parts)
}

/** All of a tensor but its raw data, whose tag and length stand right before it. */
function outlineOfTensor(origin: ByteOrigin, { offset, length }: Range): Uint8Array {
  const parts: Uint8Array[] = []
  let from = offset
  for (const field of protobufFields(origin, offset, length)) {
    if (field.type !== 'range' || field.number !== rawDataOfTensor || field.length <= smallBytes) continue
    const head = concatenated([varint(BigInt(rawDataOfTensor * 8 + 2)), varint(BigInt(field.length))])
    parts.push(origin.read(from, field.offset - head.length - from))
    from = field.offset + field.length
  }
  return concatenated([...parts, origin.read(from, offset + length - from)])
}

const delimited = (number: number, bytes: Uint8Array): Uint8Array[] => [
  varint(BigInt(number * 8 + 2)),
  varint(BigInt(bytes.length)),
  bytes,
]

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Uint8Array.of(...bytes, Number(rest))
}

const concatenated = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
