import { type Job, type JobDetail, type PruneRequest, jobStates } from '@patchbay/engine/workflow'
import { z } from 'zod'
import type { JobStore } from '../../store/job-store.ts'
import type { Queue } from '../../jobs/queue.ts'
import type { Submit } from '../../jobs/submission.ts'
import type { EventLog } from '../../store/event-log.ts'
import type { Retention } from '../../jobs/retention.ts'
import { Failure, notFound } from '../../failure.ts'
import { traceContextOf } from '../../telemetry/trace-context.ts'
import { type Route, route } from '../../http/route.ts'
import { count } from '../../http/query-values.ts'

const nodeId = z.string().min(1).max(500)
const target = z.union([z.string().max(200), z.strictObject({ node: nodeId, input: z.string().max(200) })])
export const submitBody = z.strictObject({
  document: z.unknown().optional().describe('A workflow document; or give `workflow`.'),
  workflow: z.strictObject({ id: z.string().max(100), version: z.int().min(1).optional() }).optional(),
  parameters: z.record(z.string().max(200), z.json()).optional().describe('Values by parameter name.'),
  targets: z.array(nodeId).max(1000).optional().describe('Run only what these nodes need.'),
  batch: z
    .strictObject({
      groups: z
        .array(
          z
            .array(z.strictObject({ target, values: z.array(z.json()).min(1).max(10_000) }))
            .min(1)
            .max(100),
        )
        .max(20)
        .optional(),
      count: z.int().min(1).max(10_000).optional(),
      vary: target.optional(),
    })
    .optional()
    .describe('Many jobs: axes are zipped inside a group, groups are multiplied.'),
  name: z.string().max(200).optional(),
  priority: z.int().min(-1000).max(1000).optional(),
  front: z.boolean().optional(),
  onCrash: z.enum(['requeue', 'fail']).optional(),
  webhook: z.strictObject({ url: z.url().max(2000), secret: z.string().max(200).optional() }).optional(),
})
const place = z.union([
  z.enum(['front', 'back']),
  z.strictObject({ before: z.string().max(100) }),
  z.strictObject({ after: z.string().max(100) }),
])
const waitMs = count(60_000).optional().describe('Wait this many milliseconds for the end before answering.')

const pruneBody = z.strictObject({
  keepJobs: z.int().min(0).optional().describe('Keep so many jobs that have ended, the newest.'),
  keepDays: z.number().min(0).max(100_000).optional().describe('Keep those that ended within so many days.'),
  keepBytes: z.number().min(0).optional().describe('Keep the newest whose files take no more than this together.'),
  dryRun: z.boolean().optional().describe('Only tell what would go.'),
})

export interface JobRouteDependencies {
  readonly jobs: Pick<JobStore, 'artifactsOf' | 'job' | 'list' | 'stored'>
  readonly queue: Queue
  readonly submit: Submit
  readonly events: Pick<EventLog, 'after'>
  readonly retention: Pick<Retention, 'prune'>
}

export function jobRoutes({ jobs, queue, submit, events, retention }: JobRouteDependencies): Route[] {
  const placed = async (job: Job): Promise<Job> => (await queue.withPositions([job]))[0] ?? job
  const detailOf = async (id: string): Promise<JobDetail> => {
    const stored = await jobs.stored(id)
    if (!stored) throw notFound('job', id)
    const { webhook: _secret, origin: _origin, onCrash: _policy, trace: _trace, ...job } = stored
    const { document, timeline } = job
    return { ...(await placed(job)), document, timeline, files: [...(await jobs.artifactsOf(id))] }
  }
  return [
    route({
      method: 'post',
      path: '/jobs',
      tag: 'jobs',
      summary:
        'Queue a document or a saved workflow; header Idempotency-Key makes repeating it safe, traceparent names its trace.',
      body: submitBody,
      query: z.object({ wait: waitMs }),
      status: 201,
      answer: 'SubmitResponse',
      async run({ body, query, access, request, signal }) {
        const key = request.get('idempotency-key')
        if (key !== undefined && !/^[\x21-\x7e]{1,200}$/.test(key)) {
          throw new Failure('invalid-request', 'An idempotency key is 1 to 200 printable characters without spaces.')
        }
        // zod's optional properties allow undefined, which JSON cannot bring.
        const submission = JSON.parse(JSON.stringify(body)) as Parameters<typeof submit>[0]
        const trace = traceContextOf(request.headers)
        const answer = await submit(submission, {
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
    }),
    route({
      method: 'get',
      path: '/jobs',
      tag: 'jobs',
      summary: 'Jobs, newest first.',
      query: z.object({
        state: z
          .string()
          .transform((text) => text.split(','))
          .pipe(z.array(z.enum(jobStates)))
          .optional(),
        batch: z.string().optional(),
        workflow: z.string().optional(),
        owner: z.string().optional(),
        limit: count(500).default(50),
        before: count(Number.MAX_SAFE_INTEGER).optional(),
      }),
      answer: 'JobList',
      async run({ query: { limit, state, batch, workflow, owner, before } }) {
        const { jobs: page, total } = await jobs.list({
          limit,
          ...(state ? { state } : {}),
          ...(batch === undefined ? {} : { batch }),
          ...(workflow === undefined ? {} : { workflow }),
          ...(owner === undefined ? {} : { owner }),
          ...(before === undefined ? {} : { before }),
        })
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
      body: z.strictObject({ priority: z.int().min(-1000).max(1000).optional(), move: place.optional() }),
      answer: 'Job',
      run: ({ params: { id = '' }, body: { priority, move } }) =>
        queue.change(id, {
          ...(priority === undefined ? {} : { priority }),
          ...(move === undefined ? {} : { move }),
        }),
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
      body: pruneBody,
      answer: 'Pruned',
      run: ({ body }) => retention.prune(JSON.parse(JSON.stringify(body)) as PruneRequest),
    }),
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
