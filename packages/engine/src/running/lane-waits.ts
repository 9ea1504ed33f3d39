import type { Source } from '../planning/planned-node.ts'
import type { Demand } from './demand.ts'
import type { NodeRun } from './node-run.ts'
import type { NodeRuns } from './node-runs.ts'
import { Stage } from './node-stages.ts'
import type { RunEnd } from './run-end.ts'
import type { Schedule } from './schedule.ts'

/**
 * Takes nodes that wait out of their lanes and in again, so that a lane of one cannot lock. A node may wait for several
 * things at the same time; it goes back into its lane when the last of them is there.
 */
export class LaneWaits {
  private readonly runs: NodeRuns
  private readonly schedule: Schedule
  private readonly demand: Demand
  private readonly end: RunEnd
  /** Nodes that wait for a place in their lane to go on. */
  private readonly returns = new Map<NodeRun, Promise<void>>()

  constructor(runs: NodeRuns, schedule: Schedule, demand: Demand, end: RunEnd) {
    this.runs = runs
    this.schedule = schedule
    this.demand = demand
    this.end = end
  }

  /**
   * Runs what gives a source, for a node that is running. Resolves to the output.
   * @throws the reason of the abort, once the run is over.
   */
  async ask(run: NodeRun, source: Source): Promise<unknown> {
    const { rank } = this.runs.of(source.node)
    const { signal } = this.end
    signal.throwIfAborted()
    let value = this.runs.outputOf(source)
    if (this.runs.stages.at(rank) !== Stage.done) {
      this.runs.links.use(rank)
      await this.pause(run, () => this.answerOf(run, rank))
      value = this.runs.outputOf(source)
      this.runs.unuse(rank)
    }
    signal.throwIfAborted()
    return value
  }

  /** Gives the place in the lane back while something is awaited, and takes one again before going on. */
  async pause(run: NodeRun, wait: () => Promise<void>): Promise<void> {
    const { stages } = this.runs
    run.waits++
    this.stopAsking(run)
    if (stages.at(run.rank) === Stage.running) {
      stages.pause(run.rank)
      this.schedule.leave(run.node)
    }
    try {
      await wait()
    } finally {
      run.waits--
      if (run.waits === 0) await this.goBack(run)
    }
  }

  /** The `run` of a node has ended: it leaves its lane if it is in it. */
  settle(run: NodeRun): void {
    const { stages } = this.runs
    this.stopAsking(run)
    const isInLane = stages.at(run.rank) === Stage.running
    stages.settle(run.rank)
    if (isInLane) this.schedule.leave(run.node)
  }

  /** Demands the node of that rank; resolves once it is done, or the run is over. */
  private answerOf(asker: NodeRun, rank: number): Promise<void> {
    const { stages } = this.runs
    if (stages.at(asker.rank) === Stage.paused) {
      stages.ask(asker.rank)
      this.end.rest()
    }
    const answer = new Promise<void>((resolve) => {
      this.runs.at(rank).listen(() => {
        this.stopAsking(asker)
        resolve()
      })
    })
    this.demand.demand([rank])
    this.schedule.soon()
    return answer
  }

  /** One answer is there: the node may do something with it, though others are still to come. */
  private stopAsking({ rank }: NodeRun): void {
    if (this.runs.stages.at(rank) !== Stage.asking) return
    this.runs.stages.pause(rank)
    this.end.wake()
  }

  private goBack(run: NodeRun): Promise<void> {
    const current = this.returns.get(run)
    if (current) return current
    const { stages } = this.runs
    const back = this.schedule.reenter(run.node, () => {
      this.returns.delete(run)
      // It may have begun another wait meanwhile, or its time may have run out.
      const goesOn = run.waits === 0 && stages.at(run.rank) === Stage.paused
      if (goesOn) stages.resume(run.rank)
      return goesOn
    })
    this.returns.set(run, back)
    return back
  }
}
