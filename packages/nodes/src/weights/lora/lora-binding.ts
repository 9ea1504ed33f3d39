import {
  Graph,
  bindWeights,
  createWeightSource,
  ops,
  type BindParameter,
  type Value,
  type Weight,
} from '@patchbay/onnx'
import type { LoraUpdate, MatrixProduct } from './lora.ts'

/** A LoRA's change of a weight, times the strength the user chose. */
export interface AppliedUpdate {
  readonly update: LoraUpdate
  /** 0 leaves the weight as it is; 1 is the change as trained; may be negative. */
  readonly strength: number
}

/**
 * Binds parameters as `base` does, with the changes of LoRAs added where the graph runs: the weight's file stays
 * mapped, and only the factors are stored beside it. Updates of strength 0 are left out, so such a graph is the
 * unchanged one.
 */
export function bindWithLoras(base: BindParameter, applied: readonly AppliedUpdate[]): BindParameter {
  const byWeight = new Map<string, AppliedUpdate[]>()
  for (const one of applied) {
    if (one.strength === 0) continue
    const updates = byWeight.get(one.update.weight)
    if (updates) updates.push(one)
    else byWeight.set(one.update.weight, [one])
  }
  return (parameter) => {
    const updates = byWeight.get(parameter.name)
    if (!updates) return base(parameter)
    const graph = new Graph()
    const shape = parameter.shape.map(Number)
    const factors: Weight[] = []
    const factor = (weight: Weight): Value => {
      const name = `lora.${factors.length}.${weight.name}`
      factors.push({ name, dtype: weight.dtype, shape: weight.shape, place: weight.place })
      return graph.parameter(name, parameter.dtype, weight.shape)
    }
    let value = graph.parameter(parameter.name, parameter.dtype, shape)
    for (const { update, strength } of updates) {
      const change = changeValue(update, shape, factor)
      value = ops.add(value, ops.mul(ops.reshape(change, shape), update.scale * strength))
    }
    const bindFactors = bindWeights(createWeightSource(factors, { title: 'LoRA' }))
    return {
      type: 'computed',
      value,
      bind: (inner) => (inner.name === parameter.name ? base(parameter) : bindFactors(inner)),
    }
  }
}

/** The change of a weight of this shape, not yet scaled. */
function changeValue(update: LoraUpdate, shape: readonly number[], factor: (weight: Weight) => Value): Value {
  const matrix = (one: Weight | MatrixProduct): Value =>
    'up' in one
      ? ops.matMul(factor(one.up), ops.reshape(factor(one.down), [Number(one.down.shape[0]), -1]))
      : factor(one)
  switch (update.form) {
    case 'low-rank':
      return product(factor(update.up), factor(update.down), update.mid && factor(update.mid))
    case 'hadamard':
      return ops.mul(matrix(update.products[0]), matrix(update.products[1]))
    case 'kronecker':
      return kronecker(matrix(update.factors[0]), matrix(update.factors[1]), shape)
    default:
      return update satisfies never
  }
}

/**
 * The Kronecker product of [a, b] and [out / a, in / b · pixels] as [out, in · pixels]: element (i·o + k, j·n + l) is
 * first(i, j) times second(k, l).
 */
function kronecker(first: Value, second: Value, [out = 1, width = 1]: readonly number[]): Value {
  const [a, b] = first.shape.map(Number)
  if (!a || !b || out % a !== 0 || width % b !== 0) {
    throw new RangeError(`A LoKr factor [${first.shape.join(', ')}] does not divide a weight of ${out} × ${width}`)
  }
  const [rows, columns] = [out / a, width / b]
  const left = ops.reshape(first, [a, 1, b, 1])
  const right = ops.reshape(second, [1, rows, 1, -1])
  const pixels = second.shape.reduce<number>((count, size) => count * Number(size), 1) / (rows * columns)
  return ops.reshape(ops.mul(left, right), [out, width * pixels])
}

/** up · down as a matrix [out, in · pixels]; with `mid` (its kernel between them), up · mid · down. */
function product(up: Value, down: Value, mid: Value | undefined): Value {
  const [out = 1, rank = 1] = up.shape.map(Number)
  const left = ops.reshape(up, [out, rank])
  const inner = Number(down.shape[0])
  if (!mid) return ops.matMul(left, ops.reshape(down, [inner, -1]))
  const pixels = Number(mid.shape[2]) * Number(mid.shape[3])
  const columns = Number(down.shape[1])
  const kernels = ops.reshape(ops.matMul(left, ops.reshape(mid, [rank, -1])), [out, inner, pixels])
  const rows = ops.matMul(ops.transpose(kernels, [0, 2, 1]), ops.reshape(down, [inner, columns]))
  return ops.transpose(rows, [0, 2, 1])
}
