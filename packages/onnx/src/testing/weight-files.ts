import { Buffer } from 'node:buffer'
import { create, toBinary } from '@bufbuild/protobuf'
import {
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from 'onnx-buf'

const bytesOf = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const uint16 = (value: number): Uint8Array => Uint8Array.of(value & 255, value >> 8)
const uint32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer)
const uint64 = (value: number | bigint): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)

/** A safetensors file with this header, whatever it says, and `length` bytes behind it. */
export function safetensorsFile(header: unknown, length = 0): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  return bytesOf(uint64(text.byteLength), text, new Uint8Array(length))
}

export interface ZipFile {
  readonly name: string
  readonly bytes: Uint8Array
  /** What the directory says, where it lies: the method of compression, the size, the place of another entry. */
  readonly method?: number
  readonly size?: number
  readonly at?: number
}

/** A zip archive of stored files (PKWARE APPNOTE 4.3), without checksums. */
export function zipArchive(files: readonly ZipFile[]): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, bytes, method = 0, size = bytes.length, at = offset } of files) {
    const text = Buffer.from(name)
    const sizes = bytesOf(uint32(0), uint32(size), uint32(size), uint16(text.length), uint16(0))
    const local = bytesOf(uint32(0x04034b50), uint16(20), uint16(0), uint16(method), uint32(0), sizes, text)
    parts.push(local, bytes)
    const place = bytesOf(uint16(0), uint16(0), uint16(0), uint32(0), uint32(at))
    const versions = bytesOf(uint32(0x02014b50), uint16(20), uint16(20), uint16(0), uint16(method), uint32(0))
    directory.push(versions, sizes, place, text)
    offset += local.length + bytes.length
  }
  const central = bytesOf(...directory)
  const count = bytesOf(uint16(0), uint16(0), uint16(files.length), uint16(files.length))
  const end = bytesOf(uint32(0x06054b50), count, uint32(central.length), uint32(offset), uint16(0))
  return bytesOf(...parts, central, end)
}

/** Opcodes of a pickle, each character one byte. */
export const pickle = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

const text = (value: string): string => `X${String.fromCharCode(value.length & 255, value.length >> 8, 0, 0)}${value}`

/** Opcodes that rebuild a float32 tensor over the storage "0". */
export function pickledTensor(shape: readonly number[], { start = 0, stride = 1 } = {}): string {
  const sizes = (values: readonly number[]): string =>
    `(${values.map((value) => `J${String.fromCharCode(...uint32(value))}`).join('')}t`
  const storage = `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}K\x02tQ`
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K${String.fromCharCode(start)}${sizes(shape)}${sizes(shape.map(() => stride))}\x89}tR`
}

/** Opcodes of a dictionary of one key. */
export const pickledEntry = (key: string, value: string): string => `\x80\x02}${text(key)}${value}s.`

/** A checkpoint of torch.save with this pickle and a storage "0" of two floats. */
export const torchFile = (opcodes: string, more: readonly ZipFile[] = []): Uint8Array =>
  zipArchive([
    { name: 'model/data.pkl', bytes: pickle(opcodes) },
    { name: 'model/data/0', bytes: new Uint8Array(8) },
    ...more,
  ])

/** A TensorFlow.js manifest of one group. */
export const tfjsModel = (weights: readonly unknown[], paths: readonly unknown[] = ['a.bin']): string =>
  JSON.stringify({ format: 'graph-model', weightsManifest: [{ paths, weights }] })

/** An ONNX model of one initializer "w" of two floats in another file. */
export function onnxWithExternal(location: string, offset: number | string, length: number | string): Uint8Array {
  const externalData = Object.entries({ location, offset: String(offset), length: String(length) }).map(
    ([key, value]) => create(StringStringEntryProtoSchema, { key, value }),
  )
  return onnxFile({ dims: [2n], dataLocation: TensorProto_DataLocation.EXTERNAL, externalData })
}

/** An ONNX model with initializers "w" of float32, one for each description. */
export function onnxFile(...tensors: readonly Parameters<typeof create<typeof TensorProtoSchema>>[1][]): Uint8Array {
  const initializer = tensors.map((fields) => create(TensorProtoSchema, { name: 'w', dataType: 1, ...fields }))
  const graph = create(GraphProtoSchema, { initializer })
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 10n, graph }))
}

export type FlatField = Uint8Array | FlatField[] | { readonly table: readonly (FlatField | undefined)[] }

/** A FlatBuffer of nested tables; 4 bytes are a scalar, more are a vector with its length first. */
export function flatBuffer(root: FlatField): Uint8Array {
  const out: number[] = [0, 0, 0, 0, ...Buffer.from('TFL3')]
  const put = (at: number, value: number): void => void out.splice(at, 4, ...uint32(value))
  const write = (field: FlatField): number => {
    if (field instanceof Uint8Array) {
      const at = out.length
      out.push(...field)
      return at
    }
    if (Array.isArray(field)) {
      const at = out.length
      out.push(...new Array<number>(4 + field.length * 4).fill(0))
      put(at, field.length)
      for (const [index, item] of field.entries()) put(at + 4 + index * 4, write(item) - (at + 4 + index * 4))
      return at
    }
    const { table } = field
    const layout = out.length
    out.push(4 + table.length * 2, 0, 4 + table.length * 4, 0)
    for (const [index, item] of table.entries()) out.push(item === undefined ? 0 : 4 + index * 4, 0)
    const at = out.length
    out.push(...new Array<number>(4 + table.length * 4).fill(0))
    put(at, at - layout)
    for (const [index, item] of table.entries()) {
      const slot = at + 4 + index * 4
      if (item instanceof Uint8Array && item.byteLength === 4) out.splice(slot, 4, ...item)
      else if (item !== undefined) put(slot, write(item) - slot)
    }
    return at
  }
  put(0, write(root))
  return Uint8Array.from(out)
}

const counted = (length: number, bytes: Uint8Array): Uint8Array => bytesOf(uint32(length), bytes)
const int = (value: number): Uint8Array => uint32(value >>> 0)
export const flatInts = (...values: number[]): Uint8Array => counted(values.length, bytesOf(...values.map(int)))

/** A TensorFlow Lite model of one tensor "w" of bytes. */
export function tfliteFile(shape: Uint8Array, { length = 4, buffer = 1 } = {}): Uint8Array {
  const tensor: FlatField = { table: [shape, int(9), int(buffer), counted(1, Buffer.from('w'))] }
  const buffers: FlatField[] = [{ table: [] }, { table: [counted(length, new Uint8Array(4))] }]
  return flatBuffer({ table: [int(3), undefined, [{ table: [[tensor]] }], undefined, buffers] })
}
