import { float32, Graph, int64, ops, requireFloat32, Scope, type Tensor } from '@patchbay/onnx'
import { decoderLm } from '../architectures/decoder-lm/decoder-lm.ts'
import type { DecoderTextEncoder } from '../architectures/text-encoder-part.ts'
import { precisionOf } from '../architectures/kinds/precision.ts'
import type { AppliedUpdate } from '../weights/lora/lora-binding.ts'
import type { Sessions } from './sessions.ts'

/** A decoder-only language model as chosen in a graph: nothing is loaded until it is run. */
export interface DecoderModel {
  readonly key: string
  readonly encoder: DecoderTextEncoder
  readonly updates: readonly AppliedUpdate[]
}

/** Small enough that a word of this score counts for nothing, and far from where floats end. */
const unseen = -1e9

/**
 * The hidden states of a text that its family takes, side by side for each token: [1, tokens, states · width]. Tokens
 * from `written` on fill the text up: no word sees them.
 */
export async function encodeDecoder(
  sessions: Sessions,
  { key, encoder, updates }: DecoderModel,
  tokens: readonly number[],
  written = tokens.length,
): Promise<Tensor> {
  const isFilled = written < tokens.length
  const request = {
    key: `${key}|decoder|${encoder.states.join()}|${isFilled ? 'filled' : 'whole'}`,
    build: () => ({
      graph: decoderGraph(encoder, isFilled),
      weights: encoder.weights,
      updates,
      ...precisionOf(encoder),
    }),
  }
  return sessions.with(request, async (session) => {
    const { length } = tokens
    const { states } = await session.run({
      tokens: int64([1, length], tokens),
      ...(isFilled && { bias: float32([1, 1, length, length], seenWords(length, written)) }),
    })
    return requireFloat32(states, 'The text encoder')
  })
}

function decoderGraph({ config, states }: DecoderTextEncoder, isFilled: boolean): Graph {
  const graph = new Graph()
  const ids = graph.input('tokens', 'int64', [1, 'tokens'])
  const bias = isFilled ? graph.input('bias', 'float32', [1, 1, 'tokens', 'tokens']) : undefined
  const all = decoderLm(new Scope(graph), config, ids, { states, ...(bias && { bias }) })
  const [first] = all
  graph.output('states', first && all.length === 1 ? first : ops.concat(all, 2))
  return graph
}

/** What is added to the scores: each token sees the words up to its own place. */
function seenWords(length: number, written: number): Float32Array {
  const bias = new Float32Array(length * length).fill(unseen)
  for (let row = 0; row < length; row++) bias.fill(0, row * length, row * length + Math.min(row + 1, written))
  return bias
}
