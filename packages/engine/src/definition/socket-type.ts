/**
 * What passes through a socket: a name for documents and the editor, with the type of its values as a phantom. The
 * phantom is covariant (only ever read), so that `SocketType<'latents', Latents>` is a `SocketType`.
 */
export interface SocketType<Name extends string = string, Value = unknown> {
  readonly name: Name
  readonly label: string
  readonly description?: string
  /** CSS colour that reads on light and dark. */
  readonly color: string
  /** How values are kept on disk. Without one, values that are plain JSON are kept as JSON and others are not kept. */
  readonly codec?: ValueCodec<Value>
  /** Size of a value in memory, for the memo's byte budget; without it the engine estimates. */
  bytesOf?(value: Value): number
  /** Whether a value that arrives is one of this type. */
  accepts?(value: unknown): boolean
  /** What else fits it, and what it fits, each by a conversion. */
  readonly conversions?: readonly Conversion<Value>[]
  readonly _value?: Value
}

/** How values of another type become values of this one, or the other way round. */
export type Conversion<Value = unknown> = ConversionFrom<Value> | ConversionTo<Value>
interface ConversionFrom<Value> {
  readonly from: SocketType
  // A method, so that the type of the values may be read more widely: the conversion is found by the names of both.
  convert(value: never): Value
}
interface ConversionTo<Value> {
  readonly to: SocketType
  convert(value: Value): unknown
}

/**
 * Turns values into bytes and back, so that a memo on disk can keep them. `name` changes whenever the bytes mean
 * something else.
 */
export interface ValueCodec<Value> {
  readonly name: string
  encode(value: Value): Uint8Array | Promise<Uint8Array>
  decode(bytes: Uint8Array): Value | Promise<Value>
}

export interface SocketTypeOptions<Value> {
  readonly label?: string
  readonly description?: string
  readonly color?: string
  readonly codec?: ValueCodec<Value>
  bytesOf?(value: Value): number
  accepts?(value: unknown): boolean
  readonly conversions?: readonly Conversion<Value>[]
}

/** Declares a socket type: `socketType<'latents', LatentsValue>('latents', { color: '#b57edc' })`. */
export function socketType<Name extends string, Value>(
  name: Name,
  options: SocketTypeOptions<Value> = {},
): SocketType<Name, Value> {
  return { color: '#8a8f98', label: labelOf(name), ...options, name }
}

/** `guidanceScale` → `Guidance scale`, `controlNet-hint` → `Control net hint`. */
export function labelOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[-_]+/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export const Int = socketType<'int', number>('int', {
  label: 'Integer',
  color: '#4f9d69',
  accepts: (value) => Number.isInteger(value),
})
export const Float = socketType<'float', number>('float', {
  label: 'Number',
  color: '#5aa9a4',
  accepts: (value) => typeof value === 'number',
})
export const Text = socketType<'text', string>('text', {
  color: '#c9a227',
  accepts: (value) => typeof value === 'string',
})
export const Toggle = socketType<'toggle', boolean>('toggle', {
  color: '#c26b5a',
  accepts: (value) => typeof value === 'boolean',
})
/** Fits every socket. What really passes is checked where it arrives. */
export const AnyType = socketType<'*', unknown>('*', { label: 'Anything', color: '#9aa0a6' })

/** Several types of which each will do: `link(anyOf(Image, Mask))`. */
export interface SocketUnion<Name extends string = string, Value = unknown> {
  readonly anyOf: readonly SocketType<Name>[]
  readonly _value?: Value
}
export type Socket = SocketType | SocketUnion

/** Takes several types, of which each fits: `link(anyOf(Image, Mask))`. */
export function anyOf<const Types extends readonly SocketType[]>(
  ...types: Types
): SocketUnion<NameOf<Types[number]>, ValueOf<Types[number]>> {
  // The names of the members are the names of the union by construction; TypeScript does not carry that through the
  // tuple.
  return { anyOf: types as readonly SocketType[] as readonly SocketType<NameOf<Types[number]>>[] }
}

/** The types of a socket: itself, or the members of a union. */
export function typesOf<Name extends string>(
  socket: SocketType<Name> | SocketUnion<Name>,
): readonly SocketType<Name>[] {
  return 'anyOf' in socket ? socket.anyOf : [socket]
}

export type NameOf<T> = T extends SocketType<infer Name> ? Name : T extends SocketUnion<infer Name> ? Name : never
export type ValueOf<T> =
  T extends SocketType<string, infer Value> ? Value : T extends SocketUnion<string, infer Value> ? Value : never

/** An output that gives a whole list. An input that takes one value then runs its node once for each. */
export interface ListOutput<Name extends string = string, Value = unknown> {
  readonly listOf: SocketType<Name, Value>
}

/** Declares an output that gives a whole list of values of a type: `outputs: { numbers: listOf(Int) }`. */
export function listOf<Name extends string, Value>(type: SocketType<Name, Value>): ListOutput<Name, Value> {
  return { listOf: type }
}
