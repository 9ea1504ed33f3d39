import { type Lane, lanes as laneNames } from '../definition/node-declaration.ts'
import type { Lanes } from './lanes.ts'
import type { PlannedNode } from '../planning/planned-node.ts'
import { ReadyQueue } from './ready-queue.ts'

/**
 * Synchronous nodes run one after the other for so long; then timers, signals and readers of events have their turn.
 */
const sliceMs = 12
const nodesBetweenLooks = 32

/** A node that goes on once it has a place in its lane again. */
interface Return {
  accept(): boolean
  resolve(): void
}

/** Nodes that could run, by lane, and the loop that begins them as lanes have room. */
export class Schedule {
  private readonly lanes: Lanes
  private readonly begin: (node: PlannedNode) => void
  private readonly afterwards: () => void
  private readonly ready: Record<Lane, ReadyQueue<PlannedNode>> = {
    cpu: new ReadyQueue(),
    gpu: new ReadyQueue(),
    io: new ReadyQueue(),
  }
  /** Nodes that go on after they waited outside of their lane; they come before nodes that begin. */
  private readonly returns: Record<Lane, Return[]> = { cpu: [], gpu: [], io: [] }
  private readonly isWaitingFor: Record<Lane, boolean> = { cpu: false, gpu: false, io: false }
  private isDraining = false
  private isYielding = false
  private isStopped = false

  /**
   * `begin` begins a node, which has a place in its lane. `afterwards` is called whenever nothing more can begin at
   * this moment.
   */
  constructor(lanes: Lanes, begin: (node: PlannedNode) => void, afterwards: () => void) {
    this.lanes = lanes
    this.begin = begin
    this.afterwards = afterwards
  }

  add(node: PlannedNode): void {
    this.ready[laneOf(node)].push(node)
  }

  /**
   * Resolves once the node has had a place in its lane again. `accept` says whether it takes the place; it is not asked
   * when nothing begins any more.
   */
  reenter(node: PlannedNode, accept: () => boolean): Promise<void> {
    if (this.isStopped) return Promise.resolve()
    return new Promise((resolve) => {
      this.returns[laneOf(node)].push({ accept, resolve })
      this.soon()
    })
  }

  /** The node gives its place in its lane back. */
  leave(node: PlannedNode): void {
    this.lanes.give(laneOf(node))
  }

  get hasWork(): boolean {
    return this.isYielding || laneNames.some((lane) => this.ready[lane].size > 0 || this.returns[lane].length > 0)
  }

  /** Drains once what is being done at this moment is done. */
  soon(): void {
    if (this.isDraining) return
    queueMicrotask(() => {
      this.drain()
    })
  }

  drain(): void {
    if (this.isDraining || this.isYielding || this.isStopped) return
    this.isDraining = true
    const sliceEnd = performance.now() + sliceMs
    let begun = 0
    for (let lane = this.nextLane(); lane; lane = this.nextLane()) {
      const back = this.returns[lane].shift()
      if (back) {
        if (!back.accept()) this.lanes.give(lane)
        back.resolve()
      } else {
        const node = this.ready[lane].pop()
        if (node) this.begin(node)
      }
      begun++
      if (begun % nodesBetweenLooks === 0 && performance.now() > sliceEnd) {
        this.isYielding = true
        setImmediate(() => {
          this.isYielding = false
          this.drain()
        })
        break
      }
    }
    this.isDraining = false
    this.afterwards()
  }

  /** Nothing begins any more. Nodes that wait to go on do so, to find that the run is over. */
  stop(): void {
    this.isStopped = true
    for (const lane of laneNames) for (const { resolve } of this.returns[lane].splice(0)) resolve()
  }

  /** A lane that has work and gave room for it. */
  private nextLane(): Lane | undefined {
    if (this.isStopped) return undefined
    for (const lane of laneNames) {
      if (this.ready[lane].size === 0 && this.returns[lane].length === 0) continue
      if (this.lanes.take(lane)) return lane
      if (this.isWaitingFor[lane]) continue
      this.isWaitingFor[lane] = true
      this.lanes.onFree(lane, () => {
        this.isWaitingFor[lane] = false
        this.drain()
      })
    }
    return undefined
  }
}

function laneOf({ definition }: PlannedNode): Lane {
  return definition.lane ?? 'cpu'
}
