import { basename } from 'node:path'
import { byteLengthOf, type DType } from '../tensor/dtype.ts'
import { type ByteOrigin, fileOrigin, memoryOrigin } from './byte-origin.ts'
import { repeatedKey } from './json-keys.ts'
import { fileBeside, isCount, isRecord, isStaticSizes, readJson, showJson } from './json-shape.ts'
import { WeightError } from './weight-error.ts'
import { createWeightSource, requireWeight, type WeightSource } from './weight-source.ts'
import type { Weight } from './weight.ts'

/** The reference implementation's limit: no honest header comes near it. */
const maxHeaderBytes = 100_000_000

/** The types of the safetensors format. */
export const safetensorsTypes = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8e4m3fn',
  F8_E5M2: 'float8e5m2',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
} as const satisfies Record<string, DType>

const isSafetensorsType = (name: unknown): name is keyof typeof safetensorsTypes =>
  typeof name === 'string' && Object.hasOwn(safetensorsTypes, name)

/**
 * Opens a `.safetensors` file, or all shards of a `.safetensors.index.json`. Only the header is read; each weight's
 * place is its range in the file. Throws `WeightError` on anything that contradicts the format.
 */
export function openSafetensors(path: string): WeightSource {
  return path.endsWith('.json') ? openShards(path) : readSafetensors(fileOrigin(path))
}

/** A safetensors file that is already in memory. */
export const parseSafetensors = (bytes: Uint8Array, title?: string): WeightSource =>
  readSafetensors(memoryOrigin(bytes, title))

function readSafetensors(origin: ByteOrigin): WeightSource {
  const { title } = origin
  const refuse: Refuse = (what, cause) => {
    throw new WeightError('malformed', `${title} is not a safetensors file: ${what}`, { cause })
  }
  if (origin.size < 8) refuse(`it has ${origin.size} bytes, and the format begins with 8 bytes of header length`)
  const headerLength = new DataView(origin.read(0, 8).slice().buffer).getBigUint64(0, true)
  if (headerLength > maxHeaderBytes) {
    refuse(`its header would have ${headerLength} bytes, more than the ${maxHeaderBytes} the format allows`)
  }
  const dataStart = 8 + Number(headerLength)
  if (dataStart > origin.size) {
    throw new WeightError(
      'truncated',
      `${title}: the header should have ${headerLength} bytes, but the file has only ${origin.size}. Fetch it again.`,
    )
  }
  const { metadata, weights: described } = parseHeader(decodeText(origin.read(8, Number(headerLength)), refuse), refuse)
  const end = layOut(described, refuse)
  const available = origin.size - dataStart
  if (end > available) {
    throw new WeightError(
      'truncated',
      `${title}: its weights take ${end} bytes, but the file holds only ${available} after the header. Fetch it again.`,
    )
  }
  if (end < available) refuse(`${available - end} bytes at its end belong to no weight`)
  const weights = described.map(({ name, dtype, shape, begin, end }): Weight => ({
    name,
    dtype,
    shape,
    place: origin.place(dataStart + begin, end - begin),
  }))
  return createWeightSource(weights, { title, metadata })
}

type Refuse = (what: string, cause?: unknown) => never

function decodeText(bytes: Uint8Array, refuse: Refuse): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return refuse('its header is not UTF-8 text')
  }
}

interface Described {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function parseHeader(text: string, refuse: Refuse): { metadata: Record<string, string>; weights: Described[] } {
  if (!text.startsWith('{')) refuse('its header does not begin with "{"')
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch (cause) {
    return refuse(`its header is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause)
  }
  if (!isRecord(header)) return refuse('its header is not a JSON object')
  const repeated = repeatedKey(text)
  if (repeated !== undefined) refuse(`the name "${repeated}" stands twice in its header`)
  const metadata: Record<string, string> = {}
  const weights: Described[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isRecord(value)) return refuse('its __metadata__ is not an object')
      for (const [key, text] of Object.entries(value)) {
        if (typeof text !== 'string') return refuse(`its __metadata__ "${key}" is not text`)
        metadata[key] = text
      }
    } else weights.push(describe(name, value, refuse))
  }
  return { metadata, weights }
}

function describe(name: string, value: unknown, refuse: Refuse): Described {
  if (!isRecord(value)) return refuse(`weight "${name}" is described by no object`)
  const { dtype, shape, data_offsets: offsets } = value
  if (!isSafetensorsType(dtype)) {
    return refuse(`weight "${name}" has type ${showJson(dtype)}; known are ${Object.keys(safetensorsTypes).join(', ')}`)
  }
  if (!isStaticSizes(shape)) {
    return refuse(`weight "${name}" has shape ${showJson(shape)}; expected a list of sizes`)
  }
  const [begin, end]: unknown[] = Array.isArray(offsets) && offsets.length === 2 ? offsets : []
  if (!isCount(begin) || !isCount(end) || end < begin) {
    return refuse(`weight "${name}" has data_offsets ${showJson(offsets)}; expected [begin, end]`)
  }
  const type = safetensorsTypes[dtype]
  const expected = byteLengthOf(type, shape)
  if (end - begin !== expected) {
    refuse(
      `weight "${name}" is ${dtype} of shape [${shape.join(', ')}], which takes ${expected} bytes, but its data_offsets span ${end - begin}`,
    )
  }
  return { name, dtype: type, shape, begin, end }
}

/**
 * Checks that the weights cover the data without overlap and without holes, as the reference does; returns their end.
 */
function layOut(weights: readonly Described[], refuse: Refuse): number {
  let end = 0
  let previous = ''
  for (const weight of weights.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (weight.begin < end) refuse(`weights "${previous}" and "${weight.name}" overlap at byte ${weight.begin}`)
    if (weight.begin > end) refuse(`bytes ${end} to ${weight.begin} before weight "${weight.name}" belong to no weight`)
    end = weight.end
    previous = weight.name
  }
  return end
}

/** Opens the shards that an index names; they must lie in the index's own folder or below. */
function openShards(indexPath: string): WeightSource {
  const title = basename(indexPath)
  const refuse = (what: string): never => {
    throw new WeightError('malformed', `${title} is not a safetensors index: ${what}`)
  }
  const index = readJson(indexPath)
  if (!isRecord(index) || !isRecord(index['weight_map'])) return refuse('it has no "weight_map"')
  const shards = new Map<string, WeightSource>()
  const weights = Object.entries(index['weight_map']).map(([name, file]): Weight => {
    if (typeof file !== 'string') return refuse(`the file of weight "${name}" is not text`)
    const path = file.endsWith('.safetensors') ? fileBeside(indexPath, file) : undefined
    if (path === undefined) {
      throw new WeightError(
        'refused',
        `${title}: weight "${name}" is said to be in "${file}", which is no .safetensors file in its folder`,
      )
    }
    const shard = shards.get(file) ?? openSafetensors(path)
    shards.set(file, shard)
    return requireWeight(shard, name)
  })
  return createWeightSource(weights, {
    title,
    metadata: Object.assign({}, ...[...shards.values()].map((shard) => shard.metadata)),
  })
}
