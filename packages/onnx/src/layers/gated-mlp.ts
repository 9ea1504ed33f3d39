import * as ops from '../graph/ops/index.ts'
import { GraphError } from '../graph/graph-error.ts'
import type { Value } from '../graph/graph.ts'
import { activate, linear, sequenceShape, silu, type Activation } from './linear.ts'
import type { Scope } from './scope.ts'

/** SwiGLU (Shazeer 2020) of one layer that holds both halves, the gate first: `silu(x₁) · x₂`. */
export function swiGlu(x: Value): Value {
  const [gate, content] = ops.chunk(x, 2, -1)
  if (!gate || !content) throw new GraphError('chunk gives two values')
  return ops.mul(silu(gate), content)
}

export interface GatedMlpOptions {
  readonly inner: number
  readonly activation?: Activation
  /** Names of the gate, of what it gates, and of the layer back. */
  readonly names: readonly [gate: string, content: string, out: string]
  readonly bias?: boolean
}

/** A feed-forward layer whose gate is a layer of its own (Shazeer 2020): `out(act(gate(x)) · content(x))`. */
export function gatedMlp(
  scope: Scope,
  x: Value,
  { inner, activation = 'silu', names, bias = false }: GatedMlpOptions,
): Value {
  const gate = activate(activation, linear(scope.at(names[0]), x, { out: inner, bias }))
  const content = linear(scope.at(names[1]), x, { out: inner, bias })
  return linear(scope.at(names[2]), ops.mul(gate, content), { out: sequenceShape(x).width, bias })
}

/** diffusers' FeedForward without a gate: `net.0.proj`, an activation, `net.2`. */
export function plainMlp(
  scope: Scope,
  x: Value,
  { inner, activation }: { readonly inner: number; readonly activation: Activation },
): Value {
  const hidden = activate(activation, linear(scope.at('net', 0, 'proj'), x, { out: inner }))
  return linear(scope.at('net', 2), hidden, { out: sequenceShape(x).width })
}
