import { Float, choice, float } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const operations = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  remainder: (a, b) => a - Math.floor(a / b) * b,
  power: (a, b) => a ** b,
  minimum: Math.min,
  maximum: Math.max,
} satisfies Record<string, (a: number, b: number) => number>
const names = Object.keys(operations) as (keyof typeof operations)[] // the keys of a constant are those of its type

/** Two numbers, combined. */
export const arithmetic = defineNode({
  type: 'Arithmetic',
  version: 1,
  category: 'maths',
  description: 'Combines two numbers. Dividing by zero is an error, not infinity.',
  aliases: ['add', 'subtract', 'multiply', 'divide', 'sum', 'plus', 'minus', 'times'],
  inputs: { a: float({ default: 0 }), operation: choice(names, 'add'), b: float({ default: 0 }) },
  outputs: { result: Float },
  run({ a, b, operation }) {
    const result = operations[operation](a, b)
    if (!Number.isFinite(result)) throw new RangeError(`${a} ${operation} ${b} is not a finite number.`)
    return { result }
  },
})
