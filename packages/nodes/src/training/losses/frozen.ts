import { ops, Scope, type Graph, type ScopeOptions, type Value } from '@patchbay/onnx'

/** The value as it is, through which no gradient flows. */
export function stopGradient(x: Value): Value {
  const y = ops.identity(x)
  return x.graph.defineGradient(y, [x], () => [undefined])
}

/** A place in a state dict whose parameters are used but not trained by what is made of them here. */
export class FrozenScope extends Scope {
  readonly #options: ScopeOptions

  constructor(graph: Graph, options: ScopeOptions, prefix = '') {
    super(graph, options, prefix)
    this.#options = options
  }

  override at(...path: readonly (string | number)[]): Scope {
    return new FrozenScope(this.graph, this.#options, super.at(...path).prefix)
  }

  override parameter(name: string, shape: readonly number[]): Value {
    return stopGradient(super.parameter(name, shape))
  }
}
