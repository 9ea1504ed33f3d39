import type { NodeId, RunErrorReport } from '@patchbay/engine/workflow'
import { Failure } from '../failure.ts'

/** How a process ended, as Node reports it: one of the two is null. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export const endText = ({ code, signal }: ProcessEnd): string => signal ?? `exit code ${String(code)}`

/**
 * Says how a runner died, in words for the person whose job it was. The text on stderr may name paths and stays in the
 * log.
 */
export function crashReport(end: ProcessEnd, node: NodeId | undefined, errorTail: string): RunErrorReport {
  const where = node ? ` while node ${node} ran` : ''
  const ranOutOfMemory =
    end.signal === 'SIGKILL' || /heap out of memory|bad_alloc|std::bad_alloc|Failed to allocate/i.test(errorTail)
  const cause = ranOutOfMemory
    ? 'Most likely memory ran out: try a smaller picture, batch or model.'
    : 'This is a fault in native code or in a node; the job can be retried.'
  return {
    code: ranOutOfMemory ? 'runner-out-of-memory' : 'runner-crashed',
    message: `The runner process ended (${endText(end)})${where}. ${cause}`,
    ...(node ? { node } : {}),
  }
}

/** Why a runner that was silent for too long was stopped. */
export function stallReport(stallMs: number, node: NodeId | undefined): RunErrorReport {
  const seconds = Math.round(stallMs / 1000)
  return {
    code: 'runner-stalled',
    message: `The runner said nothing for ${seconds} s${node ? ` while node ${node} ran` : ''}, so it was stopped. If the work truly takes that long, raise --stall-timeout.`,
    ...(node ? { node } : {}),
  }
}

export const unreadable = 'sent something that is no message'

/** Why a runner whose messages cannot be read was stopped. */
export const unreadableReport = (node: NodeId | undefined): RunErrorReport => ({
  code: 'runner-unreadable',
  message: `The runner ${unreadable}${node ? ` while node ${node} ran` : ''}, so it was replaced. A node pack must not write into the channel of its process (process.send).`,
  ...(node ? { node } : {}),
})

export const checkerEnded = (): Failure =>
  new Failure('unavailable', 'The workflow could not be checked: the process that checks workflows ended.', {
    hint: 'Try again; if it ends each time, the server log says which node does it.',
    retryAfter: 1,
  })

export const checkTooLong = (ms: number): Failure =>
  new Failure('unavailable', `Checking this workflow took longer than ${ms / 1000} s, so it was given up.`, {
    hint: 'Sub-workflows that double many times do this, and nodes of packs whose own check does not end.',
  })

export const notStarting = (device: string, problem: string): Failure =>
  new Failure('unavailable', `The runner of ${device} ${problem}.`, {
    hint: "It is tried again; the server's log says more, and `patchbay doctor` looks for the cause.",
    retryAfter: 10,
  })

export const startProblem = (end: ProcessEnd): string => `ended while starting (${endText(end)}); see the server's log`
