import type { NodeId } from './workflow.ts'

/** What a node takes to run. What is not known is missing. */
export interface NodeEstimate {
  readonly node: NodeId
  readonly type: string
  /** Floating-point operations, a product and a sum counted as two. */
  readonly flops?: number
  /** Memory beside what is loaded. */
  readonly bytes?: number
  /** On the server's device, once a run has shown how fast it is. */
  readonly seconds?: number
  /** What attention compares in one call of its network, exactly, by kind. */
  readonly attention?: readonly AttentionEstimate[]
}

export interface AttentionEstimate {
  /** Places of one picture, one place along time, all with all, places with a text, or each with what came before. */
  readonly kind: 'spatial' | 'temporal' | 'full' | 'cross' | 'causal'
  /** Queries times keys, over all layers and all pictures of the call. */
  readonly pairs: number
  readonly flops: number
}
