import { isFinished } from '@patchbay/engine/workflow'
import type { Api } from './api.ts'
import type {
  Job,
  JobDetail,
  JobEvents,
  JobList,
  JobPatch,
  PruneRequest,
  PruneResponse,
  SubmitRequest,
  SubmitResponse,
  operations,
} from './generated/api.ts'

/** Which jobs to list: `limit` of them (1–500, default 50), newest first; `before` a number for the next page. */
export type JobQuery = NonNullable<operations['getJobs']['parameters']['query']>
export interface SubmitOptions {
  /** The same key within a day gives the same jobs again; 1 to 200 printable characters without spaces. */
  readonly idempotencyKey?: string
  /** Wait up to this many milliseconds (0–60,000) for the jobs to end before answering. */
  readonly waitMs?: number
  readonly signal?: AbortSignal
}

/** Jobs of a server: queued runs of workflows. */
export interface Jobs {
  /**
   * Queues a document, or a saved workflow by its id.
   * @throws ApiError `invalid-workflow` with all issues, or `queue-full`.
   */
  submit(request: SubmitRequest, options?: SubmitOptions): Promise<SubmitResponse>
  /**
   * Jobs, newest first.
   * @throws ApiError
   */
  list(query?: JobQuery): Promise<JobList>
  /**
   * One job with its document, files and timeline.
   * @throws ApiError `not-found`.
   */
  get(id: string): Promise<JobDetail>
  /**
   * Ends a job that waits or runs; one that has ended stays as it is.
   * @throws ApiError `not-found`.
   */
  cancel(id: string): Promise<Job>
  /**
   * Queues a job that has ended once more.
   * @throws ApiError `not-found`, or `conflict` when it has not ended.
   */
  retry(id: string): Promise<Job>
  /**
   * Changes the priority of a queued job, or its place.
   * @throws ApiError `not-found`, or `conflict` when it is not queued.
   */
  change(id: string, patch: JobPatch): Promise<Job>
  /**
   * Forgets a job that has ended, and what only it kept.
   * @throws ApiError `not-found`, or `conflict` when it has not ended.
   */
  remove(id: string): Promise<void>
  /**
   * Forgets old jobs and removes files that no job refers to; by the server's rule where no bound is given.
   * @throws ApiError
   */
  prune(request?: PruneRequest): Promise<PruneResponse>
  /**
   * The kept events of one job after a number, up to 1,000; `next` is where the following page begins.
   * @throws ApiError
   */
  events(id: string, after?: number): Promise<JobEvents>
  /**
   * Answers when the job has ended, however long that takes.
   * @throws ApiError; or the reason of `signal`, which ends the waiting only.
   */
  wait(id: string, signal?: AbortSignal): Promise<JobDetail>
}

export function jobsOf(api: Api): Jobs {
  const path = (id: string) => ({ path: { id } })
  return {
    submit: (json, { idempotencyKey, waitMs, signal } = {}) =>
      api.call('post', '/api/v1/jobs', {
        json,
        query: { wait: waitMs },
        headers: { 'idempotency-key': idempotencyKey },
        signal,
      }),
    list: (query = {}) => api.call('get', '/api/v1/jobs', { query }),
    get: (id) => api.call('get', '/api/v1/jobs/{id}', path(id)),
    cancel: (id) => api.call('post', '/api/v1/jobs/{id}/cancel', path(id)),
    retry: (id) => api.call('post', '/api/v1/jobs/{id}/retry', path(id)),
    change: (id, json) => api.call('patch', '/api/v1/jobs/{id}', { ...path(id), json }),
    remove: (id) => api.call('delete', '/api/v1/jobs/{id}', path(id)),
    prune: (json = {}) => api.call('post', '/api/v1/jobs/prune', { json }),
    events: (id, after = 0) => api.call('get', '/api/v1/jobs/{id}/events', { ...path(id), query: { after } }),
    async wait(id, signal) {
      for (;;) {
        const job = await api.call('get', '/api/v1/jobs/{id}', { ...path(id), query: { wait: 25_000 }, signal })
        if (isFinished(job.state)) return job
      }
    },
  }
}
