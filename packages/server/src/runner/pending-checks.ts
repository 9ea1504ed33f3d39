import type { Checked } from './messages.ts'

interface PendingCheck {
  readonly resolve: (checked: Checked) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** Checks of workflows that a runner process has been asked for and has not answered. */
export class PendingChecks {
  private readonly checks = new Map<number, PendingCheck>()
  private nextRequest = 1

  get size(): number {
    return this.checks.size
  }

  /** A number for the question, and its answer. `onLate` hears of one that takes longer than `limitMs`. */
  add(limitMs: number, onLate: () => void): { readonly request: number; readonly answer: Promise<Checked> } {
    const request = this.nextRequest++
    const answer = new Promise<Checked>((resolve, reject) => {
      this.checks.set(request, { resolve, reject, timer: setTimeout(onLate, limitMs) })
    })
    return { request, answer }
  }

  answer(request: number, { issues, estimates }: Checked): void {
    this.take(request)?.resolve({ issues, estimates })
  }

  rejectAll(error: () => Error): void {
    for (const request of [...this.checks.keys()]) this.take(request)?.reject(error())
  }

  private take(request: number): PendingCheck | undefined {
    const check = this.checks.get(request)
    clearTimeout(check?.timer)
    this.checks.delete(request)
    return check
  }
}
