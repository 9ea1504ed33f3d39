import { basename } from 'node:path'
import { byteLengthOf, type DType, dtypeOfOnnxCode, elementCountOf } from '../tensor/dtype.ts'
import { type ByteOrigin, fileOrigin, memoryOrigin } from './byte-origin.ts'
import { fileBeside, isCount, isStaticSizes } from './json-shape.ts'
import { type ProtobufField, protobufFields } from './protobuf-fields.ts'
import { WeightError } from './weight-error.ts'
import { createWeightSource, decodedWeight, type WeightSource } from './weight-source.ts'
import type { Weight, WeightPlace } from './weight.ts'

/** Field numbers of onnx.proto. */
const graphOfModel = 7
const initializerOfGraph = 5
const tensor = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
  externalData: 13,
  dataLocation: 14,
}

/**
 * Opens the initializers of an ONNX model. Raw and external data are ranges of the model file or of the files it
 * names, which must lie in its folder or below.
 */
export const openOnnxInitializers = (path: string): WeightSource => readInitializers(fileOrigin(path), path)

/** The initializers of a model in memory; external data is refused, since there is no folder it could be in. */
export const parseOnnxInitializers = (bytes: Uint8Array, title?: string): WeightSource =>
  readInitializers(memoryOrigin(bytes, title), undefined)

/** Of a name or a path. */
const maxNameBytes = 1 << 16

type Range = Extract<ProtobufField, { type: 'range' }>

const ranges = (origin: ByteOrigin, { offset, length }: { offset: number; length: number }, number: number): Range[] =>
  [...protobufFields(origin, offset, length)].filter(
    (field): field is Range => field.number === number && field.type === 'range',
  )

function readInitializers(origin: ByteOrigin, path: string | undefined): WeightSource {
  const [graph] = ranges(origin, { offset: 0, length: origin.size }, graphOfModel)
  if (!graph) throw new WeightError('malformed', `${origin.title} is not an ONNX model: it has no graph`)
  const weights = ranges(origin, graph, initializerOfGraph).map((range) => weightOfTensor(origin, range, path))
  return createWeightSource(weights, { title: origin.title })
}

function weightOfTensor(origin: ByteOrigin, range: Range, path: string | undefined): Weight {
  const { title } = origin
  const fields = [...protobufFields(origin, range.offset, range.length)]
  const text = ({ offset, length }: Range): string => {
    if (length > maxNameBytes) throw new WeightError('refused', `${title}: a name in it has ${length} bytes`)
    return new TextDecoder().decode(origin.read(offset, length))
  }
  const named = (number: number): Range[] =>
    fields.filter((field): field is Range => field.number === number && field.type === 'range')
  const numberOf = (number: number): number => {
    const field = fields.findLast((other) => other.number === number && other.type === 'number')
    return field?.type === 'number' ? Number(field.value) : 0
  }
  const nameRange = named(tensor.name).at(-1)
  const name = nameRange ? text(nameRange) : ''
  const dtype = dtypeOfOnnxCode(numberOf(tensor.dataType))
  if (!dtype) {
    const code = numberOf(tensor.dataType)
    throw new WeightError('unsupported', `${title}: initializer "${name}" has element type ${code}, which is not read`)
  }
  const shape = repeatedNumbers(origin, fields, tensor.dims, 64).map(Number)
  const shown = `[${shape.join(', ')}]`
  if (!isStaticSizes(shape)) throw new WeightError('malformed', `${title}: initializer "${name}" has shape ${shown}`)
  const expected = byteLengthOf(dtype, shape)
  const placed = (place: WeightPlace, length: number): Weight => {
    if (length === expected) return { name, dtype, shape, place }
    throw new WeightError(
      'malformed',
      `${title}: initializer "${name}" of ${dtype} ${shown} takes ${expected} bytes, but has ${length}`,
    )
  }
  if (numberOf(tensor.dataLocation) === 1) {
    const pairs = named(tensor.externalData).map((entry) => keyAndValue(origin, entry).map(text))
    const place = externalPlace(
      title,
      path,
      name,
      new Map(pairs.map(([key = '', value = '']) => [key, value])),
      expected,
    )
    return placed(place, place.length)
  }
  const raw = named(tensor.rawData).at(-1)
  if (raw) return placed(origin.place(raw.offset, raw.length), raw.length)
  return decodedWeight(name, dtype, shape, () => {
    const bytes = typedData(origin, fields, dtype, elementCountOf(shape))
    if (bytes.byteLength === expected) return bytes
    throw new WeightError(
      'malformed',
      `${title}: initializer "${name}" has ${bytes.byteLength} bytes of data; ${expected} were expected`,
    )
  })
}

/** Key and value of a StringStringEntryProto. */
const keyAndValue = (origin: ByteOrigin, entry: Range): Range[] => [
  ...ranges(origin, entry, 1),
  ...ranges(origin, entry, 2),
]

function externalPlace(
  title: string,
  path: string | undefined,
  name: string,
  entries: ReadonlyMap<string, string>,
  expected: number,
): Extract<WeightPlace, { type: 'file' }> {
  const location = entries.get('location') ?? ''
  const beside = path === undefined ? undefined : fileBeside(path, location)
  if (beside === undefined) {
    throw new WeightError(
      'refused',
      `${title}: initializer "${name}" is said to be in "${location}", which is outside the folder of the model`,
    )
  }
  const offset = Number(entries.get('offset') ?? 0)
  const length = Number(entries.get('length') ?? expected)
  if (!isCount(offset) || !isCount(length)) {
    throw new WeightError(
      'malformed',
      `${title}: initializer "${name}" is said to have ${entries.get('length') ?? expected} bytes from byte ${entries.get('offset') ?? 0}; ` +
        'expected two numbers',
    )
  }
  const file = fileOrigin(beside)
  if (offset + length > file.size) {
    throw new WeightError(
      'truncated',
      `${title}: initializer "${name}" ends at byte ${offset + length} of ${basename(location)}, which has ${file.size}`,
    )
  }
  const place = file.place(offset, length)
  if (place.type !== 'file') throw new WeightError('unreadable', `${title}: ${location} is not a file`)
  return place
}

/** All numbers of a repeated field, packed or one by one; refuses more than `most`, before they are read. */
function repeatedNumbers(origin: ByteOrigin, fields: readonly ProtobufField[], number: number, most: number): bigint[] {
  const own = fields.filter((field) => field.number === number)
  // A packed number has one byte at least, and ten at most.
  const bytes = own.reduce((sum, field) => sum + (field.type === 'range' ? field.length : 10), 0)
  if (bytes > 10 * most)
    throw new WeightError('malformed', `${origin.title}: field ${number} has more than ${most} numbers`)
  return own
    .flatMap((field) =>
      field.type === 'number' ? [field.value] : packedVarints(origin.read(field.offset, field.length), origin.title),
    )
    .map((value) => BigInt.asIntN(64, value))
}

function packedVarints(bytes: Uint8Array, title: string): bigint[] {
  const values: bigint[] = []
  let value = 0n
  let shift = 0n
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift
    shift += 7n
    if (byte < 0x80) {
      values.push(value)
      value = 0n
      shift = 0n
    } else if (shift > 63n) throw new WeightError('malformed', `${title}: a packed number has more than ten bytes`)
  }
  return values
}

/** Data in the typed fields that small tensors use: 32-bit floats and doubles as they are, all else as varints. */
function typedData(origin: ByteOrigin, fields: readonly ProtobufField[], dtype: DType, count: number): Uint8Array {
  const fixed = (number: number): Uint8Array =>
    Uint8Array.from(
      Buffer.concat(
        fields
          .filter((field): field is Range => field.number === number && field.type === 'range')
          .map(({ offset, length }) => origin.read(offset, length)),
      ),
    )
  if (dtype === 'float32') return fixed(tensor.floatData)
  if (dtype === 'float64') return fixed(tensor.doubleData)
  if (dtype === 'int64') return bytesOf(BigInt64Array.from(repeatedNumbers(origin, fields, tensor.int64Data, count)))
  if (dtype === 'uint64' || dtype === 'uint32') {
    const numbers = repeatedNumbers(origin, fields, tensor.uint64Data, count)
    return bytesOf(dtype === 'uint64' ? BigUint64Array.from(numbers) : Uint32Array.from(numbers, Number))
  }
  const numbers = repeatedNumbers(origin, fields, tensor.int32Data, count).map(Number)
  const width = byteLengthOf(dtype, [2]) / 2
  if (width === 4) return bytesOf(Int32Array.from(numbers))
  return width === 2 ? bytesOf(Uint16Array.from(numbers)) : Uint8Array.from(numbers)
}

const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
