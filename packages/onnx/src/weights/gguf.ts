import { elementCountOf, type DType } from '../tensor/dtype.ts'
import { fileOrigin, memoryOrigin, type ByteOrigin } from './byte-origin.ts'
import { blockKinds, decodeBlocks, type BlockKind } from './gguf-blocks.ts'
import { WeightError } from './weight-error.ts'
import { createWeightSource, type WeightSource } from './weight-source.ts'
import type { Weight } from './weight.ts'

/**
 * Opens a GGUF file (version 2 or 3). Its header is read alone; weights that are packed in blocks are float16 weights,
 * decoded when they are asked for and not kept. Texts and numbers of its header are its metadata.
 * @throws WeightError where the file is cut short, contradicts itself, or packs weights in a way that is not read
 */
export const openGguf = (path: string): WeightSource => parse(fileOrigin(path))

/** The same of bytes in memory. */
export const parseGguf = (bytes: Uint8Array, title?: string): WeightSource => parse(memoryOrigin(bytes, title))

/** Kinds that are numbers as they lie. */
const plainKinds: ReadonlyMap<number, DType> = new Map<number, DType>([
  [0, 'float32'],
  [1, 'float16'],
  [24, 'int8'],
  [25, 'int16'],
  [26, 'int32'],
  [27, 'int64'],
  [28, 'float64'],
  [30, 'bfloat16'],
])

const plainBytes: Readonly<Partial<Record<DType, number>>> = {
  float32: 4,
  float16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float64: 8,
  bfloat16: 2,
}

/** What is known of other kinds: people choose another file by it. */
const otherKinds: ReadonlyMap<number, string> = new Map([
  [9, 'Q8_1'],
  [15, 'Q8_K'],
  [16, 'IQ2_XXS'],
  [17, 'IQ2_XS'],
  [18, 'IQ3_XXS'],
  [19, 'IQ1_S'],
  [21, 'IQ3_S'],
  [22, 'IQ2_S'],
  [29, 'IQ1_M'],
  [34, 'TQ1_0'],
  [35, 'TQ2_0'],
  [39, 'MXFP4'],
  [40, 'NVFP4'],
])

interface Described {
  readonly name: string
  readonly shape: readonly number[]
  readonly kind: number
  readonly offset: number
}

const mostDimensions = 8
const defaultAlignment = 32

function parse(origin: ByteOrigin): WeightSource {
  const { title } = origin
  const cursor = new Cursor(origin)
  if (cursor.text(4) !== 'GGUF')
    throw new WeightError('malformed', `${title} is no GGUF file: it does not begin with "GGUF"`)
  const version = cursor.number('u32')
  if (version !== 2 && version !== 3) {
    throw new WeightError('unsupported', `${title} is GGUF of version ${version}; expected 2 or 3 (of this byte order)`)
  }
  const [tensors, entries] = [cursor.count(), cursor.count()]
  if (tensors > mostEntries || entries > mostEntries) {
    throw new WeightError(
      'malformed',
      `${title} is damaged: its header counts ${tensors} weights and ${entries} fields. Fetch it again.`,
    )
  }
  const fields = new Map<string, Field>()
  for (let i = 0; i < entries; i++) fields.set(cursor.string(), cursor.field())
  const described = Array.from({ length: tensors }, (): Described => {
    const name = cursor.string()
    const dimensions = cursor.number('u32')
    if (dimensions > mostDimensions) {
      throw new WeightError('malformed', `${title}: weight "${name}" has ${dimensions} dimensions`)
    }
    const sizes = Array.from({ length: dimensions }, () => cursor.count())
    return { name, shape: shapeOf(fields, name, sizes.reverse()), kind: cursor.number('u32'), offset: cursor.count() }
  })
  const alignment = fields.get('general.alignment')
  const step = typeof alignment === 'number' && alignment > 0 ? alignment : defaultAlignment
  const start = Math.ceil(cursor.place / step) * step
  const metadata = [...fields].flatMap(([key, value]) => (Array.isArray(value) ? [] : [[key, String(value)] as const]))
  return createWeightSource(
    described.map((each) => weightOf(origin, each, start)),
    { title, metadata: Object.fromEntries(metadata) },
  )
}

/** Sizes of more than two dimensions are kept beside by ComfyUI's converter, which stores such weights flat. */
function shapeOf(fields: ReadonlyMap<string, Field>, name: string, sizes: readonly number[]): readonly number[] {
  const own = fields.get(`comfy.gguf.orig_shape.${name}`)
  if (!Array.isArray(own) || !own.every((size) => typeof size === 'number')) return sizes
  const shape = own.map(Number)
  return elementCountOf(shape) === elementCountOf(sizes) ? shape : sizes
}

function weightOf(origin: ByteOrigin, { name, shape, kind, offset }: Described, start: number): Weight {
  const count = elementCountOf(shape)
  const plain = plainKinds.get(kind)
  const blocks = blockKinds.get(kind)
  if (!plain && !blocks) {
    const what = otherKinds.get(kind) ?? `kind ${kind}`
    throw new WeightError(
      'unsupported',
      `${origin.title}: weight "${name}" is packed as ${what}, which is not read; choose a file of Q8_0, Q6_K, Q5_K, Q4_K, Q4_0 or F16`,
    )
  }
  if (blocks && count % blocks.numbers !== 0) {
    throw new WeightError(
      'malformed',
      `${origin.title}: weight "${name}" has ${count} numbers, no whole blocks of ${blocks.name}`,
    )
  }
  const length = blocks ? (count / blocks.numbers) * blocks.bytes : count * (plainBytes[plain ?? 'float32'] ?? 4)
  const begin = start + offset
  if (begin + length > origin.size) {
    throw new WeightError(
      'truncated',
      `${origin.title} ends after ${origin.size} bytes, but its weight "${name}" lies up to byte ${begin + length}. It may still be downloading; fetch it again.`,
    )
  }
  if (plain) return { name, dtype: plain, shape, place: origin.place(begin, length) }
  return blocks
    ? packed(origin, { name, shape, begin, length }, blocks)
    : { name, dtype: 'float32', shape, place: origin.place(begin, length) }
}

interface Packed {
  readonly name: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly length: number
}

function packed(origin: ByteOrigin, { name, shape, begin, length }: Packed, kind: BlockKind): Weight {
  return {
    name,
    dtype: 'float16',
    shape,
    decodedFrom: origin.place(begin, length),
    // Not kept: all weights of a large model decoded would not fit into memory together.
    get place() {
      return { type: 'memory', bytes: decodeBlocks(kind, origin.read(begin, length), elementCountOf(shape)) } as const
    },
  }
}

type Scalar = number | bigint | boolean | string
type Field = Scalar | readonly Scalar[]

const numberKinds = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'f32'] as const
type NumberKind = (typeof numberKinds)[number] | 'f64'
const widths: Readonly<Record<NumberKind, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, f64: 8 }

/** Bytes that are read at once: headers hold vocabularies of hundreds of thousands of texts. */
const windowBytes = 1 << 20
/** More of anything than a header can hold. */
const mostEntries = 2 ** 26

/** Reads a header from its beginning to its end, a window at a time. */
class Cursor {
  readonly #origin: ByteOrigin
  #window: DataView = new DataView(new ArrayBuffer(0))
  #windowStart = 0
  place = 0

  constructor(origin: ByteOrigin) {
    this.#origin = origin
  }

  /** A view of the next bytes, which are then behind. */
  #next(length: number): { readonly view: DataView; readonly at: number } {
    const { size, title } = this.#origin
    if (this.place + length > size) {
      throw new WeightError(
        'truncated',
        `${title} ends within its header, at byte ${size}. It may still be downloading; fetch it again.`,
      )
    }
    if (this.place + length > this.#windowStart + this.#window.byteLength) {
      const bytes = this.#origin.read(this.place, Math.min(size - this.place, Math.max(length, windowBytes)))
      this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.#windowStart = this.place
    }
    const at = this.place - this.#windowStart
    this.place += length
    return { view: this.#window, at }
  }

  number(kind: NumberKind): number {
    const { view, at } = this.#next(widths[kind])
    switch (kind) {
      case 'u8':
        return view.getUint8(at)
      case 'i8':
        return view.getInt8(at)
      case 'u16':
        return view.getUint16(at, true)
      case 'i16':
        return view.getInt16(at, true)
      case 'u32':
        return view.getUint32(at, true)
      case 'i32':
        return view.getInt32(at, true)
      case 'f32':
        return view.getFloat32(at, true)
      case 'f64':
        return view.getFloat64(at, true)
      default:
        return kind satisfies never
    }
  }

  /** An unsigned number of 64 bits that counts bytes or entries. */
  count(): number {
    const { view, at } = this.#next(8)
    const value = view.getBigUint64(at, true)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new WeightError(
        'malformed',
        `${this.#origin.title} is damaged: its header counts ${value} of something, more than any file holds. Fetch it again.`,
      )
    }
    return Number(value)
  }

  text(length: number): string {
    const { view, at } = this.#next(length)
    return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, length))
  }

  string(): string {
    return this.text(this.count())
  }

  field(): Field {
    const kind = this.number('u32')
    if (kind !== 9) return this.#scalar(kind)
    const [element, length] = [this.number('u32'), this.count()]
    if (length > mostEntries)
      throw new WeightError('malformed', `${this.#origin.title}: its header has a list of ${length}`)
    return Array.from({ length }, () => this.#scalar(element))
  }

  #scalar(kind: number): Scalar {
    const number = numberKinds[kind]
    if (number) return this.number(number)
    if (kind === 7) return this.number('u8') !== 0
    if (kind === 8) return this.string()
    if (kind === 10) return this.count()
    if (kind === 11) {
      const { view, at } = this.#next(8)
      return view.getBigInt64(at, true)
    }
    if (kind === 12) return this.number('f64')
    throw new WeightError('malformed', `${this.#origin.title}: its header has a field of kind ${kind}`)
  }
}
