import { Graph, int64, requireFloat32, Scope, type Tensor } from '@patchbay/onnx'
import { t5Encoder } from '../architectures/t5-encoder/t5-encoder.ts'
import type { T5TextEncoder } from '../architectures/text-encoder-part.ts'
import { precisionOf } from '../architectures/kinds/precision.ts'
import type { AppliedUpdate } from '../weights/lora/lora-binding.ts'
import type { Sessions } from './sessions.ts'

/** A T5 as chosen in a graph: nothing is loaded until it is run. */
export interface T5Model {
  readonly key: string
  readonly encoder: T5TextEncoder
  readonly updates: readonly AppliedUpdate[]
}

/** States of texts of one length, [texts, tokens, width]; what fills them up is read as well, as in training. */
export async function encodeT5(
  sessions: Sessions,
  { key, encoder, updates }: T5Model,
  texts: readonly (readonly number[])[],
): Promise<Tensor> {
  const length = texts[0]?.length ?? 0
  const request = {
    key: `${key}|t5|${length}`,
    build: () => ({ graph: t5Graph(encoder, length), weights: encoder.weights, updates, ...precisionOf(encoder) }),
  }
  return sessions.with(request, async (session) => {
    const { states } = await session.run({ tokens: int64([texts.length, length], texts.flat()) })
    return requireFloat32(states, 'The text encoder')
  })
}

function t5Graph({ config }: T5TextEncoder, length: number): Graph {
  const graph = new Graph()
  graph.output('states', t5Encoder(new Scope(graph), config, graph.input('tokens', 'int64', ['texts', length])))
  return graph
}
