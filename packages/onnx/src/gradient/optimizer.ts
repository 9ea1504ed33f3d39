import * as ops from '../graph/ops/index.ts'
import { GraphError } from '../graph/graph-error.ts'
import type { Graph, Value } from '../graph/graph.ts'
export type Optimizer =
  /** Loshchilov & Hutter (2019), Algorithm 2. */
  | {
      readonly type: 'adamw'
      readonly beta1?: number
      readonly beta2?: number
      readonly epsilon?: number
      readonly weightDecay?: number
    }
  /** Gradient descent with momentum (Sutskever et al. 2013, as torch writes it); decay is added to the gradient. */
  | { readonly type: 'sgd'; readonly momentum?: number; readonly nesterov?: boolean; readonly weightDecay?: number }

/** The tensors an optimizer keeps beside each parameter, all of its shape and zero at first. */
export function slotsOf(optimizer: Optimizer): readonly string[] {
  switch (optimizer.type) {
    case 'adamw':
      return ['m', 'v']
    case 'sgd':
      return (optimizer.momentum ?? 0) === 0 ? [] : ['momentum']
  }
}

/** Scalars that change from step to step. */
export interface Rates {
  readonly learningRate: Value
  /** The number of this step, from 1, as float32. */
  readonly step: Value
}

export interface Updated {
  readonly parameter: Value
  readonly slots: Readonly<Record<string, Value>>
}

/**
 * The rule that makes the next parameter and slots from a gradient; what all parameters have in common is made once.
 */
export function updateRule(
  optimizer: Optimizer,
  rates: Rates,
): (parameter: Value, gradient: Value, slots: Readonly<Record<string, Value>>) => Updated {
  switch (optimizer.type) {
    case 'adamw':
      return adamW(optimizer, rates)
    case 'sgd':
      return sgd(optimizer, rates)
  }
}

function adamW(
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 }: Optimizer & { type: 'adamw' },
  { learningRate, step }: Rates,
): ReturnType<typeof updateRule> {
  const { graph } = step
  const powerOf = (beta: number): Value => ops.pow(graph.scalar('float32', beta), step)
  // With b = √(1 − β₂ᵗ), m̂ / (√v̂ + ε) is m · b / ((√v + ε · b) · (1 − β₁ᵗ)): what is the same for all weights is
  // computed once.
  const correction = ops.sqrt(ops.sub(1, powerOf(beta2)))
  const floor = ops.mul(correction, epsilon)
  const rate = ops.div(ops.mul(learningRate, correction), ops.sub(1, powerOf(beta1)))
  const kept = ops.sub(1, ops.mul(learningRate, weightDecay))
  return (parameter, gradient, slots) => {
    const [oldM, oldV] = [slotOf(slots, 'm'), slotOf(slots, 'v')]
    const m = ops.add(oldM, ops.mul(ops.sub(gradient, oldM), 1 - beta1))
    const v = ops.add(oldV, ops.mul(ops.sub(ops.mul(gradient, gradient), oldV), 1 - beta2))
    const direction = ops.div(m, ops.add(ops.sqrt(v), floor))
    const decayed = weightDecay === 0 ? parameter : ops.mul(parameter, kept)
    return { parameter: ops.sub(decayed, ops.mul(direction, rate)), slots: { m, v } }
  }
}

function sgd(
  { momentum = 0, nesterov = false, weightDecay = 0 }: Optimizer & { type: 'sgd' },
  { learningRate }: Rates,
): ReturnType<typeof updateRule> {
  return (parameter, gradient, slots) => {
    const slope = weightDecay === 0 ? gradient : ops.add(gradient, ops.mul(parameter, weightDecay))
    if (momentum === 0) return { parameter: ops.sub(parameter, ops.mul(slope, learningRate)), slots: {} }
    const velocity = ops.add(ops.mul(slotOf(slots, 'momentum'), momentum), slope)
    const direction = nesterov ? ops.add(slope, ops.mul(velocity, momentum)) : velocity
    return { parameter: ops.sub(parameter, ops.mul(direction, learningRate)), slots: { momentum: velocity } }
  }
}

function slotOf(slots: Readonly<Record<string, Value>>, name: string): Value {
  const slot = slots[name]
  if (!slot) throw new GraphError(`The optimizer keeps a slot "${name}" for each parameter, but it was not given`)
  return slot
}

/** √Σ g² over all gradients together. */
export function globalNorm(gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => ops.reduceSumSquare(gradient, { keepDims: false }))
  const vector = ops.concat(
    squares.map((square) => ops.reshape(square, [1])),
    0,
  )
  return ops.sqrt(ops.reduceSum(vector, { keepDims: false }))
}

/** The gradients scaled down together where their norm exceeds `most` (Pascanu et al. 2013). */
export function clipByNorm(gradients: readonly Value[], norm: Value, most: number): readonly Value[] {
  const factor = ops.min(ops.div(norm.graph.scalar('float32', most), ops.add(norm, 1e-6)), 1)
  return gradients.map((gradient) => ops.mul(gradient, factor))
}

/** The scalars of a train step as inputs of its graph. */
export function rateInputs(graph: Graph): Rates {
  return {
    learningRate: graph.input('optimizer.learningRate', 'float32', []),
    step: graph.input('optimizer.step', 'float32', []),
  }
}
