import { randomUUID } from 'node:crypto'
import {
  type FinishedJobState,
  type Job,
  type JobMessage,
  type JobPatch,
  type QueueStatus,
  type RunErrorReport,
  type RunEvent,
  isFinished,
  serializeWorkflow,
} from '@patchbay/engine/workflow'
import { workflowKeyword } from '@patchbay/nodes/picture-texts'
import type { EventLog, KeptEvent } from '../live/event-log.ts'
import type { Hub } from '../live/hub.ts'
import type { EmbeddedTexts, RunOutcome } from '../runner/messages.ts'
import type { Supervisor } from '../runner/supervisor.ts'
import type { Database } from '../storage/database.ts'
import { Failure, notFound } from '../failure.ts'
import type { StoredJob } from './job-row.ts'
import type { JobDraft, JobStore } from './job-store.ts'

export interface QueueDependencies {
  readonly database: Database
  readonly store: JobStore
  readonly log: EventLog
  readonly hub: Hub
  readonly supervisor: Pick<Supervisor, 'idleDevice' | 'run' | 'cancel' | 'devices'>
  /** Most queued jobs. */
  readonly capacity: number
  /** A job is queued again after a crash at most this many times. */
  readonly maxAttempts: number
  readonly onFinished?: (job: StoredJob) => void
  /** Many waiting jobs were cancelled at once. */
  readonly onCleared?: (count: number) => void
  readonly now?: () => number
}
export interface Submission {
  readonly owner: string
  readonly drafts: readonly JobDraft[]
  readonly idempotency?: { readonly key: string; readonly request: string }
  readonly batch?: string
}
export type Queue = ReturnType<typeof createQueue>

/** Moves jobs through their states. Every change is committed together with its event, and announced only then. */
export function createQueue(dependencies: QueueDependencies) {
  const { database, store, log, hub, supervisor } = dependencies
  const now = dependencies.now ?? Date.now
  /** When each owner last had a job started; owners that waited longest go first. */
  const lastTurn = new Map<string, number>()
  let turns = 0
  let paused = database.get("SELECT value FROM meta WHERE key = 'paused'") !== undefined
  let queueNotice: NodeJS.Timeout | undefined
  let filling = false
  let closed = false

  /** Commits changes with their events, then announces them. */
  function commit(work: () => readonly (readonly [job: string, event: KeptEvent])[]): void {
    const messages = database.transaction(() => work().map(([job, event]) => log.append(job, event)))
    if (messages.length > 0) announce(messages)
  }
  function announce(messages: readonly JobMessage[]): void {
    hub.publish(messages)
    // The state of the whole queue is passing: at most one notice in 50 ms, whatever happens.
    queueNotice ??= setTimeout(() => {
      queueNotice = undefined
      if (!closed) hub.publishQueue(status())
    }, 50).unref()
  }

  function status(): QueueStatus {
    return { paused, ...store.counts(), capacity: dependencies.capacity, devices: supervisor.devices() }
  }

  /** A job with what only the queue knows: its place and when it may be done. */
  function withPosition(job: Job): Job {
    if (isFinished(job.state)) return job
    const usual = store.usualDuration()
    if (job.state === 'running') {
      return usual === undefined || job.startedAt === undefined ? job : { ...job, expectedAt: job.startedAt + usual }
    }
    const position = store.waitingBefore(job.id) + 1
    const lanes = Math.max(1, supervisor.devices().length)
    const expected = usual === undefined ? {} : { expectedAt: now() + Math.ceil((position / lanes) * usual + usual) }
    return { ...job, position, ...expected }
  }
  function required(id: string): Job {
    const job = store.summaryOf(id)
    if (!job) throw notFound('job', id)
    return job
  }

  function next(): StoredJob | undefined {
    const waiting = store.waitingOwners()
    if (!waiting) return undefined
    const [owner] = waiting.owners.sort((a, b) => (lastTurn.get(a) ?? 0) - (lastTurn.get(b) ?? 0))
    const id = owner === undefined ? undefined : store.nextOf(owner, waiting.priority)
    return id === undefined ? undefined : store.stored(id)
  }

  /** Gives jobs to devices until either runs out. */
  function fill(): void {
    if (filling || paused || closed) return
    filling = true
    try {
      for (let device = supervisor.idleDevice(); device !== undefined; device = supervisor.idleDevice()) {
        const job = next()
        if (!job) return
        const name = device
        lastTurn.set(job.owner, ++turns)
        commit(() =>
          store.start(job.id, name) ? [[job.id, { type: 'job-started', device: name, attempt: job.attempts + 1 }]] : [],
        )
        const { id, document, targets } = job
        const reuseEffects = job.origin?.reuseEffects ?? false
        supervisor.run(device, {
          id,
          document,
          embedded: embeddedIn(job),
          reuseEffects,
          ...(targets ? { targets } : {}),
        })
      }
    } finally {
      filling = false
    }
  }

  function finish(
    id: string,
    state: FinishedJobState,
    error?: RunErrorReport,
    timeline?: RunOutcome['timeline'],
  ): void {
    commit(() => {
      if (!store.finish(id, state, error)) return []
      if (timeline && timeline.length > 0) store.recordTimeline(id, timeline)
      return [[id, endOf(state, error)]]
    })
    const job = store.stored(id)
    if (job) dependencies.onFinished?.(job)
  }

  const finishedNodes = new Map<string, number>()
  /** Keeps an event and what follows from it; progress passes, and a preview goes its own way. */
  function messageOf(job: string, event: RunEvent): JobMessage[] {
    switch (event.type) {
      case 'node-preview': {
        const { bytes, ...header } = event.preview
        hub.publishPreview({ job, node: event.node, ...header }, bytes)
        return []
      }
      case 'node-progress':
        return [{ type: 'job', job, at: now(), event }]
      case 'node-finished':
      case 'node-reused':
        finishedNodes.set(job, (finishedNodes.get(job) ?? 0) + 1)
        return [log.append(job, event)]
      case 'node-artifact':
        store.recordArtifact({ job, node: event.node, ...event.artifact })
        return [log.append(job, event)]
      default:
        return [log.append(job, event)]
    }
  }

  return {
    status,
    withPosition,
    fill,

    /** Commits, announces, starts. Throws `queue-full`; an idempotency key that was seen gives the jobs it made. */
    submit({ owner, drafts, idempotency, batch }: Submission): { jobs: Job[]; batch?: string; repeated: boolean } {
      if (idempotency) {
        const earlier = store.repeatedBy(owner, idempotency.key, idempotency.request)
        if (earlier === 'conflict') {
          throw new Failure('key-reused', 'This idempotency key was used for another request.', {
            hint: 'Use a fresh key for each new request; repeat a key only with the same body.',
          })
        }
        if (earlier) {
          const jobs = earlier.jobs.flatMap((id) => store.summaryOf(id) ?? []).map(withPosition)
          return { jobs, repeated: true, ...(earlier.batch ? { batch: earlier.batch } : {}) }
        }
      }
      const { queued } = store.counts()
      if (queued + drafts.length > dependencies.capacity) {
        const usual = store.usualDuration() ?? 5_000
        throw new Failure(
          'queue-full',
          `The queue holds ${queued} of at most ${dependencies.capacity} jobs; ${drafts.length} more do not fit.`,
          { hint: 'Try again later, or cancel queued jobs.', retryAfter: Math.max(1, Math.ceil(usual / 1000)) },
        )
      }
      let jobs: Job[] = []
      commit(() => {
        jobs = store.add(drafts)
        const ids = jobs.map((job) => job.id)
        if (idempotency) store.remember(owner, idempotency.key, idempotency.request, ids, batch)
        return jobs.map((job) => [job.id, { type: 'job-queued', job }])
      })
      const placed = jobs.length > 20 ? jobs : jobs.map(withPosition)
      // The answer goes out before the work begins, so that its asker can listen.
      setImmediate(fill)
      return { jobs: placed, repeated: false, ...(batch ? { batch } : {}) }
    },
    newBatchId: (): string => randomUUID(),

    /** Ends a job that has not ended. A running one ends within the grace time; the answer may still say it runs. */
    cancel(id: string): Job {
      const job = required(id)
      if (job.state === 'queued') {
        commit(() => (store.cancelQueued(id) ? [[id, { type: 'job-cancelled' }]] : []))
        const stored = store.stored(id)
        if (stored) dependencies.onFinished?.(stored)
      } else if (job.state === 'running') supervisor.cancel(id)
      return required(id)
    },
    /** Cancels all that waits, in one commit. */
    clear(): number {
      let cancelled: string[] = []
      commit(() => {
        cancelled = store.queuedIds().filter((id) => store.cancelQueued(id))
        return cancelled.map((id) => [id, { type: 'job-cancelled' }])
      })
      dependencies.onCleared?.(cancelled.length)
      return cancelled.length
    },
    retry(id: string): Job {
      required(id)
      commit(() => {
        if (!store.retry(id)) throw new Failure('conflict', 'Only a job that has ended can be run again.')
        return [[id, { type: 'job-requeued', reason: 'It is run again by request.' }]]
      })
      setImmediate(fill)
      return withPosition(required(id))
    },
    change(id: string, patch: JobPatch): Job {
      required(id)
      commit(() => {
        const { priority, move } = patch
        const moved =
          (priority === undefined || store.setPriority(id, priority)) && (move === undefined || store.move(id, move))
        if (!moved) throw new Failure('conflict', 'Only a queued job can be moved, and only beside another queued job.')
        return [[id, { type: 'job-changed', priority: required(id).priority }]]
      })
      return withPosition(required(id))
    },
    remove(id: string): void {
      required(id)
      commit(() => {
        if (!store.remove(id))
          throw new Failure('conflict', 'A job that waits or runs cannot be deleted; cancel it first.')
        return [[id, { type: 'job-deleted' }]]
      })
    },

    /** Forgets those of the jobs that have ended, in one commit; answers how many. */
    forget(ids: readonly string[]): number {
      let gone: string[] = []
      commit(() => {
        gone = ids.filter((id) => store.remove(id))
        return gone.map((id) => [id, { type: 'job-deleted' }])
      })
      return gone.length
    },

    pause(): QueueStatus {
      paused = true
      database.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('paused', '1')")
      hub.publishQueue(status())
      return status()
    },
    resume(): QueueStatus {
      paused = false
      database.run("DELETE FROM meta WHERE key = 'paused'")
      setImmediate(fill)
      hub.publishQueue(status())
      return status()
    },

    /** Takes over what happens in a runner. */
    receive(job: string, events: readonly RunEvent[]): void {
      const messages = database.transaction(() => {
        const total = events.find((event) => event.type === 'run-started')?.nodes
        if (total !== undefined) finishedNodes.set(job, 0)
        const told = events.flatMap((event) => messageOf(job, event))
        const finished = finishedNodes.get(job) ?? 0
        if (told.some(({ seq }) => seq !== undefined)) {
          store.recordProgress(job, { ...(total === undefined ? {} : { total }), finished })
        }
        return told
      })
      // Passing and kept events go out in the order in which they happened.
      if (messages.length > 0) announce(messages)
    },
    /** Takes over the end of a run. After a crash of its runner a job is run again only where its policy says so. */
    ended(job: string, outcome: RunOutcome & { readonly crashed?: boolean }): void {
      finishedNodes.delete(job)
      const stored = store.stored(job)
      if (!stored || closed) return
      const again = outcome.crashed && outcome.state === 'failed' && stored.onCrash === 'requeue'
      if (again && stored.attempts < dependencies.maxAttempts) {
        const reason = outcome.error?.message ?? 'Its runner ended.'
        commit(() => (store.requeue(job) ? [[job, { type: 'job-requeued', reason }]] : []))
      } else finish(job, outcome.state, outcome.error, outcome.timeline)
    },
    /** Settles what a stopped server left running: queued again in its old place, or failed. Call once, before `fill`. */
    recover(): void {
      for (const { id, onCrash, attempts } of store.abandoned()) {
        if (onCrash === 'requeue' && attempts < dependencies.maxAttempts) {
          commit(() =>
            store.requeue(id) ? [[id, { type: 'job-requeued', reason: 'The server stopped while it ran.' }]] : [],
          )
        } else {
          finish(id, 'failed', {
            code: 'server-stopped',
            message:
              onCrash === 'fail'
                ? 'The server stopped while the job ran, and the job asks not to be run again.'
                : `The server stopped while the job ran, ${attempts} times; it is not tried again.`,
          })
        }
      }
    },
    /** Answers when the job has ended, or after `ms`. */
    whenFinished(id: string, ms: number, signal?: AbortSignal): Promise<void> {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          stop()
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        const stop = hub.listen(({ job, event }) => {
          const over = ['job-succeeded', 'job-failed', 'job-cancelled', 'job-deleted'].includes(event.type)
          if (job === id && over) done()
        })
        signal?.addEventListener('abort', done)
        const job = store.summaryOf(id)
        if (!job || isFinished(job.state)) done()
      })
    },
    close(): void {
      closed = true
      clearTimeout(queueNotice)
    },
  }
}

function endOf(state: FinishedJobState, error: RunErrorReport | undefined): KeptEvent {
  switch (state) {
    case 'succeeded':
      return { type: 'job-succeeded' }
    case 'cancelled':
      return { type: 'job-cancelled' }
    case 'failed':
      return { type: 'job-failed', error: error ?? { code: 'unknown', message: 'The run failed without saying why.' } }
  }
}

/** What the pictures of a job carry: its workflow, and what its surface adds. */
function embeddedIn(job: StoredJob): EmbeddedTexts {
  return { [workflowKeyword]: serializeWorkflow(job.document), ...job.origin?.embedded }
}
