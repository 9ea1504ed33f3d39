import type { Job, JobDetail } from '../../api/api-types.ts'
import { z } from 'zod'
import { jobState } from '../../api/jobs.ts'
import type { JobStore } from '../../store/job-store.ts'
import type { Queue } from '../../jobs/queue.ts'
import type { Submit } from '../../jobs/submission.ts'
import type { EventLog } from '../../store/event-log.ts'
import type { Retention } from '../../jobs/retention.ts'
import { notFound } from '../../failure.ts'
import { traceContextOf } from '../../telemetry/trace-context.ts'
import { type Route, route } from '../../http/route.ts'
import { commaList, count } from '../../http/query-values.ts'

const waitMs = count(60_000).exactOptional().describe('Wait this many milliseconds for the end before answering.')

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'An idempotency key is 1 to 200 printable characters without spaces.')
  .exactOptional()
  .describe('The same key within a day gives the same jobs again.')

export interface JobRouteDependencies {
  readonly jobs: Pick<JobStore, 'artifactsOf' | 'job' | 'list' | 'resultsOf' | 'stored' | 'warningsOf'>
  readonly queue: Queue
  readonly submit: Submit
  readonly events: Pick<EventLog, 'after'>
  readonly retention: Pick<Retention, 'prune'>
}

export function jobRoutes(dependencies: JobRouteDependencies): Route[] {
  return [
    submissionRoute(dependencies),
    ...readingRoutes(dependencies),
    ...changingRoutes(dependencies),
    ...queueRoutes(dependencies),
  ]
}

function submissionRoute({ jobs, queue, submit }: Pick<JobRouteDependencies, 'jobs' | 'queue' | 'submit'>): Route {
  return route({
    method: 'post',
    path: '/jobs',
    tag: 'jobs',
    summary:
      'Queue a document or a saved workflow; header Idempotency-Key makes repeating it safe, traceparent names its trace.',
    body: 'SubmitRequest',
    query: z.object({ wait: waitMs }),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    status: 201,
    answer: 'SubmitResponse',
    async run({ body, query, headers, access, request, signal }) {
      const key = headers['idempotency-key']
      const trace = traceContextOf(request.headers)
      const answer = await submit(body, {
        owner: access.owner,
        ...(trace ? { trace } : {}),
        ...(key === undefined ? {} : { idempotencyKey: key }),
      })
      if (!query.wait) return answer
      const until = Date.now() + query.wait
      for (const job of answer.jobs) await queue.whenFinished(job.id, Math.max(0, until - Date.now()), signal)
      const ended = answer.jobs.map(async (job) => (await jobs.job(job.id)) ?? job)
      return { ...answer, jobs: await queue.withPositions(await Promise.all(ended)) }
    },
  })
}

function readingRoutes({ jobs, queue, events }: Pick<JobRouteDependencies, 'jobs' | 'queue' | 'events'>): Route[] {
  const placed = async (job: Job): Promise<Job> => (await queue.withPositions([job]))[0] ?? job
  const detailOf = async (id: string): Promise<JobDetail> => {
    const stored = await jobs.stored(id)
    if (!stored) throw notFound('job', id)
    const { webhook: _secret, origin: _origin, onCrash: _policy, trace: _trace, ...job } = stored
    const { document, timeline } = job
    const [files, warnings] = [await jobs.artifactsOf(id), await jobs.warningsOf(id)]
    return {
      ...(await placed(job)),
      document,
      timeline,
      files: [...files],
      warnings: [...warnings],
      ...(await jobs.resultsOf(id)),
    }
  }
  return [
    route({
      method: 'get',
      path: '/jobs',
      tag: 'jobs',
      summary: 'Jobs, newest first.',
      query: z.object({
        state: commaList(jobState, 100).exactOptional(),
        batch: z.string().exactOptional(),
        workflow: z.string().exactOptional(),
        owner: z.string().exactOptional(),
        limit: count(500).default(50),
        before: count(Number.MAX_SAFE_INTEGER).exactOptional(),
      }),
      answer: 'JobList',
      async run({ query }) {
        const { jobs: page, total } = await jobs.list(query)
        return { jobs: await queue.withPositions(page), total }
      },
    }),
    route({
      method: 'get',
      path: '/jobs/:id',
      tag: 'jobs',
      summary: 'One job with its document, artifacts and timeline; with `wait`, when it has ended or the time is over.',
      query: z.object({ wait: waitMs }),
      answer: 'JobDetail',
      async run({ params: { id = '' }, query, signal }) {
        const detail = await detailOf(id)
        if (!query.wait) return detail
        await queue.whenFinished(id, query.wait, signal)
        return detailOf(id)
      },
    }),
    route({
      method: 'get',
      path: '/jobs/:id/events',
      tag: 'jobs',
      summary: 'The kept events of a job after a number, up to 1,000 at a time.',
      query: z.object({ after: count(Number.MAX_SAFE_INTEGER).default(0) }),
      answer: 'JobEvents',
      async run({ params: { id = '' }, query }) {
        const page = await events.after(query.after, 1000, [id])
        return { events: page, next: page.at(-1)?.seq ?? query.after }
      },
    }),
  ]
}

function changingRoutes({ queue, retention }: Pick<JobRouteDependencies, 'queue' | 'retention'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/jobs/:id/cancel',
      tag: 'jobs',
      summary: 'End a job that waits or runs.',
      answer: 'Job',
      run: ({ params: { id = '' } }) => queue.cancel(id),
    }),
    route({
      method: 'post',
      path: '/jobs/:id/retry',
      tag: 'jobs',
      summary: 'Queue a job that has ended once more.',
      answer: 'Job',
      run: ({ params: { id = '' } }) => queue.retry(id),
    }),
    route({
      method: 'patch',
      path: '/jobs/:id',
      tag: 'jobs',
      summary: "Change a queued job's priority or place.",
      body: 'JobPatch',
      answer: 'Job',
      run: ({ params: { id = '' }, body }) => queue.change(id, body),
    }),
    route({
      method: 'delete',
      path: '/jobs/:id',
      tag: 'jobs',
      summary: 'Forget a job that has ended.',
      run: ({ params: { id = '' } }) => queue.remove(id),
    }),
    route({
      method: 'post',
      path: '/jobs/prune',
      tag: 'jobs',
      summary:
        'Forget old jobs, and remove the kept files that no job refers to; nothing asked, the rule of the server.',
      body: 'PruneRequest',
      answer: 'PruneResponse',
      run: ({ body }) => retention.prune(body),
    }),
  ]
}

function queueRoutes({ queue }: Pick<JobRouteDependencies, 'queue'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/queue',
      tag: 'queue',
      summary: 'How much waits and runs, and on what.',
      answer: 'QueueStatus',
      run: () => queue.status(),
    }),
    route({
      method: 'post',
      path: '/queue/pause',
      tag: 'queue',
      summary: 'Start no further job.',
      answer: 'QueueStatus',
      run: () => queue.pause(),
    }),
    route({
      method: 'post',
      path: '/queue/resume',
      tag: 'queue',
      summary: 'Start jobs again.',
      answer: 'QueueStatus',
      run: () => queue.resume(),
    }),
    route({
      method: 'post',
      path: '/queue/clear',
      tag: 'queue',
      summary: 'Cancel everything that waits.',
      answer: 'Cleared',
      run: async () => ({ cancelled: await queue.clear() }),
    }),
  ]
}
