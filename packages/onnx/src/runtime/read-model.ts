import { InferenceSession } from 'onnxruntime-node'
import type { Graph } from '../graph/graph.ts'
import { bindWeights } from '../serialize/bind-weights.ts'
import type { BindParameter } from '../serialize/binding.ts'
import { readOutline } from '../serialize/model-outline.ts'
import { probeOfModel, type Probe } from '../serialize/probe-model.ts'
import { dimOfSymbol, graphOfModel, parseModel, type ValueType } from '../serialize/read-model.ts'
import { dtypeNames } from '../tensor/dtype.ts'
import { fileOrigin } from '../weights/byte-origin.ts'
import { openOnnxInitializers, parseOnnxInitializers } from '../weights/onnx-initializers.ts'
import { RuntimeError } from './runtime-error.ts'

/** A model that was read: its graph, and where the values of its parameters are. */
export interface ReadModel {
  readonly graph: Graph
  readonly bind: BindParameter
}

/**
 * Reads an ONNX model, from its path or bytes, as a graph that can be spliced, rewritten, differentiated and run.
 * Shapes inside it are inferred by ONNX Runtime, without its weights. Graphs inside nodes (branches of If, bodies of
 * Loop) are kept as they are.
 */
export async function readModel(source: string | Uint8Array): Promise<ReadModel> {
  const title = typeof source === 'string' ? source : 'The model'
  const bytes = typeof source === 'string' ? readOutline(fileOrigin(source)) : source
  const model = parseModel(bytes, title)
  const types = await inferTypes(probeOfModel(model), title)
  const weights = typeof source === 'string' ? openOnnxInitializers(source) : parseOnnxInitializers(source)
  return { graph: graphOfModel(model, types, title), bind: bindWeights(weights) }
}

/** The types of all that the nodes of the probe give. */
async function inferTypes({ bytes, stored }: Probe, title: string): Promise<ReadonlyMap<string, ValueType>> {
  try {
    const session = await InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', logSeverityLevel: 3 })
    const types = session.outputMetadata.flatMap((output) => {
      const dtype = dtypeNames.find((known) => output.isTensor && known === output.type)
      if (!output.isTensor || !dtype) return []
      const shape = output.shape.map((dim, axis) =>
        typeof dim === 'string'
          ? dimOfSymbol(dim, output.name, axis)
          : dim < 0
            ? dimOfSymbol('', output.name, axis)
            : dim,
      )
      return [[output.name, { dtype, shape }] as const]
    })
    await session.release()
    const known = new Map<string, ValueType>(types)
    for (const [name, told] of stored) {
      const shape = known.get(told.name)?.shape
      if (shape) known.set(name, { dtype: told.dtype, shape })
    }
    return known
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new RuntimeError('load-failed', `${title} cannot be read: ${message}`, { cause })
  }
}
