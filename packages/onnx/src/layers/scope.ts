import type { Graph, Value } from '../graph/graph.ts'
import type { DType } from '../tensor/dtype.ts'

/**
 * How attention is computed. `fused`: ONNX Runtime's own operator, the fastest where a provider computes it rightly.
 * `chunked`: products and softmax over a few queries at a time, so that the scores stay small. `plain`: at once, which
 * is what can be differentiated.
 */
export type AttentionForm = 'fused' | 'chunked' | 'plain'

export interface ScopeOptions {
  /** The dtype the layers compute in. Default `float32`. */
  readonly dtype?: DType
  /** Default `fused`. */
  readonly attention?: AttentionForm
}

/**
 * A place in a state dict: where a layer finds its parameters. `scope.at('down_blocks', 0)` is the place below it, so
 * that a layer asks for `weight` and gets `down_blocks.0.weight`.
 */
export class Scope {
  readonly graph: Graph
  readonly prefix: string
  readonly dtype: DType
  readonly attention: AttentionForm

  constructor(graph: Graph, { dtype = 'float32', attention = 'fused' }: ScopeOptions = {}, prefix = '') {
    this.graph = graph
    this.prefix = prefix
    this.dtype = dtype
    this.attention = attention
  }

  /** The place below this one. */
  at(...path: readonly (string | number)[]): Scope {
    return new Scope(this.graph, this, [...(this.prefix === '' ? [] : [this.prefix]), ...path].join('.'))
  }

  /** The parameter of this name here, in the dtype the layers compute in. */
  parameter(name: string, shape: readonly number[]): Value {
    return this.graph.parameter(this.prefix === '' ? name : `${this.prefix}.${name}`, this.dtype, shape)
  }

  /** Names the nodes that `build` makes after this place. */
  build<Result>(build: () => Result): Result {
    return this.prefix === '' ? build() : this.graph.scope(this.prefix, build)
  }
}
