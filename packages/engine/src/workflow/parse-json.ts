import type { JsonValue } from './json.ts'

export interface JsonLimits {
  /** Longest text, in UTF-16 code units. */
  readonly length: number
  /** Deepest nesting of arrays and objects. */
  readonly depth: number
  /**
   * Reads what Python's `json` writes and RFC 8259 does not: `NaN` and infinities, as null, and any key, `__proto__`
   * too, which is then a key like any other.
   */
  readonly python?: boolean
}

/** Room for a workflow of 100,000 nodes, and an end to anything that only looks like one. */
export const jsonLimits: JsonLimits = { length: 64 * 1024 * 1024, depth: 64 }

/** What a text says and its value does not; `path` leads from the outermost value inwards. */
export interface JsonDetails {
  /** A number that is written otherwise than JavaScript writes it: `5.0`, `1e3`, integers past 2^53. */
  number?(path: readonly (string | number)[], text: string): void
  /** An object whose keys stand in another order than JavaScript keeps them, which puts integers first. */
  order?(path: readonly (string | number)[], keys: readonly string[]): void
}

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly message: string; readonly line: number; readonly column: number }

/**
 * Parses JSON (RFC 8259) with what `JSON.parse` does not give: the line and column of the first mistake, exact integers
 * (an unsigned 64-bit integer past 2^53 comes as its decimal string), no key twice, no `__proto__` (but for Python's
 * JSON), and no recursion.
 */
export function parseJson(text: string, limits: JsonLimits = jsonLimits, details: JsonDetails = {}): ParsedJson {
  if (text.length > limits.length) {
    return fail(text, 0, `The text has ${text.length} characters; at most ${limits.length} are read.`)
  }
  const reader = new Reader(text, limits, details)
  try {
    return { ok: true, value: reader.document() }
  } catch (error) {
    if (error instanceof Mistake) return fail(text, error.offset, error.message)
    throw error
  }
}

function fail(text: string, offset: number, message: string): ParsedJson {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { ok: false, message, line, column: offset - before.lastIndexOf('\n') }
}

class Mistake extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

type Container =
  | { readonly type: 'array'; readonly value: JsonValue[] }
  | { readonly type: 'object'; readonly value: Record<string, JsonValue>; key: string; readonly keys: string[] }

const numberPattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
/** A string without what has to be looked at twice: escapes, control characters. */
const plainStringPattern = /"[^"\\\u0000-\u001f]*"/y
const stringPattern = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const literals: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]
const pythonLiterals: typeof literals = [...literals, ['NaN', null], ['Infinity', null], ['-Infinity', null]]
const largestSeed = 2n ** 64n - 1n

/** An assignment to `__proto__` would change what the object inherits. */
function setOwn(target: object, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}

class Reader {
  private readonly text: string
  private readonly depth: number
  private readonly anyKey: boolean
  private readonly literals: typeof literals
  private readonly details: JsonDetails
  private at = 0
  private readonly open: Container[] = []

  constructor(text: string, { depth, python = false }: JsonLimits, details: JsonDetails) {
    this.text = text
    this.depth = depth
    this.anyKey = python
    this.literals = python ? pythonLiterals : literals
    this.details = details
    if (text.charCodeAt(0) === 0xfeff) this.at = 1
  }

  document(): JsonValue {
    for (;;) {
      let value = this.beginValue()
      // A value that is complete goes into its container, which may be complete then, and so on outwards.
      while (value !== undefined) {
        const container = this.open.at(-1)
        if (!container) {
          this.skipSpace()
          if (this.at < this.text.length) throw this.unexpected('the end of the document')
          return value
        }
        value = this.addTo(container, value)
      }
    }
  }

  /** A scalar or an empty container; undefined when a container was opened and its first value comes next. */
  private beginValue(): JsonValue | undefined {
    this.skipSpace()
    const start = this.text[this.at]
    if (start === '{' || start === '[') return this.openContainer(start)
    if (start === '"') return this.string()
    for (const [word, value] of this.literals) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    }
    if (start !== undefined && (start === '-' || (start >= '0' && start <= '9'))) return this.number()
    throw this.unexpected('a value')
  }

  private openContainer(start: '{' | '['): JsonValue | undefined {
    if (this.open.length >= this.depth) {
      throw new Mistake(`More than ${this.depth} levels of arrays and objects.`, this.at)
    }
    this.at++
    this.skipSpace()
    if (this.text[this.at] === (start === '{' ? '}' : ']')) {
      this.at++
      return start === '{' ? {} : []
    }
    if (start === '[') this.open.push({ type: 'array', value: [] })
    else {
      const value: Record<string, JsonValue> = {}
      const key = this.key(value)
      this.open.push({ type: 'object', value, key, keys: this.details.order ? [key] : [] })
    }
    return undefined
  }

  /** Adds a value; returns the container when that was its last. */
  private addTo(container: Container, value: JsonValue): JsonValue | undefined {
    if (container.type === 'array') container.value.push(value)
    else if (container.key === '__proto__') setOwn(container.value, container.key, value)
    else container.value[container.key] = value
    this.skipSpace()
    const next = this.text[this.at]
    const end = container.type === 'array' ? ']' : '}'
    if (next === ',') {
      this.at++
      if (container.type === 'object') {
        container.key = this.key(container.value)
        if (this.details.order) container.keys.push(container.key)
      }
      return undefined
    }
    if (next !== end) throw this.unexpected(`"," or "${end}"`)
    this.at++
    this.open.pop()
    if (container.type === 'object' && this.details.order) {
      const { keys, value: complete } = container
      if (Object.keys(complete).some((key, index) => key !== keys[index])) this.details.order(this.path(), keys)
    }
    return container.value
  }

  private key(siblings: Record<string, JsonValue>): string {
    this.skipSpace()
    const start = this.at
    if (this.text[start] !== '"') throw this.unexpected('a key in double quotes')
    const key = this.string()
    if (key === '__proto__' && !this.anyKey) throw new Mistake('The key "__proto__" is not allowed.', start)
    if (Object.hasOwn(siblings, key)) throw new Mistake(`The key ${JSON.stringify(key)} is there twice.`, start)
    this.skipSpace()
    if (this.text[this.at] !== ':') throw this.unexpected('":"')
    this.at++
    return key
  }

  private string(): string {
    const plain = this.match(plainStringPattern)
    if (plain) return plain[0].slice(1, -1)
    const start = this.at
    const escaped = this.match(stringPattern)
    if (escaped) return String(JSON.parse(escaped[0]))
    throw new Mistake('A text that does not end, or holds a bad escape or a line break.', start)
  }

  private number(): JsonValue {
    const found = this.match(numberPattern)
    if (!found) throw this.unexpected('a number')
    const [digits, fraction, exponent] = found
    const value = Number(digits)
    if (!Number.isFinite(value)) throw new Mistake(`The number ${digits} is out of range.`, this.at - digits.length)
    if (this.details.number && String(value) !== digits) this.details.number(this.path(), digits)
    const isExact = fraction !== undefined || exponent !== undefined || Number.isSafeInteger(value) || value < 0
    if (isExact || BigInt(digits) > largestSeed) return value
    return digits
  }

  private path(): (string | number)[] {
    return this.open.map((container) => (container.type === 'array' ? container.value.length : container.key))
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found) this.at = pattern.lastIndex
    return found
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
      this.at++
    }
  }

  private unexpected(expected: string): Mistake {
    const found = this.text[this.at]
    const what = found === undefined ? 'the text ends' : `there is ${JSON.stringify(found)}`
    return new Mistake(`Expected ${expected}, but ${what}.`, this.at)
  }
}
