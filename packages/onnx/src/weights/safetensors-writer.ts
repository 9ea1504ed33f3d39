import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { bitsOf, byteLengthOf, type DType, elementCountOf } from '../tensor/dtype.ts'
import { fromFloat32, toFloat32, type WritableFloat } from '../tensor/float-bits.ts'
import { safetensorsTypes } from './safetensors.ts'
import { WeightError } from './weight-error.ts'
import { readWeightRange, requireWeight, weightByteLength, type WeightSource } from './weight-source.ts'
import type { Weight } from './weight.ts'

export interface WriteOptions {
  /** Text for `__metadata__`; the source's own when left out. */
  readonly metadata?: Readonly<Record<string, string>>
  /** The float type to write floating-point weights in, or a choice per weight; as they are when left out. */
  readonly floatType?: WritableFloat | ((weight: Weight) => WritableFloat | undefined)
}

/** Elements converted at a time: bounds the memory of writing at a few tens of megabytes. */
const chunkElements = 4 << 20

const typeNames = new Map<DType, string>(Object.entries(safetensorsTypes).map(([name, type]) => [type, name]))
const floatTypes: readonly DType[] = ['float64', 'float32', 'float16', 'bfloat16', 'float8e4m3fn', 'float8e5m2']

interface Planned {
  readonly weight: Weight
  readonly dtype: DType
  readonly convertTo: WritableFloat | undefined
}

/**
 * Writes a safetensors file weight by weight, so that memory stays small whatever its size. The bytes depend on the
 * weights alone: wider types first, then by name, which keeps every weight aligned. An existing file is replaced whole
 * or not at all.
 */
export function writeSafetensors(path: string, source: WeightSource, options: WriteOptions = {}): void {
  const partial = `${path}.partial-${process.pid}`
  const descriptor = openSync(partial, 'w')
  try {
    try {
      for (const bytes of safetensorsChunks(source, options)) {
        for (let written = 0; written < bytes.byteLength;) written += writeSync(descriptor, bytes, written)
      }
    } finally {
      closeSync(descriptor)
    }
    renameSync(partial, path)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

/** A safetensors file in memory. */
export const serializeSafetensors = (source: WeightSource, options: WriteOptions = {}): Uint8Array =>
  new Uint8Array(Buffer.concat([...safetensorsChunks(source, options)]))

/** The bytes of a safetensors file, piece by piece: header first, then the weights. */
export function* safetensorsChunks(source: WeightSource, options: WriteOptions = {}): Generator<Uint8Array> {
  const planned = source.names.map((name) => plan(requireWeight(source, name), options)).toSorted(byWidthThenName)
  yield headerOf(planned, options.metadata ?? source.metadata)
  for (const { weight, convertTo } of planned) yield* convertTo ? converted(weight, convertTo) : verbatim(weight)
}

function plan(weight: Weight, { floatType }: WriteOptions): Planned {
  const wanted = typeof floatType === 'function' ? floatType(weight) : floatType
  const convertTo = wanted && floatTypes.includes(weight.dtype) && wanted !== weight.dtype ? wanted : undefined
  return { weight, dtype: convertTo ?? weight.dtype, convertTo }
}

const byWidthThenName = (a: Planned, b: Planned): number =>
  bitsOf(b.dtype) - bitsOf(a.dtype) || (a.weight.name < b.weight.name ? -1 : 1)

function headerOf(planned: readonly Planned[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let offset = 0
  const entries = planned.map(({ weight: { name, shape }, dtype }): [string, unknown] => {
    const typeName = typeNames.get(dtype)
    if (typeName === undefined) {
      throw new WeightError(
        'unsupported',
        `Weight "${name}" is ${dtype}, which the safetensors format has no name for; convert it first`,
      )
    }
    if (name === '__metadata__')
      throw new WeightError('unsupported', 'A safetensors weight cannot be named "__metadata__"')
    const begin = offset
    offset += byteLengthOf(dtype, shape)
    return [name, { dtype: typeName, shape, data_offsets: [begin, offset] }]
  })
  const described = Object.keys(metadata).length > 0 ? [['__metadata__', metadata] as const, ...entries] : entries
  const text = Buffer.from(JSON.stringify(Object.fromEntries(described)))
  const length = Math.ceil(text.byteLength / 8) * 8
  const header = Buffer.alloc(8 + length, ' ')
  header.writeBigUInt64LE(BigInt(length))
  text.copy(header, 8)
  return header
}

function* verbatim(weight: Weight): Generator<Uint8Array> {
  const total = weightByteLength(weight)
  const step = chunkElements * 4
  for (let begin = 0; begin < total; begin += step) yield readWeightRange(weight, begin, Math.min(step, total - begin))
}

function* converted(weight: Weight, type: WritableFloat): Generator<Uint8Array> {
  const total = elementCountOf(weight.shape)
  const width = bitsOf(weight.dtype) / 8
  for (let begin = 0; begin < total; begin += chunkElements) {
    const count = Math.min(chunkElements, total - begin)
    yield fromFloat32(toFloat32(weight.dtype, readWeightRange(weight, begin * width, count * width), count), type)
  }
}
