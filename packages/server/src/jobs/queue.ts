import { randomUUID } from 'node:crypto'
import type { Job, JobPatch, QueueStatus } from '../api/api-types.ts'
import { Failure, notFound } from '../failure.ts'
import type { Hub } from '../live/hub.ts'
import type { Supervisor } from '../runner/supervisor.ts'
import type { JobStore, Submission as StoreSubmission } from '../store/job-store.ts'
import type { JobDraft } from '../store/stored-job.ts'
import { createPositions } from './positions.ts'
import { createWaits } from './when-finished.ts'

export interface QueueDependencies {
  readonly store: JobStore
  readonly hub: Pick<Hub, 'listen' | 'publishQueue'>
  readonly supervisor: Pick<Supervisor, 'cancel' | 'devices'>
  /** Most queued jobs. */
  readonly capacity: number
  /** Something may be claimed. */
  readonly onWaiting: () => void
  /** A job that waited has ended by request, or one that `ran`. */
  readonly onCancelled: (job: Job, ran: boolean) => void
  /** Many waiting jobs were cancelled at once. */
  readonly onCleared: (count: number) => void
  readonly now?: () => number
}
/** A job as it is submitted; one without an id gets one. */
export type QueueDraft = Omit<JobDraft, 'id'> & { readonly id?: string }
export interface Submission extends Omit<StoreSubmission, 'drafts' | 'capacity'> {
  readonly drafts: readonly QueueDraft[]
}
export interface SubmittedJobs {
  readonly jobs: Job[]
  readonly batch?: string
  /** They are those of an earlier submission with the same key. */
  readonly repeated: boolean
}

/** What people ask of the queue. Every method rejects with a `Failure` that says why it is refused. */
export interface Queue {
  status(): Promise<QueueStatus>
  /** Jobs with what only the queue knows: their places, and when they may be done. */
  withPositions(jobs: readonly Job[]): Promise<Job[]>
  /** Throws `queue-full`; an idempotency key that was used before gives the jobs of that time. */
  submit(submission: Submission): Promise<SubmittedJobs>
  /** Ends a job that has not ended, at once; its device is free when its runner has stopped. */
  cancel(id: string): Promise<Job>
  /** Cancels all that waits; answers how many. */
  clear(): Promise<number>
  /** Queues a job that has ended once more. */
  retry(id: string): Promise<Job>
  change(id: string, patch: JobPatch): Promise<Job>
  /** Forgets a job that has ended. */
  remove(id: string): Promise<void>
  /** Forgets those of the jobs that have ended; answers how many. */
  forget(ids: readonly string[]): Promise<number>
  pause(): Promise<QueueStatus>
  resume(): Promise<QueueStatus>
  /** Answers when the job has ended, or after `ms`. */
  whenFinished(id: string, ms: number, signal?: AbortSignal): Promise<void>
  /** Answers all who wait for an end. */
  close(): void
}

/** Jobs cancelled in one commit, so that requests in between are answered. */
const clearedAtOnce = 500

export function createQueue(dependencies: QueueDependencies): Queue {
  const { store, hub, supervisor, capacity, onWaiting } = dependencies
  const withPositions = createPositions(store, supervisor, dependencies.now ?? Date.now)
  const waits = createWaits(store, hub)

  const status = async (): Promise<QueueStatus> => ({
    ...(await store.counts()),
    capacity,
    devices: supervisor.devices(),
  })
  const placed = async (job: Job): Promise<Job> => (await withPositions([job]))[0] ?? job
  async function setPaused(paused: boolean): Promise<QueueStatus> {
    await store.setPaused(paused)
    if (!paused) onWaiting()
    const now = await status()
    hub.publishQueue(now)
    return now
  }
  return {
    status,
    withPositions,
    submit: createSubmit(dependencies, withPositions),
    async cancel(id) {
      const cancelled = await store.cancel(id)
      if (cancelled === 'absent') throw notFound('job', id)
      const { job, was } = cancelled
      if (was === 'running') supervisor.cancel(id)
      if (was === 'running' || was === 'queued') dependencies.onCancelled(job, was === 'running')
      return job
    },
    async clear() {
      let count = 0
      for (let cleared = -1; cleared !== 0; count += cleared) cleared = await store.clear(clearedAtOnce)
      dependencies.onCleared(count)
      return count
    },
    async retry(id) {
      const job = await store.retry(id)
      if (job === 'absent') throw notFound('job', id)
      if (job === 'conflict') throw new Failure('conflict', 'Only a job that has ended can be run again.')
      onWaiting()
      return placed(job)
    },
    async change(id, patch) {
      const job = await store.change(id, patch)
      if (job === 'absent') throw notFound('job', id)
      if (job === 'conflict')
        throw new Failure('conflict', 'Only a queued job can be moved, and only beside another queued job.')
      return placed(job)
    },
    async remove(id) {
      if ((await store.remove([id])).length > 0) return
      if (!(await store.job(id))) throw notFound('job', id)
      throw new Failure('conflict', 'A job that waits or runs cannot be deleted; cancel it first.')
    },
    forget: async (ids) => (await store.remove(ids)).length,
    pause: () => setPaused(true),
    resume: () => setPaused(false),
    whenFinished: waits.until,
    close: waits.close,
  }
}

function createSubmit(
  { store, capacity, onWaiting }: QueueDependencies,
  withPositions: Queue['withPositions'],
): Queue['submit'] {
  return async ({ drafts, batch, ...submission }) => {
    const submitted = await store.submit({
      ...submission,
      ...(batch === undefined ? {} : { batch }),
      capacity,
      drafts: drafts.map((draft) => ({ ...draft, id: draft.id ?? randomUUID() })),
    })
    switch (submitted.result) {
      case 'key-reused':
        throw new Failure('key-reused', 'This idempotency key was used for another request.', {
          hint: 'Use a fresh key for each new request; repeat a key only with the same body.',
        })
      case 'id-taken':
        throw new Failure('conflict', 'There is a job with this id already.')
      case 'queue-full':
        throw queueFull(submitted.queued, drafts.length, capacity, await store.usualDuration())
      case 'repeated': {
        const earlier = submitted.batch === undefined ? {} : { batch: submitted.batch }
        return { jobs: await withPositions(submitted.jobs), repeated: true, ...earlier }
      }
      case 'queued': {
        const { jobs } = submitted
        // The answer goes out before the work begins, so that its asker can listen.
        setImmediate(onWaiting)
        const placed = jobs.length > 20 ? [...jobs] : await withPositions(jobs)
        return { jobs: placed, repeated: false, ...(batch === undefined ? {} : { batch }) }
      }
    }
  }
}

const queueFull = (queued: number, more: number, capacity: number, usualMs = 5_000): Failure =>
  new Failure('queue-full', `The queue holds ${queued} of at most ${capacity} jobs; ${more} more do not fit.`, {
    hint: 'Try again later, or cancel queued jobs.',
    retryAfter: Math.max(1, Math.ceil(usualMs / 1000)),
  })
