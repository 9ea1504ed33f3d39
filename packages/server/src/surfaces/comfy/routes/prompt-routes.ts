import type { Router } from 'express'
import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import type { JobStore } from '../../../jobs/job-store.ts'
import type { Queue } from '../../../jobs/queue.ts'
import type { EventLog } from '../../../live/event-log.ts'
import type { Supervisor } from '../../../runner/supervisor.ts'
import { type SubmitDependencies, submitPrompt, uuid } from '../running/submit-prompt.ts'
import type { StoredJob } from '../../../jobs/job-row.ts'
import { writingsOf } from '../../../json-writing.ts'
import { accessOf } from '../../../http/current-access.ts'
import { traceOf } from '../../../telemetry/trace-context.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { ComfyRefusal, refusal } from '../errors/comfy-refusal.ts'
import {
  type ComfyOrigin,
  type HistoryEntry,
  comfyOriginOf,
  comfyStatus,
  historyEntry,
  queueItem,
} from '../running/history.ts'
import { comfyJob, workflowIdOf } from '../running/job-shape.ts'
import { exactJson, isObject, RawJson } from '../prompt/prompt.ts'

export interface PromptRouteDependencies extends SubmitDependencies {
  readonly jobs: JobStore
  readonly queue: Pick<Queue, 'cancel' | 'remove'>
  readonly events: Pick<EventLog, 'after'>
  readonly supervisor: Pick<Supervisor, 'free'>
}

/** Prompts, queue, history and jobs as ComfyUI has them. */
export function addPromptRoutes(
  router: Router,
  dependencies: PromptRouteDependencies,
  catalogue: ComfyCatalogue,
): void {
  const { jobs, queue, events, supervisor } = dependencies

  const comfyJobs = (states: readonly StoredJob['state'][], limit: number): { job: StoredJob; origin: ComfyOrigin }[] =>
    jobs.list({ state: states, limit }).jobs.flatMap(({ id }) => {
      const job = jobs.stored(id)
      const origin = job && comfyOriginOf(job)
      return job && origin ? [{ job, origin }] : []
    })
  const entryOf = (id: string): HistoryEntry | undefined => {
    const job = jobs.stored(id)
    const origin = job && comfyOriginOf(job)
    const over = job && job.state !== 'queued' && job.state !== 'running'
    return over && origin ? historyEntry(job, origin, events.after(0, 100_000, [id])) : undefined
  }
  const sendExact = (response: { type(name: string): { send(text: string): void } }, value: unknown): void => {
    response.type('application/json').send(exactJson(value))
  }

  router.get('/prompt', (_request, response) => {
    const { queued, running } = jobs.counts()
    response.json({ exec_info: { queue_remaining: queued + running } })
  })

  router.post('/prompt', async (request, response) => {
    const body: unknown = request.body
    if (!isObject(body) || body['prompt'] === undefined)
      throw refusal('no_prompt', 'No prompt provided', 'No prompt provided')
    const { owner } = accessOf(response)
    const { id, number, nodeErrors } = await submitPrompt(
      body,
      { owner, ...traceOf(request.headers) },
      dependencies,
      catalogue,
      writingsOf(response, 'prompt'),
    )
    response.json({ prompt_id: id, number, node_errors: nodeErrors })
  })

  router.get('/queue', (_request, response) => {
    sendExact(response, {
      queue_running: comfyJobs(['running'], 500).map(({ job, origin }) => queueItem(job, origin)),
      // The next first: by number, and of equals by arrival.
      queue_pending: comfyJobs(['queued'], 10_000)
        .reverse()
        .sort((a, b) => a.origin.number - b.origin.number)
        .map(({ job, origin }) => queueItem(job, origin)),
    })
  })
  router.post('/queue', (request, response) => {
    const body = isObject(request.body) ? request.body : {}
    const listed = Array.isArray(body['delete']) ? (body['delete'] as JsonValue[]).map(String) : []
    const pending = body['clear'] === true ? comfyJobs(['queued'], 10_000).map(({ job }) => job.id) : listed
    for (const id of pending) if (jobs.summaryOf(id)?.state === 'queued') queue.cancel(id)
    response.json({})
  })
  router.post('/interrupt', (request, response) => {
    const asked = isObject(request.body) ? request.body['prompt_id'] : undefined
    for (const job of jobs.running()) if (asked === undefined || asked === job.id) queue.cancel(job.id)
    response.json({})
  })
  router.post('/free', (request, response) => {
    const body = isObject(request.body) ? request.body : {}
    supervisor.free(body['unload_models'] === true, body['free_memory'] === true)
    response.json({})
  })

  router.get('/history', (request, response) => {
    const max = numberIn(request.query['max_items'])
    const offset = numberIn(request.query['offset'])
    const all = comfyJobs(['succeeded', 'failed', 'cancelled'], 10_000).reverse()
    const start = offset ?? (max === undefined ? 0 : Math.max(0, all.length - max))
    const page = all.slice(start, max === undefined ? undefined : start + max)
    sendExact(response, Object.fromEntries(page.map(({ job }) => [job.id, entryOf(job.id)])))
  })
  router.get('/history/:id', (request, response) => {
    const { id } = request.params
    const entry = entryOf(id)
    sendExact(response, entry ? { [id]: entry } : {})
  })
  router.post('/history', (request, response) => {
    const body = isObject(request.body) ? request.body : {}
    const listed = Array.isArray(body['delete']) ? (body['delete'] as JsonValue[]).map(String) : []
    const ended = comfyJobs(['succeeded', 'failed', 'cancelled'], 10_000).map(({ job }) => job.id)
    for (const id of body['clear'] === true ? ended : ended.filter((job) => listed.includes(job))) queue.remove(id)
    response.json({})
  })

  router.get('/jobs', (request, response) => {
    const { status, sort_order: order, sort_by: by, workflow_id: workflow } = request.query
    const known = Object.values(comfyStatus)
    const wanted = typeof status === 'string' && status !== '' ? status.split(',').map((name) => name.trim()) : known
    const limit = numberIn(request.query['limit'])
    const offset = numberIn(request.query['offset']) ?? 0
    if (wanted.some((name) => !known.includes(name))) throw new ComfyRefusal(400, { error: 'Invalid status' })
    if (by !== undefined && by !== 'created_at' && by !== 'execution_duration') {
      throw new ComfyRefusal(400, { error: 'sort_by must be created_at or execution_duration' })
    }
    if (order !== undefined && order !== 'asc' && order !== 'desc') {
      throw new ComfyRefusal(400, { error: 'sort_order must be asc or desc' })
    }
    const given = request.query
    if (given['limit'] !== undefined && !limit)
      throw new ComfyRefusal(400, { error: 'limit must be a positive integer' })
    if (given['offset'] !== undefined && numberIn(given['offset']) === undefined) {
      throw new ComfyRefusal(400, { error: 'offset must be a non-negative integer' })
    }
    const all = comfyJobs(['queued', 'running', 'succeeded', 'failed', 'cancelled'], 10_000).filter(
      ({ job, origin }) =>
        wanted.includes(comfyStatus[job.state]) && (workflow === undefined || workflowIdOf(origin) === workflow),
    )
    const duration = ({ job }: { job: StoredJob }) => (job.finishedAt ?? 0) - (job.startedAt ?? 0)
    if (by === 'execution_duration') all.sort((a, b) => duration(b) - duration(a))
    if (order === 'asc') all.reverse()
    const page = all.slice(offset, limit === undefined ? undefined : offset + limit)
    sendExact(response, {
      jobs: page.map(({ job, origin }) => comfyJob(job, origin, outputsOf(job.id))),
      pagination: { offset, limit: limit ?? null, total: all.length, has_more: offset + page.length < all.length },
    })
  })
  const outputsOf = (id: string): JsonObject => entryOf(id)?.outputs ?? {}
  router.get('/jobs/:id', (request, response) => {
    const job = jobs.stored(request.params.id)
    const origin = job && comfyOriginOf(job)
    if (!job || !origin) throw new ComfyRefusal(404, { error: 'Job not found' })
    const entry = entryOf(job.id)
    sendExact(response, {
      ...comfyJob(job, origin, outputsOf(job.id)),
      outputs: outputsOf(job.id),
      ...(entry ? { execution_status: entry.status } : {}),
      workflow: { prompt: new RawJson(origin.promptText), extra_data: origin.extraData },
    })
  })
  const cancelOne = (id: string): boolean => {
    const state = jobs.summaryOf(id)?.state
    if (state !== 'queued' && state !== 'running') return false
    queue.cancel(id)
    return true
  }
  router.post('/jobs/:id/cancel', (request, response) => {
    response.json({ cancelled: cancelOne(request.params.id) })
  })
  router.post('/jobs/cancel', (request, response) => {
    const ids: unknown = isObject(request.body) ? request.body['job_ids'] : undefined
    if (!Array.isArray(ids)) throw new ComfyRefusal(400, { error: 'job_ids must be a list' })
    const invalid = ids.filter((id) => typeof id !== 'string' || !uuid.test(id))
    if (invalid.length > 0) throw new ComfyRefusal(400, { error: 'Invalid job ids', invalid_ids: invalid })
    response.json({ cancelled: ids.map((id) => cancelOne(String(id))).some(Boolean) })
  })
}

const numberIn = (text: unknown): number | undefined => {
  const number = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN
  return Number.isInteger(number) && number >= 0 ? number : undefined
}
