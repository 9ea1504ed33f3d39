import { given, type JsonObject, type JsonValue, type Widget } from '../workflow/index.ts'
import {
  Float,
  Int,
  type NameOf,
  type Socket,
  type SocketType,
  Text,
  Toggle,
  typesOf,
  type ValueOf,
} from './socket-type.ts'

interface InputBase {
  readonly label?: string
  readonly description?: string
}

/** An input that only a link can feed. `Received` is what `run` gets for it. */
export interface LinkInput<
  Name extends string = string,
  Received = unknown,
  Optional extends boolean = boolean,
  List extends boolean = boolean,
> extends InputBase {
  readonly kind: 'link'
  readonly types: readonly SocketType<Name>[]
  readonly optional: Optional
  readonly lazy: boolean
  readonly list: List
  readonly _received?: Received
}

/**
 * An input with a literal, a default and a widget; a link may take the literal's place. `Literal` is what a document
 * may hold.
 */
export interface ValueInput<Received = unknown, Literal = unknown, Name extends string = string> extends InputBase {
  readonly kind: 'value'
  readonly types: readonly SocketType<Name>[]
  readonly widget: Widget
  readonly default: JsonValue
  /** JSON Schema of the literal. */
  readonly schema: JsonObject
  readonly advanced?: boolean
  /** It may be left out of a request to an interface that lists what must be given; it has its default then. */
  readonly optional?: boolean
  /** A text that comes by link is JSON of the value. */
  readonly linkedAsJson?: boolean
  /** From what the document or a link gives to what `run` receives; absent when they are the same. */
  receive?(value: unknown): Received
  readonly _literal?: Literal
}

export type Input = LinkInput | ValueInput

export interface LinkOptions {
  readonly label?: string
  readonly description?: string
}
export interface ValueOptions extends LinkOptions {
  readonly advanced?: boolean
  /**
   * It may be left out: ComfyUI's clients need not send it, and a file need not be chosen. `run` receives the default.
   */
  readonly optional?: boolean
}

/** A required link. */
export function link<T extends Socket>(
  type: T,
  options: LinkOptions = {},
): LinkInput<NameOf<T>, ValueOf<T>, false, false> {
  return { ...options, kind: 'link', types: namedTypes(type), optional: false, lazy: false, list: false }
}

/** A link that may be missing; `run` then receives undefined. */
export function optionalLink<T extends Socket>(
  type: T,
  options: LinkOptions = {},
): LinkInput<NameOf<T>, ValueOf<T> | undefined, true, false> {
  return { ...options, kind: 'link', types: namedTypes(type), optional: true, lazy: false, list: false }
}

/** A link that is asked for while running: `run` receives a function, and what it never calls never runs. */
export function lazyLink<T extends Socket>(
  type: T,
  options?: LinkOptions & { readonly optional?: false },
): LinkInput<NameOf<T>, () => Promise<ValueOf<T>>, false, false>
export function lazyLink<T extends Socket>(
  type: T,
  options: LinkOptions & { readonly optional: true },
): LinkInput<NameOf<T>, (() => Promise<ValueOf<T>>) | undefined, true, false>
export function lazyLink(
  type: Socket,
  { optional = false, ...options }: LinkOptions & { optional?: boolean } = {},
): Input {
  return { ...options, kind: 'link', types: typesOf(type), optional, lazy: true, list: false }
}

/**
 * Takes several links, and whole lists, in order; `run` receives one flat list. Optional means that it may be empty.
 */
export function listLink<T extends Socket>(
  type: T,
  options?: LinkOptions & { readonly optional?: false },
): LinkInput<NameOf<T>, readonly ValueOf<T>[], false, true>
export function listLink<T extends Socket>(
  type: T,
  options: LinkOptions & { readonly optional: true },
): LinkInput<NameOf<T>, readonly ValueOf<T>[], true, true>
export function listLink(
  type: Socket,
  { optional = false, ...options }: LinkOptions & { optional?: boolean } = {},
): Input {
  return { ...options, kind: 'link', types: typesOf(type), optional, lazy: false, list: true }
}

function namedTypes<T extends Socket>(type: T): readonly SocketType<NameOf<T>>[] {
  // `typesOf` gives the types whose names `NameOf` collects; a conditional type cannot follow that.
  return typesOf(type) as readonly SocketType<NameOf<T>>[]
}

interface NumberOptions extends ValueOptions {
  readonly default: number
  readonly min?: number
  readonly max?: number
  readonly step?: number
  readonly slider?: boolean
  readonly unit?: string
}

/** A whole number, by default between -(2^53 - 1) and 2^53 - 1. */
export function int(options: NumberOptions): ValueInput<number, number, 'int'> {
  const { default: initial, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, step = 1, ...rest } = options
  const { slider, unit, ...texts } = rest
  return {
    ...texts,
    kind: 'value',
    types: [Int],
    widget: { type: 'int', min, max, step, ...given({ slider, unit }) },
    default: initial,
    schema: { type: 'integer', minimum: min, maximum: max },
  }
}

/** A number, by default of any size. */
export function float(options: NumberOptions): ValueInput<number, number, 'float'> {
  const { default: initial, min = -Number.MAX_VALUE, max = Number.MAX_VALUE, step = 0.01, ...rest } = options
  const { slider, unit, ...texts } = rest
  return {
    ...texts,
    kind: 'value',
    types: [Float],
    widget: { type: 'float', min, max, step, ...given({ slider, unit }) },
    default: initial,
    schema: { type: 'number', minimum: min, maximum: max },
  }
}

/** A text; by default empty, on one line. */
export function text(
  options: ValueOptions & {
    readonly default?: string
    readonly multiline?: boolean
    readonly placeholder?: string
    readonly maxLength?: number
  } = {},
): ValueInput<string, string, 'text'> {
  const { default: initial = '', multiline = false, placeholder, maxLength, ...texts } = options
  return {
    ...texts,
    kind: 'value',
    types: [Text],
    widget: { type: 'text', multiline, ...given({ placeholder }) },
    default: initial,
    schema: { type: 'string', ...given({ maxLength }) },
  }
}

/** One of a fixed set of words: `choice(samplerNames, 'euler')`. */
export function choice<const Option extends string>(
  options: readonly Option[],
  initial: NoInfer<Option>,
  texts: ValueOptions = {},
): ValueInput<Option, Option, 'text'> {
  return {
    ...texts,
    kind: 'value',
    types: [Text],
    widget: { type: 'choice', options },
    default: initial,
    schema: { enum: options },
  }
}

/** On or off. */
export function toggle(options: ValueOptions & { readonly default: boolean }): ValueInput<boolean, boolean, 'toggle'> {
  const { default: initial, ...texts } = options
  return {
    ...texts,
    kind: 'value',
    types: [Toggle],
    widget: { type: 'toggle' },
    default: initial,
    schema: { type: 'boolean' },
  }
}

const largestSeed = 2n ** 64n - 1n

/** An unsigned 64-bit integer; in documents a number, or past 2^53 a decimal string; `run` receives a bigint. */
export function seed(
  options: ValueOptions & { readonly default?: number | string } = {},
): ValueInput<bigint, number | string | bigint, 'int'> {
  const { default: initial = 0, ...texts } = options
  return {
    ...texts,
    kind: 'value',
    types: [Int],
    widget: { type: 'seed' },
    default: initial,
    schema: {
      anyOf: [
        { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        { type: 'string', format: 'uint64' },
      ],
    },
    receive: (value) => BigInt(typeof value === 'string' || typeof value === 'bigint' ? value : Number(value)),
  }
}

/** Whether a text is an unsigned 64-bit integer in decimals, without leading zeros. */
export function isSeed(value: string): boolean {
  return /^(0|[1-9]\d{0,19})$/.test(value) && BigInt(value) <= largestSeed
}

/** The name of a file of the host, within `folder`. It enters fingerprints by its content. */
export function file(
  options: ValueOptions & { readonly folder: string; readonly accept?: readonly string[]; readonly default?: string },
): ValueInput<string, string, 'text'> {
  const { folder, accept = [], default: initial = '', ...texts } = options
  return {
    ...texts,
    kind: 'value',
    types: [Text],
    widget: { type: 'file', folder, accept },
    default: initial,
    schema: { type: 'string' },
  }
}

/** A colour as `#rrggbb`. */
export function color(options: ValueOptions & { readonly default?: string } = {}): ValueInput<string, string, 'text'> {
  const { default: initial = '#000000', ...texts } = options
  return {
    ...texts,
    kind: 'value',
    types: [Text],
    widget: { type: 'color' },
    default: initial,
    schema: { type: 'string', pattern: '^#[0-9a-fA-F]{6}$' },
  }
}

export type CurvePoints = readonly (readonly [x: number, y: number])[]

const identityCurve: CurvePoints = [
  [0, 0],
  [1, 1],
]

/** A piecewise linear curve through points, both coordinates 0 to 1, x ascending. A linked text is read as JSON. */
export function curve(
  options: ValueOptions & { readonly default?: CurvePoints } = {},
): ValueInput<CurvePoints, CurvePoints, 'text'> {
  const { default: initial = identityCurve, ...texts } = options
  const coordinate = { type: 'number', minimum: 0, maximum: 1 }
  return {
    ...texts,
    kind: 'value',
    types: [Text],
    widget: { type: 'curve' },
    linkedAsJson: true,
    default: initial,
    schema: {
      type: 'array',
      minItems: 2,
      items: { type: 'array', items: [coordinate, coordinate], minItems: 2, maxItems: 2 },
    },
  }
}

/** Any JSON. A linked text is read as JSON. */
export function json(
  options: ValueOptions & { readonly default?: JsonValue } = {},
): ValueInput<JsonValue, JsonValue, 'text'> {
  const { default: initial = null, ...texts } = options
  return {
    ...texts,
    kind: 'value',
    types: [Text],
    widget: { type: 'json' },
    linkedAsJson: true,
    default: initial,
    schema: {},
  }
}

/**
 * The name of a sub-workflow of the document, which the node runs through `context.graph`; its content is part of the
 * fingerprint.
 */
export function subWorkflow(options: ValueOptions = {}): ValueInput<string, string, 'text'> {
  return {
    ...options,
    kind: 'value',
    types: [Text],
    widget: { type: 'workflow' },
    default: '',
    schema: { type: 'string' },
  }
}
