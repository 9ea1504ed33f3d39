import { AnyType, Float, Int, Toggle, optionalLink, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { evaluateExpression, namesIn } from '../../maths/expression.ts'

/** A formula over the numbers that are linked to it, each by the name of its input. */
export const mathExpression = defineNode({
  type: 'MathExpression',
  version: 1,
  category: 'maths',
  description:
    'A formula over linked numbers, each named as its input: "width * 2 // 8 * 8". Knows + - * / // % **, comparisons, && || !, if(), min(), max(), clamp(), round() and more.',
  aliases: ['formula', 'calculate', 'SimpleMath', 'ComfyMathExpression'],
  inputs: { expression: text({ default: 'a + b' }) },
  dynamicInputs: { each: optionalLink(AnyType), max: 26 },
  outputs: { result: Float, rounded: Int, isTrue: Toggle },
  validate({ values: { expression = '' }, links }) {
    try {
      const names = namesIn(expression)
      evaluateExpression(expression, Object.fromEntries(names.map((name) => [name, 1])))
      const missing = names.filter((name) => !Object.hasOwn(links, name))
      return missing.length === 0
        ? []
        : [`The expression uses ${missing.join(', ')}, but nothing is linked by that name.`]
    } catch (error) {
      return [{ input: 'expression', message: error instanceof Error ? error.message : String(error) }]
    }
  },
  run({ expression, dynamic }) {
    const variables = Object.fromEntries(Object.entries(dynamic).map(([name, value]) => [name, numberOf(name, value)]))
    const result = evaluateExpression(expression, variables)
    if (!Number.isFinite(result))
      throw new RangeError(`The value of ${JSON.stringify(expression)} is not a finite number.`)
    return { result, rounded: Math.round(result), isTrue: result !== 0 }
  },
})

function numberOf(name: string, value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  throw new TypeError(`${name} must be a number or a toggle, but it is ${value === null ? 'null' : typeof value}.`)
}
