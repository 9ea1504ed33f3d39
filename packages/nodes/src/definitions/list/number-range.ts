import { Float, float, int, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** Evenly spaced numbers from one to another, both included. */
export const numberRange = defineNode({
  type: 'NumberRange',
  version: 1,
  category: 'list',
  description:
    'Evenly spaced numbers from the first to the last, both included. Linked to a value, it runs that node once for each.',
  aliases: ['sequence', 'linspace', 'sweep', 'loop'],
  inputs: {
    first: float({ default: 0 }),
    last: float({ default: 1 }),
    count: int({ default: 5, min: 1, max: 10_000 }),
  },
  outputs: { list: listOf(Float) },
  run: ({ first, last, count }) => ({
    list: Array.from({ length: count }, (_, i) => (count === 1 ? first : first + ((last - first) * i) / (count - 1))),
  }),
})
