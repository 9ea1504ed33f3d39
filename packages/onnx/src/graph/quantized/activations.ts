import { GraphError } from '../graph-error.ts'
import type { Graph, GraphNode, Value } from '../graph.ts'
import * as ops from '../ops/index.ts'

/** A value in 8 bits: `(levels − zero) · scale`. */
export interface QuantizedActivation {
  readonly levels: Value
  readonly scale: Value
  readonly zero: Value
}

/** The activations of a graph in 8 bits. Each is quantised once, for all that read it. */
export class QuantizedActivations {
  readonly #graph: Graph
  readonly #quantized = new Map<Value, QuantizedActivation>()
  readonly #tokens = new Map<Value, QuantizedActivation>()

  constructor(graph: Graph) {
    this.#graph = graph
  }

  /** `x` by the range of its values, 0 among them, as they are when the graph runs (ONNX's DynamicQuantizeLinear). */
  of(x: Value): QuantizedActivation {
    // A reshaped value has the levels of what it was reshaped from.
    return once(this.#quantized, x, () =>
      x.producer?.opType === 'Reshape' ? this.#reshape(x.producer) : this.#quantize(x),
    )
  }

  /** A map `[n, c, h, w]` with its channels last: `[n, h, w, c]`. */
  channelsLast(x: Value): QuantizedActivation {
    return once(this.#tokens, x, () => {
      const quantized = this.of(x)
      return { ...quantized, levels: ops.transpose(quantized.levels, [0, 2, 3, 1]) }
    })
  }

  #reshape({ inputs: [source, ...shape], outputs: [x], attributes }: GraphNode): QuantizedActivation {
    if (!source || !x) throw new GraphError('A reshape without an operand or a result cannot be quantised')
    const quantized = this.of(source)
    const inputs = [quantized.levels, ...shape]
    const [levels = x] = this.#graph.add({
      opType: 'Reshape',
      inputs,
      attributes,
      outputs: [{ dtype: 'uint8', shape: x.shape }],
    })
    return { ...quantized, levels }
  }

  #quantize(x: Value): QuantizedActivation {
    const [levels = x, scale = x, zero = x] = this.#graph.add({
      opType: 'DynamicQuantizeLinear',
      inputs: [x],
      outputs: [
        { dtype: 'uint8', shape: x.shape },
        { dtype: 'float32', shape: [] },
        { dtype: 'uint8', shape: [] },
      ],
    })
    return { levels, scale, zero }
  }
}

function once<Key, Result>(kept: Map<Key, Result>, key: Key, make: () => Result): Result {
  const known = kept.get(key)
  if (known) return known
  const result = make()
  kept.set(key, result)
  return result
}
