import type { Graph } from '../graph/graph.ts'
import { rewriteGraph } from '../graph/rewrite.ts'
import { attention } from './attention.ts'
import type { AttentionForm } from './scope.ts'

/**
 * A copy of a graph whose fused attention is computed in another form: for a provider that computes the fused operator
 * wrongly, or to differentiate a graph that was built to run. The graph itself where it has none, or is to keep it.
 */
export function withAttentionForm(graph: Graph, form: AttentionForm): Graph {
  if (form === 'fused' || graph.nodes.every(({ opType }) => opType !== 'MultiHeadAttention')) return graph
  return rewriteGraph(graph, (node, copyOf) => {
    if (node.opType !== 'MultiHeadAttention') return undefined
    const [query, key, value, projectionBias, paddingMask, bias, ...caches] = node.inputs
    const { num_heads: heads, scale, unidirectional } = node.attributes
    // Models that were read may use more of the operator than layers do: those nodes stay as they are.
    if (!query || !key || !value || projectionBias || paddingMask || caches.some(Boolean)) return undefined
    if (heads?.type !== 'int') return undefined
    return [
      attention(copyOf(query), copyOf(key), copyOf(value), {
        heads: heads.value,
        causal: unidirectional?.type === 'int' && unidirectional.value === 1,
        form,
        ...(scale?.type === 'float' && scale.value !== 0 ? { scale: scale.value } : {}),
        ...(bias ? { bias: copyOf(bias) } : {}),
      }),
    ]
  })
}
