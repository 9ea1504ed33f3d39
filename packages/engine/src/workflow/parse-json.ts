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
  /** Most values in all: members of objects and lists, and the objects and lists themselves. */
  readonly values: number
}

/** Room for a workflow of 100,000 nodes, and an end to anything that only looks like one. */
export const jsonLimits: JsonLimits = { length: 64 * 1024 * 1024, depth: 64, values: 2_000_000 }

/** Longest key, and longest spelling of a number, in characters: messages repeat them. */
const [longestKey, longestNumber] = [10_000, 1_000]
/** Most keys of one object: twice the nodes of the largest workflow. */
const mostKeys = 200_000

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
  let [line, lineStart] = [1, 0]
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', lineStart)) {
    line++
    lineStart = end + 1
  }
  return { ok: false, message, line, column: offset - lineStart + 1 }
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
  | {
      readonly type: 'object'
      readonly value: Record<string, JsonValue>
      key: string
      count: number
      readonly keys: string[]
    }

const numberPattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
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

const [quote, backslash, firstPrintable] = [0x22, 0x5c, 0x20]
const badString = (start: number): Mistake =>
  new Mistake('A text that does not end, or holds a bad escape or a line break.', start)

class Reader {
  private readonly text: string
  private readonly limits: JsonLimits
  private readonly literals: typeof literals
  private readonly details: JsonDetails
  private at = 0
  private values = 0
  private readonly open: Container[] = []

  constructor(text: string, limits: JsonLimits, details: JsonDetails) {
    this.text = text
    this.limits = limits
    this.literals = limits.python ? pythonLiterals : literals
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
    if (++this.values > this.limits.values) {
      throw new Mistake(`There are more than the ${this.limits.values} values that are read.`, this.at)
    }
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
    if (this.open.length >= this.limits.depth) {
      throw new Mistake(`More than ${this.limits.depth} levels of arrays and objects.`, this.at)
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
      this.open.push({ type: 'object', value, key, count: 1, keys: this.details.order ? [key] : [] })
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
        if (++container.count > mostKeys) {
          throw new Mistake(`An object has more than the ${mostKeys} keys that are read.`, this.at)
        }
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
    if (key.length > longestKey) throw new Mistake(`A key is longer than ${longestKey} characters.`, start)
    if (key === '__proto__' && !this.limits.python) throw new Mistake('The key "__proto__" is not allowed.', start)
    if (Object.hasOwn(siblings, key)) throw new Mistake(`The key ${JSON.stringify(key)} is there twice.`, start)
    this.skipSpace()
    if (this.text[this.at] !== ':') throw this.unexpected('":"')
    this.at++
    return key
  }

  /** Reads letter by letter: a pattern would need a stack as deep as a long text with escapes. */
  private string(): string {
    const { text, at: start } = this
    let isEscaped = false
    for (let at = start + 1; ; at++) {
      const code = text.charCodeAt(at)
      if (code === quote) {
        this.at = at + 1
        return isEscaped ? this.unescaped(start) : text.slice(start + 1, at)
      }
      // Past the end the code is NaN.
      if (!(code >= firstPrintable)) throw badString(start)
      if (code === backslash) {
        isEscaped = true
        at++
      }
    }
  }

  private unescaped(start: number): string {
    try {
      return String(JSON.parse(this.text.slice(start, this.at)))
    } catch {
      throw badString(start)
    }
  }

  private number(): JsonValue {
    const found = this.match(numberPattern)
    if (!found) throw this.unexpected('a number')
    const [digits, fraction, exponent] = found
    const start = this.at - digits.length
    if (digits.length > longestNumber) {
      throw new Mistake(`A number is written with more than ${longestNumber} characters.`, start)
    }
    const value = Number(digits)
    if (!Number.isFinite(value)) throw new Mistake(`The number ${digits} is out of range.`, start)
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
