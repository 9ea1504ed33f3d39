import { numberAt } from '../tensor/index.ts'
import { byteLengthOf, type DType, elementCountOf } from '../tensor/dtype.ts'
import { type ByteOrigin, fileOrigin, memoryOrigin } from './byte-origin.ts'
import { type FlatTable, readFlatBuffer } from './flatbuffer.ts'
import { toFloat32 } from '../tensor/float-bits.ts'
import { isStaticSizes } from './json-shape.ts'
import { WeightError } from './weight-error.ts'
import { createWeightSource, decodedWeight, type WeightSource } from './weight-source.ts'
import type { Weight } from './weight.ts'

/** `TensorType` of TensorFlow Lite's schema.fbs. */
const tensorTypes: readonly (DType | undefined)[] = [
  ...(['float32', 'float16', 'int32', 'uint8', 'int64', undefined, 'bool', 'int16', undefined, 'int8'] as const),
  ...(['float64', undefined, 'uint64', undefined, undefined, 'uint32', 'uint16', 'int4'] as const),
]

/** Offsets have 32 bits, one of them a sign: what a larger file holds lies behind its FlatBuffer. */
const maxFlatBuffer = 2 ** 31

/** Field numbers of schema.fbs. */
const model = { subgraphs: 2, buffers: 4 }
const subgraph = { tensors: 0 }
const tensorField = { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4 }
const quantizationField = { scale: 2, zeroPoint: 3, axis: 6 }
const bufferField = { data: 0, offset: 1, size: 2 }

/**
 * Opens the constant tensors of a TensorFlow Lite model. Quantised ones are given as float32:
 * `scale · (value − zeroPoint)`, per tensor or along one axis. Names and layouts stay those of the file
 * (convolutions: out, height, width, in; depthwise: 1, height, width, channels).
 */
export const openTflite = (path: string): WeightSource => readTflite(fileOrigin(path))

/** A TensorFlow Lite model that is already in memory. */
export const parseTflite = (bytes: Uint8Array, title?: string): WeightSource => readTflite(memoryOrigin(bytes, title))

function readTflite(origin: ByteOrigin): WeightSource {
  const { title } = origin
  const bytes = origin.read(0, Math.min(origin.size, maxFlatBuffer))
  if (bytes.byteLength < 8 || new TextDecoder('latin1').decode(bytes.subarray(4, 8)) !== 'TFL3') {
    throw new WeightError('malformed', `${title} is not a TensorFlow Lite model: it does not bear the mark "TFL3"`)
  }
  const root = readFlatBuffer(bytes, title)
  const buffers = root.tables(model.buffers).map((buffer) => bufferOf(buffer))
  const names = new Map<string, number>()
  const weights = root.tables(model.subgraphs).flatMap((graph) =>
    graph.tables(subgraph.tensors).flatMap((tensor): Weight[] => {
      const buffer = buffers[tensor.uint32(tensorField.buffer)]
      if (!buffer || buffer.length === 0) return []
      // Names need not be unique in this format; the second "x" becomes "x#2".
      const name = tensor.text(tensorField.name)
      const count = (names.get(name) ?? 0) + 1
      names.set(name, count)
      const weight = weightOfTensor(origin, count === 1 ? name : `${name}#${count}`, tensor, buffer)
      return weight ? [weight] : []
    }),
  )
  return createWeightSource(weights, { title })
}

interface ByteRange {
  readonly offset: number
  readonly length: number
}

function bufferOf(buffer: FlatTable): ByteRange | undefined {
  // Models beyond 2 GiB keep their buffers behind the FlatBuffer.
  const offset = buffer.uint64(bufferField.offset)
  return offset > 1 ? { offset, length: buffer.uint64(bufferField.size) } : buffer.bytes(bufferField.data)
}

function weightOfTensor(origin: ByteOrigin, name: string, tensor: FlatTable, range: ByteRange): Weight | undefined {
  const { title } = origin
  const shape = tensor.int32s(tensorField.shape)
  const stored = tensorTypes[tensor.uint8(tensorField.type)]
  // Strings and variants are no weights.
  if (!stored) return undefined
  if (!isStaticSizes(shape) || byteLengthOf(stored, shape) !== range.length) {
    throw new WeightError(
      'malformed',
      `${title}: tensor "${name}" is ${stored} of shape [${shape.join(', ')}], but its buffer has ${range.length} bytes`,
    )
  }
  const quantization = tensor.table(tensorField.quantization)
  const scales = quantization?.float32s(quantizationField.scale) ?? []
  if (!quantization || scales.length === 0) {
    return {
      name,
      dtype: stored,
      shape,
      get place() {
        return origin.place(range.offset, range.length)
      },
    }
  }
  const zeros = quantization.int64s(quantizationField.zeroPoint)
  const axis = quantization.int32(quantizationField.axis)
  if (scales.length > 1 && scales.length !== shape[axis]) {
    throw new WeightError(
      'malformed',
      `${title}: tensor "${name}" has ${scales.length} scales for axis ${axis} of [${shape.join(', ')}]`,
    )
  }
  // A file without zero points is symmetric.
  const zeroOf = (channel: number): number => (zeros.length === 0 ? 0 : numberAt(zeros, channel))
  if (zeros.length > 0 && zeros.length !== scales.length) {
    throw new WeightError(
      'malformed',
      `${title}: tensor "${name}" has ${zeros.length} zero points for ${scales.length} scales`,
    )
  }
  return decodedWeight(name, 'float32', shape, () => {
    const values = toFloat32(stored, origin.read(range.offset, range.length), elementCountOf(shape))
    const inner = elementCountOf(shape.slice(axis + 1))
    for (let i = 0; i < values.length; i++) {
      const channel = scales.length === 1 ? 0 : Math.floor(i / inner) % scales.length
      values[i] = (numberAt(values, i) - zeroOf(channel)) * numberAt(scales, channel)
    }
    return new Uint8Array(values.buffer)
  })
}
