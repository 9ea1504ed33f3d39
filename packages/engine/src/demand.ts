import type { OutputRecord } from './flowing.ts'
import type { Flight } from './memo/flights.ts'
import { NodeError } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import type { NodeRuns } from './node-runs.ts'
import type { Found, Passenger, Reuse } from './reuse.ts'
import type { Schedule } from './schedule.ts'

/** What demanding nodes does to the run around it. */
export interface DemandEffects {
  readonly isOver: () => boolean
  /** The result of a node is there without running it. */
  take(run: NodeRun, results: OutputRecord, from: 'memory' | 'disk' | 'in-flight'): void
  fail(error: NodeError): void
  /** Counts something as under way until it calls back. */
  track(work: Promise<void>): void
  /** Counts a wait for another run; the result ends it. */
  waitOutside(): () => void
}

/** Decides what must run: what is demanded is looked for in the memo, else what feeds it is demanded in turn. */
export class Demand implements Passenger {
  private readonly runs: NodeRuns
  private readonly reuse: Reuse
  private readonly schedule: Schedule
  private readonly effects: DemandEffects

  constructor(runs: NodeRuns, reuse: Reuse, schedule: Schedule, effects: DemandEffects) {
    this.runs = runs
    this.reuse = reuse
    this.schedule = schedule
    this.effects = effects
  }

  /** The first of `demanded` comes first where there is a choice. */
  demand(demanded: readonly NodeRun[]): void {
    const open = [...demanded].reverse()
    for (let run = open.pop(); run; run = open.pop()) {
      if (run.state !== 'idle') continue
      run.state = 'looking'
      if (!this.isFound(run, this.reuse.find(run, this))) this.demandSources(run, open)
    }
  }

  /** Demands `sources` for a node that has run already and waits for them. */
  demandFor(run: NodeRun, sources: readonly NodeRun[]): void {
    const open: NodeRun[] = []
    for (const source of sources) waitFor(run, source, open)
    this.demand(open.reverse())
  }

  private demandSources(run: NodeRun, open: NodeRun[]): void {
    run.state = 'waiting'
    // The first to be looked at is the last to be pushed.
    const { links } = this.runs
    for (let link = links.end(run.rank) - 1; link >= links.begin(run.rank); link -= 1) {
      if (!links.isLazy(link)) waitFor(run, this.runs.at(links.feeder(link)), open)
    }
    if (run.pending === 0) this.schedule.add(run)
  }

  /** Whether the result is there, or will come from the memo or from a node in flight that is the same. */
  private isFound(run: NodeRun, found: Found): boolean {
    switch (found.type) {
      case 'nothing':
        return false
      case 'results':
        this.effects.take(run, found.remembered.results, found.remembered.from)
        return true
      case 'later':
        this.effects.track(
          found.remembered.then((remembered) => {
            if (this.effects.isOver()) return
            if (remembered) this.effects.take(run, remembered.results, remembered.from)
            else this.compute(run)
          }),
        )
        return true
      case 'in-flight':
        if (this.runs.has(found.flight) && run.node.id.startsWith(`${found.flight.node.id}/`)) {
          const what = `it is the same as node ${found.flight.node.id}, which expanded into it: this has no end.`
          this.effects.fail(new NodeError('stalled', run.node, what))
        }
        return true
    }
  }

  /** Not in the memo, as was found out a while ago. */
  private compute(run: NodeRun): void {
    const open: NodeRun[] = []
    if (!this.isFound(run, this.reuse.joinFlight(run, this))) this.demandSources(run, open)
    this.demand(open.reverse())
  }

  /** Waits for a node in flight that is the same as `run`: takes its results, or computes when it came to nothing. */
  board(run: NodeRun, flight: Flight): (results: OutputRecord | undefined) => void {
    const arrived = this.runs.has(flight) ? () => undefined : this.effects.waitOutside()
    return (results) => {
      arrived()
      if (this.effects.isOver()) return
      if (results) this.effects.take(run, results, 'in-flight')
      else {
        run.state = 'idle'
        this.demand([run])
      }
      this.schedule.soon()
    }
  }
}

function waitFor(run: NodeRun, source: NodeRun, open: NodeRun[]): void {
  if (source.state === 'done') return
  run.pending += 1
  // A literal of one is small; an empty one that is pushed to has room for seventeen, and most nodes feed one.
  if (source.waiting) source.waiting.push(run)
  else source.waiting = [run]
  if (source.state === 'idle') open.push(source)
}
