import { Int, int, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** Whole numbers from a first one, in equal steps. */
export const integerRange = defineNode({
  type: 'IntegerRange',
  version: 1,
  category: 'list',
  description: 'Whole numbers from the first, in equal steps. Linked to a seed, it makes as many variants.',
  aliases: ['sequence', 'count', 'seeds', 'loop'],
  inputs: {
    first: int({ default: 0 }),
    step: int({ default: 1, min: -1_000_000, max: 1_000_000 }),
    count: int({ default: 4, min: 1, max: 10_000 }),
  },
  outputs: { list: listOf(Int) },
  run: ({ first, step, count }) => ({ list: Array.from({ length: count }, (_, i) => first + step * i) }),
})
