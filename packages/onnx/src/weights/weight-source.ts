import { byteLengthOf, type DType, elementCountOf } from '../tensor/dtype.ts'
import { bytesOf, type AnyTensor, type Tensor, tensorOfBytes } from '../tensor/tensor.ts'
import { readFileRange } from './byte-origin.ts'
import { toFloat32 } from '../tensor/float-bits.ts'
import { WeightError } from './weight-error.ts'
import type { Weight, WeightPlace } from './weight.ts'

/** Names and what they stand for. Opening one reads headers only; the bytes are read weight by weight. */
export interface WeightSource {
  /** What messages call it, usually a file name. */
  readonly title: string
  /** All names, in the order of the file. */
  readonly names: readonly string[]
  /** Free text stored beside the weights, such as safetensors' `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>
  /** The weight of that name, or undefined where the source has none; see `requireWeight`. */
  get(name: string): Weight | undefined
  /** The stored bytes of a weight. Throws a `WeightError` where the source has no such weight. */
  read(name: string): Uint8Array
}

export interface SourceOptions {
  readonly title?: string
  readonly metadata?: Readonly<Record<string, string>>
}

export function createWeightSource(weights: Iterable<Weight>, options: SourceOptions = {}): WeightSource {
  const { title = 'weights in memory', metadata = {} } = options
  const byName = new Map<string, Weight>()
  for (const weight of weights) {
    if (byName.has(weight.name)) throw new WeightError('malformed', `${title}: two weights are named "${weight.name}"`)
    byName.set(weight.name, weight)
  }
  const source: WeightSource = {
    title,
    names: [...byName.keys()],
    metadata,
    get: (name) => byName.get(name),
    read: (name) => readWeightRange(requireWeight(source, name)),
  }
  return source
}

/** The weight of that name, or a `WeightError` that tells which similar names there are. */
export function requireWeight(source: WeightSource, name: string): Weight {
  const weight = source.get(name)
  if (!weight) throw missing(source, name)
  return weight
}

function missing({ title, names }: WeightSource, name: string): WeightError {
  const endings = [name.split('.').slice(-3).join('.'), name.split('.').slice(-2).join('.')]
  const similar = endings
    .map((ending) => names.filter((other) => other.endsWith(ending)))
    .find((found) => found.length > 0)
  const hint = similar
    ? `similar: ${similar.slice(0, 3).join(', ')}`
    : `it has ${names.length} weights, such as ${names.slice(0, 3).join(', ')}`
  return new WeightError('missing', `${title} has no weight "${name}"; ${names.length === 0 ? 'it is empty' : hint}`)
}

/** A weight that lies in memory. */
export const weightOf = (name: string, tensor: AnyTensor): Weight => ({
  name,
  dtype: tensor.dtype,
  shape: tensor.shape,
  place: { type: 'memory', bytes: bytesOf(tensor) },
})

/** The bytes of a weight, or `length` of them from `begin`. */
export function readWeightRange(weight: Weight, begin = 0, length = weightByteLength(weight) - begin): Uint8Array {
  const { place } = weight
  return place.type === 'memory'
    ? place.bytes.subarray(begin, begin + length)
    : readFileRange(place.path, place.offset + begin, length)
}

export const weightByteLength = (weight: Weight): number => byteLengthOf(weight.dtype, weight.shape)

/** A weight as a tensor of its own type; see `ValuesOf` for what JavaScript has no array of its own for. */
export const readWeight = (source: WeightSource, name: string): Tensor<DType> => {
  const weight = requireWeight(source, name)
  return tensorOfBytes(weight.dtype, weight.shape, readWeightRange(weight))
}

/** The elements of a weight as float32, whatever its type, in an array of their own. */
export const readWeightAsFloat32 = (source: WeightSource, name: string): Float32Array =>
  weightAsFloat32(requireWeight(source, name))

export const weightAsFloat32 = (weight: Weight): Float32Array =>
  toFloat32(weight.dtype, readWeightRange(weight), elementCountOf(weight.shape))

/** The same weights under other names; weights for which `rename` gives undefined are left out. */
export function renameWeights(source: WeightSource, rename: (name: string) => string | undefined): WeightSource {
  const renamed = source.names.flatMap((from) => {
    const to = rename(from)
    return to === undefined ? [] : [withName(requireWeight(source, from), to)]
  })
  return createWeightSource(renamed, source)
}

/** The name that a weight has in its file. */
export const originOf = ({ origin, name }: Weight): string => origin ?? name

// A getter, so that renaming never decodes.
const withName = (weight: Weight, name: string): Weight => ({
  name,
  origin: originOf(weight),
  dtype: weight.dtype,
  shape: weight.shape,
  ...(weight.decodedFrom && { decodedFrom: weight.decodedFrom }),
  get place() {
    return weight.place
  },
})

/** The weights whose names begin with `prefix`, without it. */
export const weightsUnder = (source: WeightSource, prefix: string): WeightSource =>
  renameWeights(source, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined))

/** All weights of several sources; where two have the same name, the later source wins. */
export function mergeWeights(
  sources: readonly WeightSource[],
  title = sources.map((source) => source.title).join(' + '),
): WeightSource {
  const byName = new Map(sources.flatMap((source) => source.names.map((name) => [name, source] as const)))
  const weights = [...byName].map(([name, source]) => requireWeight(source, name))
  return createWeightSource(weights, {
    title,
    metadata: Object.assign({}, ...sources.map((source) => source.metadata)),
  })
}

/** A weight whose bytes are made from what is stored (dequantised, made contiguous) when they are first asked for. */
export function decodedWeight(name: string, dtype: DType, shape: readonly number[], decode: () => Uint8Array): Weight {
  let place: WeightPlace | undefined
  return {
    name,
    dtype,
    shape,
    get place() {
      return (place ??= { type: 'memory', bytes: decode() })
    },
  }
}
