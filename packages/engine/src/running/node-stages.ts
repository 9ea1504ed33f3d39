import type { LinkTable } from '../planning/link-table.ts'

/** How far a node of a run is. */
export const Stage = {
  /** Nothing has asked for it. */
  idle: 0,
  /** Its result is looked for in the memo, or awaited from a node that is the same. */
  looking: 1,
  /** What feeds it is being computed, or it waits for its lane. */
  waiting: 2,
  running: 3,
  /** It made a graph, whose outputs it waits for. */
  expanded: 4,
  done: 5,
} as const
export type Stage = (typeof Stage)[keyof typeof Stage]

/**
 * How far each node of a run is and which nodes wait for which, by rank. Kept in arrays of numbers: a large graph is demanded from its
 * end and computed from its beginning, and whatever all its nodes hold between the two is memory that is copied and fetched again.
 */
export class NodeStages {
  private readonly links: LinkTable
  private stages: Uint8Array
  /** How many sources of a node are not done yet. */
  private pending: Int32Array
  /** Of each node, one more than the link that began to wait for it last; 0 for none. */
  private lastWait: Int32Array
  /** Of each link that waits, one more than the one that began before it to wait for the same node. */
  private earlierWait: Int32Array

  constructor(links: LinkTable) {
    this.links = links
    this.stages = new Uint8Array(links.nodeCount)
    this.pending = new Int32Array(links.nodeCount)
    this.lastWait = new Int32Array(links.nodeCount)
    this.earlierWait = new Int32Array(links.linkCount)
  }

  at(rank: number): Stage {
    // Only stages are ever set; a node that was taken in since is idle.
    return (this.stages[rank] ?? Stage.idle) as Stage
  }

  set(rank: number, stage: Stage): void {
    if (rank >= this.stages.length) this.grow(rank)
    this.stages[rank] = stage
  }

  /** One source more that the node waits for. */
  addPending(rank: number): void {
    if (rank >= this.pending.length) this.grow(rank)
    this.pending[rank] = this.pendingOf(rank) + 1
  }

  /** One source fewer; how many are left. */
  removePending(rank: number): number {
    const left = this.pendingOf(rank) - 1
    this.pending[rank] = left
    return left
  }

  pendingOf(rank: number): number {
    return this.pending[rank] ?? 0
  }

  /** The node at the end of a link waits for the one that feeds it. */
  wait(link: number): void {
    this.addPending(this.links.fed(link))
    const feeder = this.links.feeder(link)
    if (feeder >= this.lastWait.length) this.grow(feeder)
    if (link >= this.earlierWait.length) this.earlierWait = lengthened(this.earlierWait, link)
    this.earlierWait[link] = this.lastWait[feeder] ?? 0
    this.lastWait[feeder] = link + 1
  }

  /** A node is done: calls `wake` with each that now waits for nothing more. */
  wakeBehind(rank: number, wake: (rank: number) => void): void {
    let next = this.lastWait[rank] ?? 0
    if (next === 0) return
    this.lastWait[rank] = 0
    for (; next !== 0; next = this.earlierWait[next - 1] ?? 0) {
      const fed = this.links.fed(next - 1)
      if (this.removePending(fed) === 0) wake(fed)
    }
  }

  private grow(rank: number): void {
    const longer = new Uint8Array(2 * (rank + 1))
    longer.set(this.stages)
    this.stages = longer
    this.pending = lengthened(this.pending, rank)
    this.lastWait = lengthened(this.lastWait, rank)
  }
}

function lengthened(numbers: Int32Array, index: number): Int32Array {
  const longer = new Int32Array(2 * (index + 1))
  longer.set(numbers)
  return longer
}
