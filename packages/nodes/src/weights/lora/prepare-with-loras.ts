import {
  bindWeights,
  mergeWeights,
  type BindParameter,
  type Graph,
  type PreparedWeights,
  type WeightSource,
  type WeightStrategyOptions,
} from '@patchbay/onnx'
import { bindWithLoras, type AppliedUpdate } from './lora-binding.ts'
import { withLoraBranches } from './lora-branches.ts'

type Prepare = (graph: Graph, weights: WeightSource, options: WeightStrategyOptions) => PreparedWeights

/**
 * Weights as their strategy has it, with LoRAs' changes: where everything folds while loading anyway, they are merged
 * then, once; else they run beside the weights where that is less work, and are added to them at each run where it is
 * not.
 */
export function prepareWithLoras(
  graph: Graph,
  weights: WeightSource,
  updates: readonly AppliedUpdate[],
  prepare: Prepare,
  options: WeightStrategyOptions,
): { readonly prepared: PreparedWeights; readonly bind: BindParameter } {
  const merging = (): ReturnType<typeof prepareWithLoras> => {
    const select = isStored(graph, bindWithLoras(bindWeights(weights), updates))
    const prepared = prepare(graph, weights, { ...options, select })
    return { prepared, bind: bindWithLoras(bindWeights(prepared.source), updates) }
  }
  if (updates.length === 0) return merging()
  const { graph: branched, factors, rest } = withLoraBranches(graph, updates)
  const stored = isStored(branched, bindWithLoras(bindWeights(mergeWeights([weights, factors])), rest))
  const select = (name: string): boolean => factors.get(name) === undefined && stored(name)
  // The factors are no part of what is prepared: a copy of the weights in the cache serves every LoRA.
  const prepared = prepare(branched, weights, { ...options, select })
  if (prepared.strategy === 'folded') return merging()
  return { prepared, bind: bindWithLoras(bindWeights(mergeWeights([prepared.source, factors])), rest) }
}

/** Tells the weights that are taken as stored from those that a binding changes: these must keep their form. */
function isStored(graph: Graph, bind: BindParameter): (name: string) => boolean {
  const changed = new Set(graph.parameters.filter((each) => bind(each).type === 'computed').map(({ name }) => name))
  return (name) => !changed.has(name)
}
