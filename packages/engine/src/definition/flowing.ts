import { Blocked } from './blocked.ts'

/** A list on its way through the graph; a plain array is one value of a socket type that happens to be an array. */
export class ValueList {
  readonly values: readonly unknown[]
  constructor(values: readonly unknown[]) {
    this.values = values
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
