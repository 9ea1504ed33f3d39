import { setMaxListeners } from 'node:events'
import { plainOutputs, plainValue } from '../definition/flowing.ts'
import type { Plan } from '../planning/plan.ts'
import type { RunEvent } from '../workflow/index.ts'
import { errorReportOf, messageOf, NodeError } from './node-error.ts'
import type { NodeRuns } from './node-runs.ts'
import type { Reuse } from './reuse.ts'
import type { Outcome, RunResult } from './run-options.ts'
import type { RunReport } from './run-report.ts'
import type { Schedule } from './schedule.ts'

/** The parts of a run that its end closes. */
export interface RunParts {
  readonly plan: Plan
  readonly runs: NodeRuns
  readonly report: RunReport
  readonly reuse: Reuse
  readonly schedule: Schedule
}

/**
 * Knows what of a run is under way, and ends it: once all roots are there or cannot come, or when it is cancelled. It
 * has failed when a node failed, and when all that it was for was blocked.
 */
export class RunEnd {
  private readonly ending = deferred<RunResult>()
  readonly result = this.ending.promise
  private readonly parts: RunParts
  private readonly controller = new AbortController()
  /** Ranks of the roots that are not done. */
  private readonly roots: Set<number>
  /** Whether any root has come to something. */
  private hasGiven = false
  /** What is under way and will call back: nodes, look-ups, waits for other runs. */
  private active = 0
  /** Nodes whose `run` is under way; they may outlive the run. */
  private unsettled = 0
  private over = false

  constructor(parts: RunParts) {
    this.parts = parts
    this.roots = new Set(parts.plan.roots.map(({ rank }) => rank))
    setMaxListeners(0, this.controller.signal)
  }

  get isOver(): boolean {
    return this.over
  }

  /** Aborted when the run is over. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Cancels the run when `signal` is aborted; at once if it is already. */
  follow(signal: AbortSignal | undefined): void {
    if (!signal) return
    const cancel = () => {
      this.end(
        { type: 'run-cancelled', ms: this.parts.report.elapsed() },
        { state: 'cancelled', reason: signal.reason },
      )
    }
    if (signal.aborted) {
      cancel()
      return
    }
    signal.addEventListener('abort', cancel, { once: true })
    void this.result.then(() => {
      signal.removeEventListener('abort', cancel)
    })
  }

  /** Counts something as under way until it settles. When it rejects, the run fails. */
  track(work: Promise<void>): void {
    this.active++
    work.then(
      () => {
        this.active--
        this.parts.schedule.drain()
      },
      (error: unknown) => {
        this.active--
        const [root] = this.parts.plan.roots
        if (error instanceof NodeError) this.fail(error)
        else if (root) this.fail(new NodeError('node-failed', root, messageOf(error), { cause: error }))
      },
    )
  }

  /** Counts something as under way until what it returns is called. */
  hold(): () => void {
    this.active++
    return () => {
      this.active--
    }
  }

  /** A node that was under way does nothing by itself for a while: were all to do so, none would ever go on. */
  rest(): void {
    this.active--
  }

  /** The node is under way again. */
  wake(): void {
    this.active++
  }

  /** The `run` of a node begins. */
  nodeBegan(): void {
    this.unsettled++
  }

  /** The `run` of a node has ended. */
  nodeSettled(): void {
    this.unsettled--
    if (this.over) this.letGo()
  }

  /** The outputs of a node are there; `hasGiven`: it ran, and some of them are not blocked. */
  nodeFinished(rank: number, hasGiven: boolean): void {
    if (this.roots.delete(rank)) this.hasGiven ||= hasGiven
  }

  /** Ends the run if nothing is left to do: it has succeeded, or is stuck. */
  look(): void {
    if (this.over) return
    if (this.roots.size === 0) this.conclude()
    if (this.over || this.active > 0 || this.parts.schedule.hasWork) return
    const { runs } = this.parts
    const left = runs.unfinished()
    const node = left.find(({ rank }) => runs.isHeldUp(rank)) ?? left[0]
    if (node) this.fail(new NodeError('stalled', node, 'it waits for something that waits for it.'))
  }

  /** Ends the run at once because of a node. */
  fail(error: NodeError): void {
    if (this.over) return
    this.parts.report.nodeFailed(error)
    this.endFailed(error)
  }

  /** All roots are there, or cannot come. */
  private conclude(): void {
    const { report } = this.parts
    const [first] = report.errors
    if (first) this.endFailed(first)
    else if (!this.hasGiven && report.firstBlock) this.endFailed(nothingMade(report.firstBlock))
    else this.succeed()
  }

  private endFailed(last: NodeError): void {
    const { report } = this.parts
    const [error = last] = report.errors
    const errors = report.errors.length > 0 ? report.errors : [error]
    this.end(
      { type: 'run-failed', ms: report.elapsed(), error: errorReportOf(error) },
      { state: 'failed', error, errors },
    )
  }

  private succeed(): void {
    const { plan, runs, report } = this.parts
    const outputs = new Map(plan.roots.map((node) => [node.id, plainOutputs(runs.of(node).outputs ?? {})]))
    const results = Object.entries(plan.results).map(([name, { node, output }]) => [
      name,
      plainValue(runs.of(node).outputs?.[output]),
    ])
    const { ran, reused, blocked } = report
    this.end(
      { type: 'run-succeeded', ms: report.elapsed(), ran, reused },
      { state: 'succeeded', results: Object.fromEntries(results), outputs, blocked },
    )
  }

  /** Ends the run at once: the signal of nodes that still run is aborted, and their further events are dropped. */
  private end(event: RunEvent, outcome: Outcome): void {
    if (this.over) return
    this.over = true
    const { report, reuse, runs, schedule } = this.parts
    report.emit(event)
    report.events.close()
    const reason = outcome.state === 'cancelled' ? outcome.reason : new DOMException('The run has ended.', 'AbortError')
    this.controller.abort(reason)
    schedule.stop()
    reuse.close()
    for (const run of runs.known()) run.notify()
    this.letGo()
    const { ran, reused, warnings } = report
    this.ending.resolve({ ...outcome, ms: report.elapsed(), ran, reused, warnings })
  }

  /** Frees the resources of the run once no node uses them any more. */
  private letGo(): void {
    if (this.unsettled > 0) return
    for (const run of this.parts.runs.known()) run.letGoAll()
  }
}

/** What has gone wrong in a run all of whose roots were blocked. */
function nothingMade({ node, reason }: NonNullable<RunReport['firstBlock']>): NodeError {
  return reason === undefined
    ? new NodeError('nothing-made', node, 'it passes nothing on, and all that the run is for needs what it gives.')
    : new NodeError('blocked', node, `${reason} All that the run is for needs it, so nothing was made.`)
}

/** A promise, and the function that resolves it. */
function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}
