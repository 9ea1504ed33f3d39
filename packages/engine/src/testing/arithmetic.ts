import { defineNode } from '../definition/define-node.ts'
import { choice, float, int, lazyLink, link, listLink, text, toggle } from '../definition/input.ts'
import { Float, Int, listOf, Text } from '../definition/socket-type.ts'

/** A number that is written down. */
export const number = defineNode({
  type: 'Number',
  version: 1,
  category: 'arithmetic',
  inputs: { value: float({ default: 0 }) },
  outputs: { value: Float },
  run: ({ value }) => ({ value }),
})

export const add = defineNode({
  type: 'Add',
  version: 1,
  category: 'arithmetic',
  inputs: { a: link(Float), b: float({ default: 1 }) },
  outputs: { sum: Float },
  run: ({ a, b }) => ({ sum: a + b }),
})

export const multiply = defineNode({
  type: 'Multiply',
  version: 1,
  category: 'arithmetic',
  inputs: { a: link(Float), b: float({ default: 1 }) },
  outputs: { product: Float },
  run: ({ a, b }) => ({ product: a * b }),
})

/** The sum of everything that is linked, single numbers and lists. */
export const sum = defineNode({
  type: 'Sum',
  version: 1,
  category: 'arithmetic',
  inputs: { numbers: listLink(Float, { optional: true }) },
  outputs: { sum: Float },
  run: ({ numbers }) => ({ sum: numbers.reduce((total, one) => total + one, 0) }),
})

/** The whole numbers from 0 to `count`, without the last, as a list. */
export const range = defineNode({
  type: 'Range',
  version: 1,
  category: 'arithmetic',
  inputs: { count: int({ default: 3, min: 0, max: 1_000_000 }) },
  outputs: { numbers: listOf(Int) },
  run: ({ count }) => ({ numbers: Array.from({ length: count }, (_, index) => index) }),
})

/** Takes one of two branches; the other never runs. */
export const choose = defineNode({
  type: 'Choose',
  version: 1,
  category: 'arithmetic',
  inputs: { first: toggle({ default: true }), a: lazyLink(Float), b: lazyLink(Float) },
  outputs: { value: Float },
  run: async ({ first, a, b }) => ({ value: first ? await a() : await b() }),
})

/** Passes on what is large enough, and stops the branch of what is not. */
export const atLeast = defineNode({
  type: 'AtLeast',
  version: 1,
  category: 'arithmetic',
  inputs: { value: link(Float), least: float({ default: 0 }), reason: text() },
  outputs: { value: Float },
  run: ({ value, least, reason }, { block }) =>
    value >= least ? { value } : block(reason === '' ? undefined : reason),
})

/** The same as `Add`, after a turn of the event loop. */
export const addLater = defineNode({
  type: 'AddLater',
  version: 1,
  category: 'arithmetic',
  inputs: { a: link(Float), b: float({ default: 1 }), lane: choice(['cpu'], 'cpu') },
  outputs: { sum: Float },
  async run({ a, b }, { signal }) {
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
    return { sum: a + b }
  },
})

/** Shows a number: the root of runs. */
export const show = defineNode({
  type: 'Show',
  version: 1,
  category: 'arithmetic',
  inputs: { value: link(Float) },
  outputs: {},
  sideEffect: true,
  run({ value }, context) {
    context.show({ value })
    return {}
  },
})

/** Writes a number as text. */
export const written = defineNode({
  type: 'Written',
  version: 1,
  category: 'arithmetic',
  inputs: { value: link(Float), unit: text() },
  outputs: { text: Text },
  run: ({ value, unit }) => ({ text: `${value}${unit}` }),
})
