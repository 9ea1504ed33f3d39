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
}
