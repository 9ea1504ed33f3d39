import { arithmetic } from './arithmetic.ts'
import { clamp } from './clamp.ts'
import { compare } from './compare.ts'
import { mathExpression } from './math-expression.ts'
import { round } from './round.ts'

export const mathsNodes = [arithmetic, clamp, compare, mathExpression, round]
