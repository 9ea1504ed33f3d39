import type { ArtifactRef, JobState, RunErrorReport, RunEvent } from '@patchbay/engine/workflow'
import type { ArtifactRecord, Job, JobPatch, JobWarning } from '../api/api-types.ts'
import type { Claim, Fence, JobDraft, JobFilter, RunEnd, StoredJob } from './stored-job.ts'

/**
 * Jobs at rest. Every method is one atomic command or one read; nothing hands out a transaction. A command commits its
 * change, its events and what is owed to webhooks together, and resolves when they are committed; the event log tells
 * of the events then. Times are those of the store's clock.
 *
 * A command that cannot be committed rejects with a `Failure`: `storage-full`, or `unavailable` where it had to wait
 * too long.
 */
export interface JobStore extends JobCommands, RunCommands, JobReads, WebhookOutbox, JobHistory {}

export interface Submission {
  readonly owner: string
  /** All of one owner, and of one priority. */
  readonly drafts: readonly JobDraft[]
  /** Most jobs that may be queued after it. */
  readonly capacity: number
  /** A later submission of this owner with the same key and request gets the same jobs, for a day. */
  readonly idempotency?: { readonly key: string; readonly request: string }
  readonly batch?: string
}
export type Submitted =
  | { readonly result: 'queued'; readonly jobs: readonly Job[] }
  /** By an earlier submission with the same key. */
  | { readonly result: 'repeated'; readonly jobs: readonly Job[]; readonly batch?: string }
  | { readonly result: 'key-reused' }
  /** A job with the id of a draft exists. */
  | { readonly result: 'id-taken' }
  | { readonly result: 'queue-full'; readonly queued: number }

/** What people do with jobs. */
export interface JobCommands {
  submit(submission: Submission): Promise<Submitted>
  /** Ends a job that waits or runs, at once; what its run still writes is fenced. `was` is the state before. */
  cancel(id: string): Promise<{ readonly job: Job; readonly was: JobState } | 'absent'>
  /** Cancels at most `limit` of the jobs that wait; answers how many. */
  clear(limit: number): Promise<number>
  /** A job that has ended is queued again, at the end of its priority. */
  retry(id: string): Promise<Job | 'absent' | 'conflict'>
  /** Moves a queued job; beside another it takes over that job's priority. `conflict`: either is not queued. */
  change(id: string, patch: JobPatch): Promise<Job | 'absent' | 'conflict'>
  /** Forgets those of the jobs that have ended, with their events and records; answers which. */
  remove(ids: readonly string[]): Promise<readonly string[]>
  /** No job is claimed while paused; kept over restarts. */
  setPaused(paused: boolean): Promise<void>
}

/**
 * What happens to jobs that run. A command whose fence is not that of a running job changes nothing and answers
 * `fenced`.
 */
export interface RunCommands {
  /**
   * Queued → running: the job that is to start next. Highest priority first; owners take turns, and the one whose
   * last turn is longest ago goes first. A job that cannot be read fails, and the next is taken. Undefined: nothing
   * waits, or the queue is paused.
   */
  claim(device: string): Promise<Claim | undefined>
  /** Keeps the events of one message of a runner, with what follows from them. Passing events are only told. */
  record(fence: Fence, events: readonly KeptOrPassing[]): Promise<'recorded' | 'fenced'>
  finish(fence: Fence, end: RunEnd): Promise<Job | 'fenced'>
  /** Running → queued again, in its place. `counts`: the attempt is used up. */
  giveBack(fence: Fence, reason: string, counts: boolean): Promise<'queued' | 'fenced'>
  /**
   * Settles what a stopped server left running: queued again, or failed where the job asks for it or has used up its
   * attempts. Answers those that failed.
   */
  recover(maxAttempts: number): Promise<readonly Job[]>
}
/** Every event of a run but pictures, whose bytes go their own way. */
export type KeptOrPassing = Exclude<RunEvent, { readonly type: 'node-preview' }>

export interface JobReads {
  job(id: string): Promise<Job | undefined>
  /** Rejects where the texts of the job are damaged. */
  stored(id: string): Promise<StoredJob | undefined>
  /** Newest first, with how many there are in all. */
  list(filter: JobFilter): Promise<{ readonly jobs: readonly Job[]; readonly total: number }>
  /** As `list`, with all that was submitted; jobs that cannot be read are left out. */
  listStored(filter: JobFilter): Promise<{ readonly jobs: readonly StoredJob[]; readonly total: number }>
  counts(): Promise<QueueCounts>
  /** The number of the newest job; 0 where there was none. */
  newestNumber(): Promise<number>
  /** How many jobs start before each of these, given that owners take turns; 0 for one that does not wait. */
  waitingBefore(ids: readonly string[]): Promise<readonly number[]>
  /** Mean run time of the last jobs that succeeded, in ms. */
  usualDuration(): Promise<number | undefined>
  /** Oldest first. */
  artifactsOf(job: string): Promise<readonly ArtifactRecord[]>
  /** What nodes warned of in all its runs, each once, oldest first. */
  warningsOf(job: string): Promise<readonly JobWarning[]>
  /** What its last run that ended gave, and the values that it used; nothing of a job that has not ended. */
  resultsOf(job: string): Promise<Pick<RunEnd, 'results' | 'used'>>
  /** Newest first; `before` is a time. */
  artifacts(filter: ArtifactFilter): Promise<readonly ArtifactRecord[]>
  artifact(hash: string): Promise<ArtifactRecord | undefined>
}
export interface QueueCounts {
  readonly queued: number
  readonly running: number
  readonly paused: boolean
}
export interface ArtifactFilter {
  readonly job?: string
  /** Of any of these kinds. */
  readonly kind?: readonly ArtifactRef['kind'][]
  readonly limit: number
  readonly before?: number
}

/** Webhooks that are still to be called: owed from the commit of the end of a job on. */
export interface WebhookOutbox {
  /** The first due, whatever the time. */
  owed(limit: number): Promise<readonly OwedWebhook[]>
  /** It was called, or is given up. */
  settle(webhook: OwedWebhook): Promise<void>
  postpone(webhook: OwedWebhook, until: number): Promise<void>
}
export interface OwedWebhook {
  readonly job: string
  /** Tries before this one. */
  readonly attempt: number
  readonly dueAt: number
}

/** What is needed to forget the past. A job that waits, runs, or owes a webhook is no part of it. */
export interface JobHistory {
  /** The jobs to forget, oldest first. */
  surplus(keep: HistoryLimits): Promise<readonly string[]>
  /** What removing these jobs would free: the files that only they have. */
  foreseen(ids: readonly string[]): Promise<{ readonly files: number; readonly bytes: number }>
  /** Which of these files some job has. */
  recorded(hashes: readonly string[]): Promise<ReadonlySet<string>>
  /** When each running job was started, and whether it may tell of side effects of earlier runs. */
  runs(): Promise<readonly { readonly startedAt: number; readonly reusesEffects: boolean }[]>
  /** Forgets events of removed jobs, turns of owners without jobs, and keys older than a day. */
  tidy(eventsBefore: number): Promise<void>
}
/** How much of the past is kept. What is not said is without bound. */
export interface HistoryLimits {
  readonly keepJobs?: number
  readonly endedAfter?: number
  readonly keepBytes?: number
}

/** What a job that cannot be read fails with. */
export const unreadableJob: RunErrorReport = {
  code: 'unreadable-job',
  message: 'What was kept of the job is damaged, so it cannot run.',
}
