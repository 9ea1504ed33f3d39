import type { Graph, Value } from '../graph/graph.ts'
import type { DType } from '../tensor/dtype.ts'
import type { FeatureMap } from './feature-map.ts'

/**
 * How attention is computed. `fused`: ONNX Runtime's own operator, the fastest where a provider computes it rightly.
 * `chunked`: products and softmax over a few queries at a time, so that the scores stay small. `plain`: at once, which
 * is what can be differentiated.
 */
export type AttentionForm = 'fused' | 'chunked' | 'plain'

/** Queries, keys and values of an attention layer, before they are mixed. */
export interface AttentionParts {
  /** `[n, s, w]` */
  readonly query: Value
  /** `[n, t, w]` */
  readonly key: Value
  /** `[n, t, w]` */
  readonly value: Value
  /** Whether the keys come from elsewhere than the queries, such as a text. */
  readonly isCross: boolean
  /** Whether these keys and values stand beside others of the same queries: hooks leave them as they are. */
  readonly isBeside?: boolean
  /** The map whose places the queries are, where they are places of one. */
  readonly places?: FeatureMap
}

/**
 * What a graph changes in its layers, wherever they are. Each hook is given the layer without the change, and stands
 * in for it; the scope tells where in the network it is.
 */
export interface LayerHooks {
  /** Round attention between `to_q`, `to_k`, `to_v` and `to_out`. */
  readonly attention?:
    ((at: Scope, parts: AttentionParts, attend: (parts: AttentionParts) => Value) => Value) | undefined
  /** Round self-attention with its projections: `x` is `[n, s, w]`. */
  readonly selfAttention?:
    ((at: Scope, x: Value, layer: (x: Value) => Value, places: FeatureMap | undefined) => Value) | undefined
  /** Round a group normalisation. */
  readonly groupNorm?: ((at: Scope, x: FeatureMap, norm: (x: FeatureMap) => FeatureMap) => FeatureMap) | undefined
}

export interface ScopeOptions {
  /** The dtype the layers compute in. Default `float32`. */
  readonly dtype?: DType
  /** Default `fused`. */
  readonly attention?: AttentionForm
  /** Default none. */
  readonly hooks?: LayerHooks
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
  readonly hooks: LayerHooks

  constructor(graph: Graph, { dtype = 'float32', attention = 'fused', hooks = {} }: ScopeOptions = {}, prefix = '') {
    this.graph = graph
    this.prefix = prefix
    this.dtype = dtype
    this.attention = attention
    this.hooks = hooks
  }

  /** The same place, with other hooks in its layers. */
  hooked(hooks: LayerHooks): Scope {
    const { graph, dtype, attention, prefix } = this
    return new Scope(graph, { dtype, attention, hooks }, prefix)
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
