import { Graph, bindWeights, createWeightSource, type BindParameter, type Value, type Weight } from '@patchbay/onnx'
import { changedValue } from './change-value.ts'
import type { LoraUpdate } from './lora-change.ts'

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
    const own = graph.parameter(parameter.name, parameter.dtype, shape)
    // One after the other: some changes depend on what those before them left.
    const value = updates.reduce((sum, { update, strength }) => changedValue(sum, update, strength, factor), own)
    const bindFactors = bindWeights(createWeightSource(factors, { title: 'LoRA' }))
    return {
      type: 'computed',
      value,
      bind: (inner) => (inner.name === parameter.name ? base(parameter) : bindFactors(inner)),
    }
  }
}
