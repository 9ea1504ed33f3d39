import { isFloatDType, type DType, onnxCodeOf } from '../../tensor/dtype.ts'
import { float, int, text, type Attributes } from '../attribute.ts'
import { emit, operands, reject, requireFloat, requireSameDType, type Call } from '../operator.ts'
import { broadcastShapes, showShape, type Shape } from '../shape.ts'
import type { Operand, Value } from '../graph.ts'

function unary(opType: string, x: Value, attributes: Attributes = {}): Value {
  return emit({ opType, operands: { x } }, x, attributes)
}

function unaryFloat(opType: string, x: Value, attributes: Attributes = {}): Value {
  const call = { opType, operands: { x } }
  requireFloat(call, x)
  return emit(call, x, attributes)
}

function broadcast(call: Call, shapes: readonly Shape[]): Shape {
  return shapes.reduce(
    (a, b) =>
      broadcastShapes(a, b) ?? reject(call, `expected shapes that broadcast, got ${showShape(a)} and ${showShape(b)}`),
  )
}

function binary(opType: string, a: Operand, b: Operand, dtype?: DType): Value {
  const [left, right] = operands(opType, a, b)
  const call = { opType, operands: { a: left, b: right } }
  const own = requireSameDType(call)
  return emit(call, { dtype: dtype ?? own, shape: broadcast(call, [left.shape, right.shape]) })
}

export const neg = (x: Value): Value => unary('Neg', x)
export const abs = (x: Value): Value => unary('Abs', x)
export const sign = (x: Value): Value => unary('Sign', x)
export const identity = (x: Value): Value => unary('Identity', x)
export const exp = (x: Value): Value => unaryFloat('Exp', x)
export const log = (x: Value): Value => unaryFloat('Log', x)
export const sqrt = (x: Value): Value => unaryFloat('Sqrt', x)
export const reciprocal = (x: Value): Value => unaryFloat('Reciprocal', x)
export const sigmoid = (x: Value): Value => unaryFloat('Sigmoid', x)
export const tanh = (x: Value): Value => unaryFloat('Tanh', x)
export const softplus = (x: Value): Value => unaryFloat('Softplus', x)
export const erf = (x: Value): Value => unaryFloat('Erf', x)
export const sin = (x: Value): Value => unaryFloat('Sin', x)
export const cos = (x: Value): Value => unaryFloat('Cos', x)
export const floor = (x: Value): Value => unaryFloat('Floor', x)
export const ceil = (x: Value): Value => unaryFloat('Ceil', x)
export const round = (x: Value): Value => unaryFloat('Round', x)
export const relu = (x: Value): Value => unary('Relu', x)
export const hardSwish = (x: Value): Value => unaryFloat('HardSwish', x)
export const mish = (x: Value): Value => unaryFloat('Mish', x)

/** `x·Φ(x)`, or its tanh approximation. */
export const gelu = (x: Value, approximate: 'none' | 'tanh' = 'none'): Value =>
  unaryFloat('Gelu', x, approximate === 'none' ? {} : { approximate: text(approximate) })

/** `x` where positive, else `alpha·x`. */
export const leakyRelu = (x: Value, alpha = 0.01): Value => unaryFloat('LeakyRelu', x, { alpha: float(alpha) })

/** `x` where positive, else `alpha·(eˣ − 1)`. */
export const elu = (x: Value, alpha = 1): Value => unaryFloat('Elu', x, { alpha: float(alpha) })

/** `max(0, min(1, alpha·x + beta))` */
export const hardSigmoid = (x: Value, alpha = 0.2, beta = 0.5): Value =>
  unaryFloat('HardSigmoid', x, { alpha: float(alpha), beta: float(beta) })

export const not = (x: Value): Value => {
  const call = { opType: 'Not', operands: { x } }
  if (x.dtype !== 'bool') reject(call, `expected a bool operand, got ${x.dtype}`)
  return emit(call, x)
}

export const isNaN = (x: Value): Value => {
  const call = { opType: 'IsNaN', operands: { x } }
  requireFloat(call, x)
  return emit(call, { dtype: 'bool', shape: x.shape })
}

export const add = (a: Operand, b: Operand): Value => binary('Add', a, b)
export const sub = (a: Operand, b: Operand): Value => binary('Sub', a, b)
export const mul = (a: Operand, b: Operand): Value => binary('Mul', a, b)
export const div = (a: Operand, b: Operand): Value => binary('Div', a, b)
export const min = (a: Operand, b: Operand): Value => binary('Min', a, b)
export const max = (a: Operand, b: Operand): Value => binary('Max', a, b)
export const equal = (a: Operand, b: Operand): Value => binary('Equal', a, b, 'bool')
export const greater = (a: Operand, b: Operand): Value => binary('Greater', a, b, 'bool')
export const greaterOrEqual = (a: Operand, b: Operand): Value => binary('GreaterOrEqual', a, b, 'bool')
export const less = (a: Operand, b: Operand): Value => binary('Less', a, b, 'bool')
export const lessOrEqual = (a: Operand, b: Operand): Value => binary('LessOrEqual', a, b, 'bool')
export const and = (a: Value, b: Value): Value => binary('And', a, b, 'bool')
export const or = (a: Value, b: Value): Value => binary('Or', a, b, 'bool')

/** `aᵇ`; the exponent may have another dtype than the base. */
export const pow = (a: Value, b: Operand): Value => {
  const [left, right] = operands('Pow', a, b)
  const call = { opType: 'Pow', operands: { a: left, b: right } }
  return emit(call, { dtype: left.dtype, shape: broadcast(call, [left.shape, right.shape]) })
}

/** The remainder of `a / b`: the sign of `b` for integers; of `a` for floats (C's fmod). */
export const mod = (a: Operand, b: Operand): Value => {
  const [left, right] = operands('Mod', a, b)
  const call = { opType: 'Mod', operands: { a: left, b: right } }
  const dtype = requireSameDType(call)
  const shape = broadcast(call, [left.shape, right.shape])
  return emit(call, { dtype, shape }, isFloatDType(dtype) ? { fmod: int(1) } : {})
}

/** `x` where positive, else `slope·x`; the slope broadcasts to `x`. */
export const prelu = (x: Value, slope: Value): Value => {
  const call = { opType: 'PRelu', operands: { x, slope } }
  const dtype = requireSameDType(call)
  return emit(call, { dtype, shape: broadcast(call, [x.shape, slope.shape]) })
}

/** `x` kept within `[low, high]`; either bound may be left out. */
export const clip = (x: Value, low?: Operand, high?: Operand): Value => {
  const bound = (operand: Operand | undefined): Value | undefined =>
    typeof operand === 'number' ? x.graph.scalar(x.dtype, operand) : operand
  const call = { opType: 'Clip', operands: { x, low: bound(low), high: bound(high) } }
  requireSameDType(call)
  return emit(call, x)
}

/** `a` where the condition holds, else `b`. */
export const where = (condition: Value, a: Operand, b: Operand): Value => {
  const [left, right] = operands('Where', a, b)
  const call = { opType: 'Where', operands: { condition, a: left, b: right } }
  if (condition.dtype !== 'bool') reject(call, `expected a bool condition, got ${condition.dtype}`)
  if (left.dtype !== right.dtype) reject(call, `expected a and b of one dtype`)
  return emit(call, { dtype: left.dtype, shape: broadcast(call, [condition.shape, left.shape, right.shape]) })
}

/** The same values in another dtype. Gives `x` itself where it has that dtype already. */
export const cast = (x: Value, dtype: DType): Value =>
  x.dtype === dtype
    ? x
    : emit({ opType: 'Cast', operands: { x } }, { dtype, shape: x.shape }, { to: int(onnxCodeOf(dtype)) })
