import { Toggle, choice, float } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const comparisons = {
  '=': (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance,
  '≠': (a: number, b: number, tolerance: number) => Math.abs(a - b) > tolerance,
  '<': (a: number, b: number) => a < b,
  '≤': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '≥': (a: number, b: number) => a >= b,
}

/** Whether two numbers stand in a relation. */
export const compare = defineNode({
  type: 'Compare',
  version: 1,
  category: 'maths',
  description: 'Whether two numbers stand in a relation. The tolerance is for = and ≠.',
  aliases: ['equal', 'greater', 'less', 'condition'],
  inputs: {
    a: float({ default: 0 }),
    comparison: choice(['=', '≠', '<', '≤', '>', '≥'], '='),
    b: float({ default: 0 }),
    tolerance: float({ default: 0, min: 0, advanced: true }),
  },
  outputs: { isTrue: Toggle },
  run: ({ a, b, comparison, tolerance }) => ({ isTrue: comparisons[comparison](a, b, tolerance) }),
})
