import type { NodeId, RunErrorReport, RunEvent } from '@patchbay/engine/workflow'
import { stallReport } from './crash-report.ts'
import type { RunnerLimits } from './runner-limits.ts'

/**
 * The job that a runner works on, with the two clocks that end it: for a process that is silent, and for a cancel that
 * is not heard.
 */
export class CurrentJob {
  readonly id: string
  /** Why its process was killed, where a clock did it. */
  killReason: RunErrorReport | undefined
  isCancelled = false
  /** The node that started last. */
  node: NodeId | undefined
  private readonly limits: Pick<RunnerLimits, 'stallMs' | 'cancelGraceMs'>
  private readonly kill: () => void
  private stallTimer: NodeJS.Timeout | undefined
  private graceTimer: NodeJS.Timeout | undefined

  constructor(id: string, limits: Pick<RunnerLimits, 'stallMs' | 'cancelGraceMs'>, kill: () => void) {
    this.id = id
    this.limits = limits
    this.kill = kill
    this.keepAlive()
  }

  /** Its process was heard: the clock for silence starts again. */
  keepAlive(): void {
    clearTimeout(this.stallTimer)
    this.stallTimer = setTimeout(() => {
      this.killReason = stallReport(this.limits.stallMs, this.node)
      this.kill()
    }, this.limits.stallMs)
  }

  follow(events: readonly RunEvent[]): void {
    for (const event of events) if (event.type === 'node-started') this.node = event.node
  }

  /** Calls back after the grace time unless the job has ended by then. */
  cancel(onGraceOver: () => void): void {
    this.isCancelled = true
    this.graceTimer = setTimeout(onGraceOver, this.limits.cancelGraceMs)
  }

  stopClocks(): void {
    clearTimeout(this.stallTimer)
    clearTimeout(this.graceTimer)
  }
}
