import type { PickleBytes } from './pickle-bytes.ts'
import { WeightError } from './weight-error.ts'

/** What a pickle names by module and attribute. It is never looked up or called here. */
export interface PickleGlobal {
  readonly kind: 'global'
  readonly name: string
}

/** What may come out of a pickle beyond plain values. */
export interface PickleRules {
  readonly title: string
  /** What calling `callable` with these arguments gives, or a `WeightError`. */
  make(callable: string, args: readonly unknown[]): unknown
  /** What the attributes that a pickle sets on an object it made change of it. */
  build?(target: unknown, state: unknown): void
  /** What a persistent id stands for. */
  load(id: unknown): unknown
}

export const isGlobal = (value: unknown): value is PickleGlobal =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'global'

const mark = Symbol('mark')
/** Arguments of all calls together, those of a first list included. */
const mostArguments = 1 << 24

/** The stack and the memo of a pickle, with the operations that its opcodes ask for; each refuses what does not fit. */
export class PickleMachine {
  readonly bytes: PickleBytes
  readonly rules: PickleRules
  readonly #stack: unknown[] = []
  readonly #memo = new Map<number, unknown>()
  #arguments = 0

  constructor(bytes: PickleBytes, rules: PickleRules) {
    this.bytes = bytes
    this.rules = rules
  }

  push(value: unknown): void {
    this.#stack.push(value)
  }

  pushMark(): void {
    this.#stack.push(mark)
  }

  /** Takes the top away, be it a value, a mark or nothing. */
  drop(): void {
    this.#stack.pop()
  }

  pop(): unknown {
    this.top()
    return this.#stack.pop()
  }

  /** The last `count` values, in the order in which they were pushed. */
  popLast(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse()
  }

  top(): unknown {
    if (this.#stack.length === 0 || this.#stack.at(-1) === mark) this.bytes.malformed('a value is missing')
    return this.#stack.at(-1)
  }

  popToMark(): unknown[] {
    const start = this.#stack.lastIndexOf(mark)
    if (start < 0) this.bytes.malformed('a mark is missing')
    return this.#stack.splice(start).slice(1)
  }

  /** Sets the keys of the dictionary on top: key, value, key, value, … */
  setAll(entries: readonly unknown[]): void {
    const dict = this.top()
    if (!(dict instanceof Map)) this.bytes.malformed('it sets a key of what is no dictionary')
    else for (let i = 0; i + 1 < entries.length; i += 2) dict.set(entries[i], entries[i + 1])
  }

  append(items: readonly unknown[]): void {
    const list = this.top()
    if (!Array.isArray(list)) this.bytes.malformed('it appends to what is no list')
    else for (const item of items) list.push(item)
  }

  keep(index: number = this.#memo.size): void {
    this.#memo.set(index, this.top())
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) this.bytes.malformed('it recalls what it never kept')
    this.push(this.#memo.get(index))
  }

  pushGlobal(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string') {
      this.bytes.malformed('a function has a name that is no text')
    }
    this.push({ kind: 'global', name: `${module}.${name}` } satisfies PickleGlobal)
  }

  /** What the rules make of the callable and the arguments on top. */
  call(): void {
    const [callable, args] = this.popLast(2)
    if (!isGlobal(callable) || !Array.isArray(args)) return this.bytes.malformed('it calls what is no function')
    // One list can be handed to any number of calls, each of which may copy it.
    const [first] = args as readonly unknown[]
    this.#arguments += args.length + (Array.isArray(first) ? first.length : 0)
    if (this.#arguments > mostArguments) {
      const { title } = this.rules
      throw new WeightError('refused', `${title}: the calls of its pickle take arguments beyond measure`)
    }
    this.push(this.rules.make(callable.name, args))
  }
}
