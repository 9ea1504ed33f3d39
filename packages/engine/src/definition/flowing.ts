import { Blocked } from './blocked.ts'
import { contentKey } from './content-key.ts'

/** A list on its way through the graph; a plain array is one value of a socket type that happens to be an array. */
export class ValueList {
  readonly values: readonly unknown[]
  /** Undefined where it is not known yet, false where nothing says what the element is made of. */
  readonly #keys: (string | false | undefined)[]

  /** `keys`, where they are known, say what the elements are made of. */
  constructor(values: readonly unknown[], keys: readonly (string | undefined)[] = []) {
    this.values = values
    this.#keys = [...keys]
  }

  /** What an element is made of, wherever in the list it stands: the same key, the same value. */
  keyAt(index: number): string | undefined {
    const key = (this.#keys[index] ??= contentKey(this.values[index]) ?? false)
    return key === false ? undefined : key
  }
}

/** What an output holds: a value, a `ValueList`, or `Blocked`. */
export type OutputRecord = { readonly [output: string]: unknown }

/** As a host sees it: lists as arrays, blocked values as undefined. */
export function plainOutputs(outputs: OutputRecord): { readonly [output: string]: unknown } {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, plainValue(value)]))
}

/** One value as a host sees it: a list as an array, a blocked value as undefined. */
export function plainValue(value: unknown): unknown {
  if (value instanceof Blocked) return undefined
  return value instanceof ValueList ? value.values.map((one) => (one instanceof Blocked ? undefined : one)) : value
}
