import {
  bindWeights,
  createWeightSource,
  evaluate,
  fromFloat32,
  Graph,
  ops,
  requireFloat32,
  type Weight,
  type WeightSource,
} from '@patchbay/onnx'
import { storedType } from '../merge-weights.ts'
import { bindWithLoras, type AppliedUpdate } from './lora-binding.ts'

/**
 * Weights with the changes of LoRAs worked in, to be written. Those that change are computed one by one, and held in
 * memory.
 */
export async function weightsWithUpdates(
  source: WeightSource,
  updates: readonly AppliedUpdate[],
): Promise<WeightSource> {
  const changed = new Map<string, Weight>()
  const acting = updates.filter(({ strength }) => strength !== 0)
  for (const name of new Set(acting.map(({ update }) => update.weight))) {
    const own = source.get(name)
    if (!own) continue
    const graph = new Graph()
    graph.output('changed', ops.identity(graph.parameter(name, 'float32', own.shape)))
    const { changed: result } = await evaluate(graph, {}, bindWithLoras(bindWeights(source), acting))
    const bytes = fromFloat32(requireFloat32(result, 'A changed weight').data, storedType(own))
    changed.set(name, { name, dtype: storedType(own), shape: own.shape, place: { type: 'memory', bytes } })
  }
  const weights = source.names.flatMap((name) => changed.get(name) ?? source.get(name) ?? [])
  return createWeightSource(weights, { title: source.title, metadata: source.metadata })
}
