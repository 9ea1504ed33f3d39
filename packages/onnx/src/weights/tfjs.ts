import { numberAt } from '../tensor/index.ts'
import { basename } from 'node:path'
import { byteLengthOf, type DType, elementCountOf } from '../tensor/dtype.ts'
import { type ByteOrigin, fileOrigin, joinOrigins, memoryOrigin } from './byte-origin.ts'
import { toFloat32 } from '../tensor/float-bits.ts'
import { fileBeside, isRecord, isStaticSizes, readJson, showJson, staysInFolder } from './json-shape.ts'
import { WeightError } from './weight-error.ts'
import { createWeightSource, decodedWeight, type WeightSource } from './weight-source.ts'
import type { Weight } from './weight.ts'

const storedTypes = { float32: 'float32', int32: 'int32', bool: 'bool' } as const
/** TensorFlow.js writes shards of 4 MB: this many hold 40 GB. */
const maxShards = 10_000
const quantizedTypes = { uint8: 'uint8', uint16: 'uint16', float16: 'float16' } as const

/**
 * Opens the weights of a TensorFlow.js model (layers or graph) by its `model.json`. Weights keep their TensorFlow
 * names and layouts (kernels are height, width, in, out). Quantised ones are given as float32 or int32:
 * `value · scale + min`. The shards must lie in the folder of `model.json` or below.
 */
export function openTfjs(path: string): WeightSource {
  const title = basename(path)
  const model = readJson(path)
  return parseTfjs(
    model,
    (shards) =>
      joinOrigins(
        title,
        shards.map((shard) => {
          const file = fileBeside(path, shard)
          if (file === undefined) throw outside(title, shard)
          return fileOrigin(file)
        }),
      ),
    title,
  )
}

/** The same for a model whose weights are in memory: all groups of its manifest, one after another. */
export function parseTfjsBytes(model: unknown, bytes: Uint8Array, title = 'TensorFlow.js model'): WeightSource {
  const whole = memoryOrigin(bytes, title)
  let taken = 0
  return parseTfjs(
    model,
    (_, length) => {
      const part = memoryOrigin(whole.read(taken, length), title)
      taken += length
      return part
    },
    title,
  )
}

type OpenGroup = (shards: readonly string[], byteLength: number) => ByteOrigin

interface Described {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly stored: DType
  readonly scale: number
  readonly min: number
  readonly offset: number
  readonly length: number
}

function parseTfjs(model: unknown, openGroup: OpenGroup, title: string): WeightSource {
  const refuse = (what: string): never => {
    throw new WeightError('malformed', `${title} is not a TensorFlow.js model: ${what}`)
  }
  if (!isRecord(model) || !Array.isArray(model['weightsManifest'])) return refuse('it has no "weightsManifest"')
  const manifest: unknown[] = model['weightsManifest']
  const weights = manifest.flatMap((group, index): Weight[] => {
    if (!isRecord(group) || !Array.isArray(group['paths']) || !Array.isArray(group['weights'])) {
      return refuse(`weight group ${index} has no "paths" or no "weights"`)
    }
    if (group['paths'].length > maxShards) return refuse(`weight group ${index} names ${group['paths'].length} shards`)
    const shards = group['paths'].map((shard: unknown) => {
      if (typeof shard === 'string' && staysInFolder(shard)) return shard
      throw outside(title, shard)
    })
    let offset = 0
    const described = group['weights'].map((entry: unknown) => {
      const weight = describe(entry, offset, refuse)
      offset += weight.length
      return weight
    })
    const origin = openGroup(shards, offset)
    if (origin.size < offset) {
      throw new WeightError(
        'truncated',
        `${title}: its weights take ${offset} bytes, but ${shards.join(', ')} hold ${origin.size}`,
      )
    }
    return described.map((weight) => weightIn(origin, weight))
  })
  const format = model['format']
  return createWeightSource(weights, { title, metadata: typeof format === 'string' ? { format } : {} })
}

const outside = (title: string, shard: unknown): WeightError =>
  new WeightError('refused', `${title}: shard ${showJson(shard)} lies outside the folder of the model`)

function describe(entry: unknown, offset: number, refuse: (what: string) => never): Described {
  if (!isRecord(entry) || typeof entry['name'] !== 'string') return refuse('a weight has no name')
  const { name, shape, dtype, quantization } = entry
  if (!isStaticSizes(shape)) return refuse(`weight "${name}" has shape ${showJson(shape)}; expected a list of sizes`)
  const type = typeNamed(storedTypes, dtype)
  if (!type)
    return refuse(`weight "${name}" has type ${showJson(dtype)}; read are ${Object.keys(storedTypes).join(', ')}`)
  if (quantization === undefined) {
    return { name, shape, dtype: type, stored: type, scale: 1, min: 0, offset, length: byteLengthOf(type, shape) }
  }
  const stored = isRecord(quantization) ? typeNamed(quantizedTypes, quantization['dtype']) : undefined
  const { scale = 1, min = 0 } = isRecord(quantization) ? quantization : {}
  if (!stored || typeof scale !== 'number' || typeof min !== 'number') {
    return refuse(
      `weight "${name}" is quantised as ${showJson(quantization)}; read are ${Object.keys(quantizedTypes).join(', ')}`,
    )
  }
  return { name, shape, dtype: type, stored, scale, min, offset, length: byteLengthOf(stored, shape) }
}

const typeNamed = <Types extends Record<string, DType>>(types: Types, name: unknown): Types[keyof Types] | undefined =>
  Object.entries(types).find((entry): entry is [string, Types[keyof Types]] => entry[0] === name)?.[1]

function weightIn(origin: ByteOrigin, { name, shape, dtype, stored, scale, min, offset, length }: Described): Weight {
  if (dtype !== stored) {
    return decodedWeight(name, dtype, shape, () => {
      const values = toFloat32(stored, origin.read(offset, length), elementCountOf(shape))
      for (let i = 0; i < values.length; i++) values[i] = numberAt(values, i) * scale + min
      return new Uint8Array((dtype === 'int32' ? Int32Array.from(values, Math.round) : values).buffer)
    })
  }
  return {
    name,
    dtype,
    shape,
    get place() {
      return origin.place(offset, length)
    },
  }
}
