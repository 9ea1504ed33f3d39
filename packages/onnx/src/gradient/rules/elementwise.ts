import * as ops from '../../graph/ops/index.ts'
import type { Value } from '../../graph/graph.ts'
import { floatAttribute, textAttribute, unbroadcast, type GradientRule, type NodeCall } from '../rule.ts'

/** A rule of one input: the gradient of the output times the derivative at x (and y). */
const derivative =
  (of: (x: Value, y: Value, call: NodeCall) => Value): GradientRule =>
  (call) => [ops.mul(call.g, of(call.input(0), call.y, call))]

/** A rule of two inputs that broadcast. */
const both =
  (of: (call: NodeCall, a: Value, b: Value) => readonly [Value | undefined, Value | undefined]): GradientRule =>
  (call) => {
    const [a, b] = [call.input(0), call.input(1)]
    const [left, right] = of(call, a, b)
    return [left && unbroadcast(left, a.shape), right && unbroadcast(right, b.shape)]
  }

/** 1 where the condition holds, else 0. */
const indicator = (condition: Value, like: Value): Value => ops.cast(condition, like.dtype)

/** What is constant wherever it has a derivative. */
const flat: GradientRule = () => []

/** Φ(x) + x·φ(x), or the derivative of the tanh approximation. */
function geluDerivative(x: Value, approximate: string): Value {
  if (approximate === 'none') {
    const cumulative = ops.mul(ops.add(ops.erf(ops.mul(x, Math.SQRT1_2)), 1), 0.5)
    const density = ops.mul(ops.exp(ops.mul(ops.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
    return ops.add(cumulative, ops.mul(x, density))
  }
  const c = Math.sqrt(2 / Math.PI)
  const square = ops.mul(x, x)
  const t = ops.tanh(ops.mul(ops.mul(x, ops.add(ops.mul(square, 0.044715), 1)), c))
  const inner = ops.mul(ops.add(ops.mul(square, 3 * 0.044715), 1), c)
  const slope = ops.mul(ops.mul(ops.mul(ops.sub(1, ops.mul(t, t)), inner), x), 0.5)
  return ops.add(ops.mul(ops.add(t, 1), 0.5), slope)
}

/** With s = tanh(softplus(x)): s + x·(1 − s²)·σ(x) */
function mishDerivative(x: Value): Value {
  const s = ops.tanh(ops.softplus(x))
  return ops.add(s, ops.mul(ops.mul(x, ops.sub(1, ops.mul(s, s))), ops.sigmoid(x)))
}

const powRule: GradientRule = ({ g, y, input }) => {
  const [a, b] = [input(0), input(1)]
  const exponent = ops.cast(b, a.dtype)
  const left = unbroadcast(ops.mul(g, ops.mul(exponent, ops.pow(a, ops.sub(exponent, 1)))), a.shape)
  if (a.graph.constantOf(b)) return [left]
  // aᵇ·log a; 0 where a is 0, as the limit for positive exponents.
  const logarithm = ops.log(ops.where(ops.greater(a, 0), a, 1))
  return [left, ops.cast(unbroadcast(ops.mul(g, ops.mul(y, logarithm)), b.shape), b.dtype)]
}

const clipRule: GradientRule = ({ node, g, input }) => {
  const x = input(0)
  const [, low, high] = node.inputs
  let inside = g
  if (low) inside = ops.mul(inside, indicator(ops.greaterOrEqual(x, low), g))
  if (high) inside = ops.mul(inside, indicator(ops.lessOrEqual(x, high), g))
  return [inside]
}

const whereRule: GradientRule = ({ g, input }) => {
  const [condition, a, b] = [input(0), input(1), input(2)]
  return [undefined, unbroadcast(ops.where(condition, g, 0), a.shape), unbroadcast(ops.where(condition, 0, g), b.shape)]
}

const preluRule: GradientRule = ({ g, input }) => {
  const [x, slope] = [input(0), input(1)]
  const positive = ops.greater(x, 0)
  return [ops.where(positive, g, ops.mul(g, slope)), unbroadcast(ops.where(positive, 0, ops.mul(g, x)), slope.shape)]
}

/** The larger (or smaller) operand takes the gradient; equal ones share it. */
const extremum = (first: (a: Value, b: Value) => Value): GradientRule =>
  both(({ g }, a, b) => {
    const tie = ops.mul(indicator(ops.equal(a, b), g), 0.5)
    const left = ops.add(indicator(first(a, b), g), tie)
    return [ops.mul(g, left), ops.mul(g, ops.sub(1, left))]
  })

export const elementwiseRules: Readonly<Record<string, GradientRule>> = {
  Add: both(({ g }) => [g, g]),
  Sub: both(({ g }) => [g, ops.neg(g)]),
  Mul: both(({ g }, a, b) => [ops.mul(g, b), ops.mul(g, a)]),
  Div: both(({ g, y }, _a, b) => {
    const left = ops.div(g, b)
    return [left, ops.neg(ops.mul(left, y))]
  }),
  Pow: powRule,
  Min: extremum(ops.less),
  Max: extremum(ops.greater),
  Neg: ({ g }) => [ops.neg(g)],
  Abs: derivative((x) => ops.sign(x)),
  Exp: derivative((_x, y) => y),
  Log: ({ g, input }) => [ops.div(g, input(0))],
  Sqrt: ({ g, y }) => [ops.div(ops.mul(g, 0.5), y)],
  Reciprocal: derivative((_x, y) => ops.neg(ops.mul(y, y))),
  Sigmoid: derivative((_x, y) => ops.mul(y, ops.sub(1, y))),
  Tanh: derivative((_x, y) => ops.sub(1, ops.mul(y, y))),
  Softplus: derivative((x) => ops.sigmoid(x)),
  Erf: derivative((x) => ops.mul(ops.exp(ops.neg(ops.mul(x, x))), 2 / Math.sqrt(Math.PI))),
  Sin: derivative((x) => ops.cos(x)),
  Cos: derivative((x) => ops.neg(ops.sin(x))),
  Relu: derivative((x) => indicator(ops.greater(x, 0), x)),
  LeakyRelu: ({ node, g, input }) => [
    ops.where(ops.greater(input(0), 0), g, ops.mul(g, floatAttribute(node, 'alpha', 0.01))),
  ],
  Elu: ({ node, g, y, input }) => [
    ops.where(ops.greater(input(0), 0), g, ops.mul(g, ops.add(y, floatAttribute(node, 'alpha', 1)))),
  ],
  HardSigmoid: derivative((_x, y, { node }) => {
    const inside = ops.and(ops.greater(y, 0), ops.less(y, 1))
    return ops.mul(indicator(inside, y), floatAttribute(node, 'alpha', 0.2))
  }),
  HardSwish: derivative((x) => {
    const line = ops.add(ops.div(x, 3), 0.5)
    return ops.where(ops.greaterOrEqual(x, 3), 1, ops.where(ops.lessOrEqual(x, -3), 0, line))
  }),
  Mish: derivative(mishDerivative),
  Gelu: derivative((x, _y, { node }) => geluDerivative(x, textAttribute(node, 'approximate', 'none'))),
  Identity: ({ g }) => [g],
  Cast: ({ g, input }) => [ops.cast(g, input(0).dtype)],
  Clip: clipRule,
  Where: whereRule,
  PRelu: preluRule,
  Mod: ({ g, input }) => [unbroadcast(g, input(0).shape)],
  Floor: flat,
  Ceil: flat,
  Round: flat,
  Sign: flat,
}
