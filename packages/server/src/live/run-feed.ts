import type { Logger } from 'pino'
import type { RunErrorReport, RunEvent } from '@patchbay/engine/workflow'
import type { Job } from '../api/api-types.ts'
import { Failure } from '../failure.ts'
import type { RunOutcome } from '../runner/messages.ts'
import type { Supervisor } from '../runner/supervisor.ts'
import type { KeptOrPassing, RunCommands } from '../store/job-store.ts'
import type { Claim, StoredJob } from '../store/stored-job.ts'
import type { Hub } from './hub.ts'

/** Takes over what happens in runners: pictures pass to viewers, everything else goes into the store in its order. */
export interface RunFeed {
  /** Before the job is handed to its device. */
  begin(claim: Claim): void
  /** It was not handed over after all. */
  forget(job: string): void
  receive(job: string, events: readonly RunEvent[]): void
  /** After a crash of its runner a job is run again only where its policy says so. */
  ended(job: string, outcome: RunOutcome & { readonly crashed?: boolean }): void
  /** Whether any run has not been settled. */
  isBusy(): boolean
  /** Gives all that runs back to the queue, as a server that stops in order does; what runners still say is dropped. */
  giveBack(): Promise<void>
}

export interface RunFeedDependencies {
  readonly store: Pick<RunCommands, 'record' | 'finish' | 'giveBack'>
  readonly hub: Pick<Hub, 'publishPreview'>
  readonly supervisor: Pick<Supervisor, 'cancel'>
  readonly log: Pick<Logger, 'error' | 'warn'>
  /** A job is queued again after a crash at most this many times. */
  readonly maxAttempts: number
  /** A job has ended by its run. */
  readonly onFinished: (job: Job) => void
  /** A run is over, whatever became of its job; its timeline is kept. */
  readonly onRunOver: (job: string) => void
  /** After a change that the store could not keep, it is asked again in so many ms. */
  readonly againMs?: number
}

interface Run {
  readonly claim: Claim
  readonly waiting: RunEvent[]
  busy: boolean
  outcome?: RunOutcome & { readonly crashed?: boolean }
  /** Why the run cannot be kept. */
  broken?: RunErrorReport
}

export function createRunFeed(dependencies: RunFeedDependencies): RunFeed {
  const { store, hub, supervisor, log, onFinished, onRunOver, againMs = 1_000 } = dependencies
  const runs = new Map<string, Run>()
  let closed = false
  const insist = createInsisting(againMs, () => closed)
  const end = createEnding(dependencies)

  /** What came in while the last message was being kept is kept together. */
  async function pump(run: Run): Promise<void> {
    if (run.busy) return
    run.busy = true
    while (run.waiting.length > 0) await keep(run, run.waiting.splice(0))
    run.busy = false
    if (run.outcome && !closed) await settle(run, run.outcome)
  }
  async function keep(run: Run, events: readonly RunEvent[]): Promise<void> {
    const { fence } = run.claim
    const kept: KeptOrPassing[] = []
    for (const event of events) {
      if (event.type === 'node-preview') {
        const { bytes, ...header } = event.preview
        hub.publishPreview({ job: fence.job, node: event.node, ...header }, bytes)
      } else kept.push(event)
      if (event.type === 'node-warned') log.warn({ job: fence.job, node: event.node }, event.message)
    }
    if (kept.length === 0 || run.broken || closed) return
    try {
      const recorded = await insist(() => store.record(fence, kept), isUnavailable)
      if (recorded === 'fenced') supervisor.cancel(fence.job)
    } catch (error) {
      log.error({ err: error, job: fence.job }, 'what a run did could not be kept')
      run.broken = brokenBy(error)
      supervisor.cancel(fence.job)
    }
  }
  async function settle(run: Run, outcome: NonNullable<Run['outcome']>): Promise<void> {
    const { fence, job } = run.claim
    try {
      await insist(async () => {
        const ended = await end(run, outcome)
        if (ended) onFinished(ended)
      }, isFailure)
      onRunOver(fence.job)
    } catch (error) {
      log.error({ err: error, job: job.id }, 'the end of a run could not be kept')
    } finally {
      if (runs.get(job.id) === run) runs.delete(job.id)
    }
  }

  return {
    begin(claim) {
      runs.set(claim.job.id, { claim, waiting: [], busy: false })
    },
    forget: (job) => void runs.delete(job),
    receive(job, events) {
      const run = runs.get(job)
      if (!run) return
      run.waiting.push(...events)
      void pump(run)
    },
    ended(job, outcome) {
      const run = runs.get(job)
      if (!run) return
      run.outcome = outcome
      void pump(run)
    },
    isBusy: () => runs.size > 0,
    async giveBack() {
      closed = true
      for (const { claim } of runs.values()) {
        // A job that must not run twice is failed by the next start.
        if (claim.job.onCrash === 'fail') continue
        await store.giveBack(claim.fence, 'The server was stopped.', false).catch((error: unknown) => {
          log.error({ err: error, job: claim.job.id }, 'a job could not be given back')
        })
      }
    },
  }
}

/** Asks the store again while the fault passes, or the server stops. */
function createInsisting(againMs: number, isClosed: () => boolean) {
  return async <T>(ask: () => Promise<T>, passes: (error: unknown) => boolean): Promise<T> => {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (isClosed() || !passes(error)) throw error
        await new Promise((resolve) => setTimeout(resolve, againMs).unref())
      }
    }
  }
}

/** Ends the job of a run, or gives it back to be run again; gives the job that has ended. */
function createEnding({ store, maxAttempts }: Pick<RunFeedDependencies, 'store' | 'maxAttempts'>) {
  const isTriedAgain = (job: StoredJob, { crashed = false, state }: NonNullable<Run['outcome']>): boolean =>
    crashed && state === 'failed' && job.onCrash === 'requeue' && job.attempts < maxAttempts
  return async ({ claim, broken }: Run, outcome: NonNullable<Run['outcome']>): Promise<Job | undefined> => {
    const { job, fence } = claim
    const { state, error, timeline, results, used } = outcome
    const told = { ...(results ? { results } : {}), ...(used ? { used } : {}) }
    if (!broken && isTriedAgain(job, outcome)) {
      await store.giveBack(fence, error?.message ?? 'Its runner ended.', true)
      return undefined
    }
    const ended = await store.finish(
      fence,
      broken ? { state: 'failed', error: broken, timeline } : { state, timeline, ...told, ...(error ? { error } : {}) },
    )
    return ended === 'fenced' ? undefined : ended
  }
}

const isFailure = (error: unknown): error is Failure => error instanceof Failure
const isUnavailable = (error: unknown): boolean => isFailure(error) && error.code === 'unavailable'

function brokenBy(error: unknown): RunErrorReport {
  if (!isFailure(error)) return { code: 'not-kept', message: 'What the run did could not be kept; the log says more.' }
  return { code: error.code, message: [error.message, error.hint].filter(Boolean).join(' ') }
}
