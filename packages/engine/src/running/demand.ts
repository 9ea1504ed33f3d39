import type { OutputRecord } from '../definition/flowing.ts'
import type { Flight } from '../memo/flights.ts'
import { NodeError } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import type { NodeRuns } from './node-runs.ts'
import { Stage } from './node-stages.ts'
import type { Found, Reuse } from './reuse.ts'
import type { RunEnd } from './run-end.ts'
import type { Schedule } from './schedule.ts'

/** Hears that the result of a node is there without running it. */
export type Take = (run: NodeRun, results: OutputRecord, from: 'memory' | 'disk' | 'in-flight') => void

/**
 * Decides what must run: what is demanded is looked for in the memo, else what feeds it is demanded in turn. Nodes by
 * rank.
 */
export class Demand {
  private readonly runs: NodeRuns
  private readonly reuse: Reuse
  private readonly schedule: Schedule
  private readonly end: RunEnd
  private readonly take: Take

  constructor(runs: NodeRuns, reuse: Reuse, schedule: Schedule, end: RunEnd, take: Take) {
    this.runs = runs
    this.reuse = reuse
    this.schedule = schedule
    this.end = end
    this.take = take
  }

  /** The first of `demanded` comes first where there is a choice. */
  demand(demanded: readonly number[]): void {
    const { stages } = this.runs
    const open = [...demanded].reverse()
    for (let rank = open.pop(); rank !== undefined; rank = open.pop()) {
      if (stages.at(rank) !== Stage.idle) continue
      stages.look(rank)
      if (!this.isFound(rank, this.reuse.find(rank))) this.demandSources(rank, open)
    }
  }

  /** Demands `sources` for a node that has run already and waits for them. */
  demandFor(run: NodeRun, sources: readonly NodeRun[]): void {
    const { stages } = this.runs
    const open: number[] = []
    for (const source of sources) {
      if (stages.at(source.rank) === Stage.done) continue
      stages.addPending(run.rank)
      source.joined ??= []
      source.joined.push(run)
      if (stages.at(source.rank) === Stage.idle) open.push(source.rank)
    }
    this.demand(open)
  }

  private demandSources(rank: number, open: number[]): void {
    const { links, stages } = this.runs
    stages.wait(rank)
    // The first to be looked at is the last to be pushed.
    for (let link = links.end(rank) - 1; link >= links.begin(rank); link--) {
      if (links.isLazy(link)) continue
      const feeder = links.feeder(link)
      const stage = stages.at(feeder)
      if (stage === Stage.done) continue
      stages.waitFor(link)
      if (stage === Stage.idle) open.push(feeder)
    }
    if (stages.pendingOf(rank) === 0) this.schedule.add(this.runs.nodeAt(rank))
  }

  /** Whether the result is there, or will come from the memo or from a node in flight that is the same. */
  private isFound(rank: number, found: Found): boolean {
    switch (found.type) {
      case 'nothing':
        return false
      case 'results':
        this.take(this.runs.at(rank), found.remembered.results, found.remembered.from)
        return true
      case 'later':
        this.end.track(
          found.remembered.then((remembered) => {
            if (this.end.isOver) return
            if (remembered) this.take(this.runs.at(rank), remembered.results, remembered.from)
            else this.compute(rank)
          }),
        )
        return true
      case 'in-flight':
        this.waitFor(rank, found.flight)
        return true
    }
  }

  /** Not in the memo, as was found out a while ago. */
  private compute(rank: number): void {
    const open: number[] = []
    if (!this.isFound(rank, this.reuse.joinFlight(rank))) this.demandSources(rank, open)
    this.demand(open.reverse())
  }

  /** Waits for a node in flight that is the same: takes its results, or computes when it came to nothing. */
  private waitFor(rank: number, flight: Flight): void {
    const isOwn = this.reuse.isOwn(flight)
    const node = this.runs.nodeAt(rank)
    const other = flight.of.nodeAt(flight.rank)
    if (isOwn && node.id.startsWith(`${other.id}/`)) {
      const what = `it is the same as node ${other.id}, which expanded into it: this has no end.`
      this.end.fail(new NodeError('stalled', node, what))
      return
    }
    const arrived = isOwn ? () => undefined : this.end.hold()
    flight.of.wait(flight.rank, (results) => {
      arrived()
      if (this.end.isOver) return
      if (results) this.take(this.runs.at(rank), results, 'in-flight')
      else {
        this.runs.stages.forget(rank)
        this.demand([rank])
      }
      this.schedule.soon()
    })
  }
}
