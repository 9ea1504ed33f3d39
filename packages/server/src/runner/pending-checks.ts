import type { NodeId, Workflow } from '@patchbay/engine/workflow'
import type { Checked } from './messages.ts'

/** A question to a runner process: what is wrong with a workflow. */
export interface CheckRequest {
  readonly request: number
  readonly document: Workflow
  readonly targets: readonly NodeId[] | undefined
}
interface PendingCheck extends CheckRequest {
  readonly resolve: (checked: Checked) => void
  readonly reject: (error: Error) => void
}

/**
 * Checks of workflows that a runner process has been asked for and has not answered. The process works on one at a
 * time, so each has its own time, and one that breaks the process breaks no other: those that wait go to the next
 * process.
 */
export class PendingChecks {
  private readonly waiting: PendingCheck[] = []
  private running: PendingCheck | undefined
  private timer: NodeJS.Timeout | undefined
  private nextRequest = 1

  get size(): number {
    return this.waiting.length + (this.running ? 1 : 0)
  }

  /** Resolves to the answer, once the question has been taken and answered. */
  add(document: Workflow, targets: readonly NodeId[] | undefined): Promise<Checked> {
    const request = this.nextRequest++
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, document, targets, resolve, reject })
    })
  }

  /** The question to ask next; undefined while one is being answered. `onLate` hears when that takes too long. */
  take(limitMs: number, onLate: () => void): CheckRequest | undefined {
    if (this.running) return undefined
    this.running = this.waiting.shift()
    if (this.running) this.timer = setTimeout(onLate, limitMs)
    return this.running
  }

  answer(request: number, { issues, estimates }: Checked): void {
    if (this.running?.request !== request) return
    this.end()?.resolve({ issues, estimates })
  }

  /** The process has ended: so has the check that it was at. */
  broke(error: () => Error): void {
    this.end()?.reject(error())
  }

  rejectAll(error: () => Error): void {
    this.broke(error)
    for (const { reject } of this.waiting.splice(0)) reject(error())
  }

  private end(): PendingCheck | undefined {
    clearTimeout(this.timer)
    const check = this.running
    this.running = undefined
    return check
  }
}
