import * as ops from '../graph/ops/index.ts'
import { GraphError } from '../graph/graph-error.ts'
import type { Value } from '../graph/graph.ts'
import { plainMlp } from './gated-mlp.ts'
import { headNorm, jointAttention, projections, type Projections } from './joint-attention.ts'
import { linear, sequenceShape } from './linear.ts'
import { gated, modulate, modulation, plainLayerNorm } from './modulation.ts'
import type { RotaryTable } from './rotary.ts'
import type { Scope } from './scope.ts'

/** Tokens of the text and of the picture, `[n, s, w]` each. */
export interface JointStreams {
  readonly text: Value
  readonly image: Value
}

export interface JointBlockOptions {
  readonly heads: number
  /** Whether the heads of queries and keys are normalised. */
  readonly qkNorm: boolean
  /** Turns the heads by their places, text first. */
  readonly rotary?: RotaryTable
  /** A second attention of the picture to itself beside the joint one (SD 3.5 medium). Default false. */
  readonly dual?: boolean
  /** The last block of SD 3 reads the text and gives none back. Default false. */
  readonly isLast?: boolean
}

/**
 * The two-stream block of SD 3 and Flux (Esser et al. 2024, figure 2b; diffusers' JointTransformerBlock and
 * FluxTransformerBlock): text and picture have weights of their own, and one attention. `condition` is `[n, w]`.
 */
export function jointBlock(
  scope: Scope,
  { text, image }: JointStreams,
  condition: Value,
  options: JointBlockOptions,
): JointStreams {
  const { dual = false, isLast = false, heads, rotary } = options
  const { width } = sequenceShape(image)
  const [shift, scale, gate, mlpShift, mlpScale, mlpGate, shift2, scale2, gate2] = modulation(
    scope.at('norm1', 'linear'),
    condition,
    { width, count: dual ? 9 : 6 },
  )
  if (!shift || !scale || !gate || !mlpShift || !mlpScale || !mlpGate) throw new GraphError('Six vectors were made')
  const plain = plainLayerNorm(image)
  const own = imageProjections(scope.at('attn'), modulate(plain, shift, scale), options)
  const told = textStream(scope, text, condition, isLast)
  const spoken = textProjections(scope.at('attn'), told.normal, options)
  const [fromText, fromImage] = jointAttention(scope.at('attn'), [spoken, own], { heads, rotary })
  if (!fromText || !fromImage) throw new GraphError('Two streams were joined')
  let x = gated(image, gate, linear(scope.at('attn', 'to_out', 0), fromImage, { out: width }))
  if (dual && shift2 && scale2 && gate2) {
    const second = imageProjections(scope.at('attn2'), modulate(plain, shift2, scale2), options)
    const [mixed = image] = jointAttention(scope.at('attn2'), [second], { heads })
    x = gated(x, gate2, linear(scope.at('attn2', 'to_out', 0), mixed, { out: width }))
  }
  const hidden = modulate(plainLayerNorm(x), mlpShift, mlpScale)
  x = gated(x, mlpGate, plainMlp(scope.at('ff'), hidden, { inner: 4 * width, activation: 'gelu-tanh' }))
  return { image: x, text: told.after(fromText) }
}

function imageProjections(scope: Scope, x: Value, { heads, qkNorm }: JointBlockOptions): Projections {
  const { width } = sequenceShape(x)
  return normalized(
    scope,
    projections(scope, x, { width }),
    qkNorm && { head: width / heads, names: ['norm_q', 'norm_k'] },
  )
}

function textProjections(scope: Scope, x: Value, { heads, qkNorm }: JointBlockOptions): Projections {
  const { width } = sequenceShape(x)
  const names = ['add_q_proj', 'add_k_proj', 'add_v_proj'] as const
  const norms = ['norm_added_q', 'norm_added_k'] as const
  return normalized(scope, projections(scope, x, { width, names }), qkNorm && { head: width / heads, names: norms })
}

/** The same projections with each head of queries and keys normalised, where names of their norms are given. */
export function normalized(
  scope: Scope,
  { query, key, value }: Projections,
  norm: false | { readonly head: number; readonly names: readonly [string, string]; readonly epsilon?: number },
): Projections {
  if (norm === false) return { query, key, value }
  const { head, names, epsilon = 1e-6 } = norm
  return {
    query: headNorm(scope.at(names[0]), query, head, { epsilon }),
    key: headNorm(scope.at(names[1]), key, head, { epsilon }),
    value,
  }
}

interface TextStream {
  /** What the attention reads. */
  readonly normal: Value
  /** The text after the block, of what the attention gave it. */
  after(mixed: Value): Value
}

function textStream(scope: Scope, text: Value, condition: Value, isLast: boolean): TextStream {
  const { width } = sequenceShape(text)
  const at = scope.at('norm1_context', 'linear')
  if (isLast) {
    const [scale = text, shift = text] = modulation(at, condition, { width, count: 2 })
    return { normal: modulate(plainLayerNorm(text), shift, scale), after: () => text }
  }
  const [shift, scale, gate, mlpShift, mlpScale, mlpGate] = modulation(at, condition, { width, count: 6 })
  if (!shift || !scale || !gate || !mlpShift || !mlpScale || !mlpGate) throw new GraphError('Six vectors were made')
  return {
    normal: modulate(plainLayerNorm(text), shift, scale),
    after(mixed) {
      const x = gated(text, gate, linear(scope.at('attn', 'to_add_out'), mixed, { out: width }))
      const hidden = modulate(plainLayerNorm(x), mlpShift, mlpScale)
      return gated(x, mlpGate, plainMlp(scope.at('ff_context'), hidden, { inner: 4 * width, activation: 'gelu-tanh' }))
    },
  }
}

/**
 * Flux's block of one stream (diffusers' FluxSingleTransformerBlock): attention and feed-forward layer side by side
 * (Dehghani et al. 2023), joined by `proj_out`. x `[n, s, w]`, text first.
 */
export function singleBlock(
  scope: Scope,
  x: Value,
  condition: Value,
  { heads, rotary }: { readonly heads: number; readonly rotary: RotaryTable },
): Value {
  const { width } = sequenceShape(x)
  const [shift = x, scale = x, gate = x] = modulation(scope.at('norm', 'linear'), condition, { width, count: 3 })
  const normal = modulate(plainLayerNorm(x), shift, scale)
  const own = imageProjections(scope.at('attn'), normal, { heads, qkNorm: true })
  const [mixed = x] = jointAttention(scope.at('attn'), [own], { heads, rotary })
  const hidden = ops.gelu(linear(scope.at('proj_mlp'), normal, { out: 4 * width }), 'tanh')
  return gated(x, gate, linear(scope.at('proj_out'), ops.concat([mixed, hidden], 2), { out: width }))
}
