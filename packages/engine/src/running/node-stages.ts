import { intAt, roomFor } from '../planning/int-array.ts'
import type { LinkTable } from '../planning/link-table.ts'

/** How far a node of a run is. */
export const Stage = {
  /** Nothing has asked for it. */
  idle: 0,
  /** Its result is looked for in the memo, or awaited from a node that is the same. */
  looking: 1,
  /** What feeds it is being computed, or it waits for its lane. */
  waiting: 2,
  /** Its `run` is under way and has a place in its lane. */
  running: 3,
  /** Its `run` waits outside of the lane: for time to pass, or for a place in the lane. */
  paused: 4,
  /** Its `run` waits outside of the lane for other nodes, and does nothing by itself. */
  asking: 5,
  /** Its `run` has ended, one way or the other; its outputs are not there yet. */
  settled: 6,
  /** It made a graph, whose outputs it waits for. */
  expanded: 7,
  /** Its outputs are there. */
  done: 8,
} as const
export type Stage = (typeof Stage)[keyof typeof Stage]

/** The stages from which each stage can be reached, as bits. */
const before: Readonly<Record<Stage, number>> = {
  [Stage.idle]: 1 << Stage.looking,
  [Stage.looking]: 1 << Stage.idle,
  [Stage.waiting]: 1 << Stage.looking,
  [Stage.running]: (1 << Stage.waiting) | (1 << Stage.paused),
  [Stage.paused]: (1 << Stage.running) | (1 << Stage.asking),
  [Stage.asking]: (1 << Stage.running) | (1 << Stage.paused),
  [Stage.settled]: (1 << Stage.running) | (1 << Stage.paused) | (1 << Stage.asking),
  [Stage.expanded]: 1 << Stage.settled,
  [Stage.done]:
    (1 << Stage.idle) | (1 << Stage.looking) | (1 << Stage.waiting) | (1 << Stage.settled) | (1 << Stage.expanded),
}

/**
 * How far each node of a run is and which nodes wait for which, by rank. Only the transitions named here change a
 * stage. Kept in arrays of numbers: a large graph is demanded from its end and computed from its beginning, and
 * whatever all its nodes hold between the two is memory that is copied and fetched again.
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
    // Only stages are ever stored; a node that was taken in since is idle.
    return (this.stages[rank] ?? Stage.idle) as Stage
  }

  /** Whether the `run` of the node has ended, or never begins. */
  isSettled(rank: number): boolean {
    return this.at(rank) >= Stage.settled
  }

  /** Something asks for the node: its result is looked for. */
  look(rank: number): void {
    this.enter(rank, Stage.looking)
  }

  /** The result that was awaited does not come: the node can be asked for again. */
  forget(rank: number): void {
    this.enter(rank, Stage.idle)
  }

  /** Its result is nowhere: it waits for what feeds it. */
  wait(rank: number): void {
    this.enter(rank, Stage.waiting)
  }

  /** It has a place in its lane and begins. */
  begin(rank: number): void {
    this.enter(rank, Stage.running)
  }

  /** It gives up its place in the lane, or no longer waits for other nodes alone. */
  pause(rank: number): void {
    this.enter(rank, Stage.paused)
  }

  /** It waits for other nodes, outside of its lane. */
  ask(rank: number): void {
    this.enter(rank, Stage.asking)
  }

  /** It has a place in its lane again. */
  resume(rank: number): void {
    this.enter(rank, Stage.running)
  }

  /** Its `run` has ended. */
  settle(rank: number): void {
    this.enter(rank, Stage.settled)
  }

  /** It made a graph, and waits for it. */
  expand(rank: number): void {
    this.enter(rank, Stage.expanded)
  }

  /** Its outputs are there, or will never be. */
  finish(rank: number): void {
    this.enter(rank, Stage.done)
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

  /** How many sources of the node are not done yet. */
  pendingOf(rank: number): number {
    return intAt(this.pending, rank)
  }

  /** The node at the end of a link waits for the one that feeds it. */
  waitFor(link: number): void {
    this.addPending(this.links.fed(link))
    const feeder = this.links.feeder(link)
    if (feeder >= this.lastWait.length) this.grow(feeder)
    if (link >= this.earlierWait.length) this.earlierWait = roomFor(link, this.earlierWait)
    this.earlierWait[link] = intAt(this.lastWait, feeder)
    this.lastWait[feeder] = link + 1
  }

  /** A node is done: calls `wake` with each that waits for nothing more. */
  wakeBehind(rank: number, wake: (rank: number) => void): void {
    let next = intAt(this.lastWait, rank)
    if (next === 0) return
    this.lastWait[rank] = 0
    for (; next !== 0; next = intAt(this.earlierWait, next - 1)) {
      const fed = this.links.fed(next - 1)
      if (this.removePending(fed) === 0) wake(fed)
    }
  }

  /** A node will never be done: puts those that wait for it into `waiting`, whatever else they wait for. */
  forgetWaits(rank: number, waiting: number[]): void {
    let next = intAt(this.lastWait, rank)
    if (next === 0) return
    this.lastWait[rank] = 0
    for (; next !== 0; next = intAt(this.earlierWait, next - 1)) waiting.push(this.links.fed(next - 1))
  }

  private enter(rank: number, stage: Stage): void {
    const from = this.at(rank)
    if (((before[stage] >> from) & 1) === 0)
      throw new Error(`The node of rank ${rank} cannot go ${wayOf(from, stage)}.`)
    if (rank >= this.stages.length) this.grow(rank)
    this.stages[rank] = stage
  }

  private grow(rank: number): void {
    const longer = new Uint8Array(2 * (rank + 1))
    longer.set(this.stages)
    this.stages = longer
    this.pending = roomFor(rank, this.pending)
    this.lastWait = roomFor(rank, this.lastWait)
  }
}

function wayOf(from: Stage, to: Stage): string {
  const names = Object.keys(Stage)
  return `from "${names[from]}" to "${names[to]}"`
}
