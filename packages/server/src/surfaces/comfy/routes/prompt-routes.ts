import type { Router } from 'express'
import { type JobState, type JsonValue, isFinished, jobStates } from '@patchbay/engine/workflow'
import type { StoredJob } from '../../../store/stored-job.ts'
import type { JobStore } from '../../../store/job-store.ts'
import type { Queue } from '../../../jobs/queue.ts'
import type { EventLog } from '../../../store/event-log.ts'
import type { Supervisor } from '../../../runner/supervisor.ts'
import { type SubmitDependencies, submitPrompt, uuid } from '../running/submit-prompt.ts'
import { writingsOf } from '../../../json-writing.ts'
import { accessOf } from '../../../http/current-access.ts'
import { traceOf } from '../../../telemetry/trace-context.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { ComfyRefusal, refusal } from '../errors/comfy-refusal.ts'
import { type ComfyOrigin, comfyOriginOf } from '../running/comfy-origin.ts'
import { type HistoryEntry, comfyStatus, historyEntry, queueItem } from '../running/history.ts'
import { comfyJob, workflowIdOf } from '../running/job-shape.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { exactJson, RawJson } from '../prompt/prompt.ts'

export interface PromptRouteDependencies extends SubmitDependencies {
  readonly jobs: Pick<JobStore, 'counts' | 'job' | 'list' | 'listStored' | 'newestNumber' | 'stored'>
  readonly queue: Pick<Queue, 'cancel' | 'forget'>
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

  /** Newest first, and how many there are in all. */
  const comfyJobs = async (
    state: readonly JobState[],
    page: { limit: number; offset?: number },
  ): Promise<ComfyJobs> => {
    const { jobs: stored, total } = await jobs.listStored({ surface: 'comfy', state, ...page })
    const listed = stored.flatMap((job) => {
      const origin = comfyOriginOf(job)
      return origin ? [{ job, origin }] : []
    })
    return { listed, total }
  }
  const entryFor = async (job: StoredJob | undefined): Promise<HistoryEntry | undefined> => {
    const origin = job && comfyOriginOf(job)
    if (!origin || !isFinished(job.state)) return undefined
    return historyEntry(job, origin, await events.after(0, 100_000, [job.id]))
  }
  const idsOf = async (state: readonly JobState[]): Promise<string[]> =>
    (await jobs.list({ surface: 'comfy', state, limit: most })).jobs.map(({ id }) => id)
  const sendExact = (response: { type(name: string): { send(text: string): void } }, value: unknown): void => {
    response.type('application/json').send(exactJson(value))
  }

  router.get('/prompt', async (_request, response) => {
    const { queued, running } = await jobs.counts()
    response.json({ exec_info: { queue_remaining: queued + running } })
  })

  router.post('/prompt', async (request, response) => {
    const body: unknown = request.body
    if (!isJsonObject(body) || body['prompt'] === undefined)
      throw refusal('no_prompt', 'No prompt provided', 'No prompt provided')
    const { owner } = accessOf(response)
    const { id, number, nodeErrors } = await submitPrompt(
      body,
      { owner, ...traceOf(request.headers) },
      dependencies,
      catalogue,
      writingsOf(response, 'prompt'),
    )
    response.json({ prompt_id: id, number, node_errors: Object.fromEntries(nodeErrors) })
  })

  router.get('/queue', async (_request, response) => {
    const running = await comfyJobs(['running'], { limit: 500 })
    const pending = await comfyJobs(['queued'], { limit: most })
    sendExact(response, {
      queue_running: running.listed.map(({ job, origin }) => queueItem(job, origin)),
      // The next first: by number, and of equals by arrival.
      queue_pending: pending.listed
        .reverse()
        .sort((a, b) => a.origin.number - b.origin.number)
        .map(({ job, origin }) => queueItem(job, origin)),
    })
  })
  router.post('/queue', async (request, response) => {
    const body = isJsonObject(request.body) ? request.body : {}
    const listed = Array.isArray(body['delete']) ? (body['delete'] as JsonValue[]).map(String) : []
    const pending = body['clear'] === true ? await idsOf(['queued']) : listed
    for (const id of pending) if ((await jobs.job(id))?.state === 'queued') await queue.cancel(id)
    response.json({})
  })
  router.post('/interrupt', async (request, response) => {
    const asked = isJsonObject(request.body) ? request.body['prompt_id'] : undefined
    const running = await jobs.list({ state: ['running'], limit: 500 })
    for (const job of running.jobs) if (asked === undefined || asked === job.id) await queue.cancel(job.id)
    response.json({})
  })
  router.post('/free', (request, response) => {
    const body = isJsonObject(request.body) ? request.body : {}
    supervisor.free(body['unload_models'] === true, body['free_memory'] === true)
    response.json({})
  })

  router.get('/history', async (request, response) => {
    const max = numberIn(request.query['max_items'])
    const offset = numberIn(request.query['offset'])
    // The oldest first, of the newest that are read at the most; only the page is read.
    const total = Math.min(most, (await jobs.list({ surface: 'comfy', state: ended, limit: 0 })).total)
    const start = Math.min(total, offset ?? (max === undefined ? 0 : Math.max(0, total - max)))
    const end = max === undefined ? total : Math.min(total, start + max)
    const { listed } = await comfyJobs(ended, { limit: end - start, offset: total - end })
    const entries = await Promise.all(listed.reverse().map(async ({ job }) => [job.id, await entryFor(job)] as const))
    sendExact(response, Object.fromEntries(entries))
  })
  router.get('/history/:id', async (request, response) => {
    const { id } = request.params
    const entry = await entryFor(await jobs.stored(id))
    sendExact(response, entry ? { [id]: entry } : {})
  })
  router.post('/history', async (request, response) => {
    const body = isJsonObject(request.body) ? request.body : {}
    const listed = Array.isArray(body['delete']) ? (body['delete'] as JsonValue[]).map(String) : []
    const over = await idsOf(ended)
    await queue.forget(body['clear'] === true ? over : over.filter((id) => listed.includes(id)))
    response.json({})
  })

  router.get('/jobs', async (request, response) => {
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
    const states = jobStates.filter((state) => wanted.includes(comfyStatus[state]))
    const { page, total } = await jobsPage(states, { offset, limit, order, by, workflow })
    const shaped = page.map(async ({ job, origin }) => comfyJob(job, origin, (await entryFor(job))?.outputs ?? {}))
    sendExact(response, {
      jobs: await Promise.all(shaped),
      pagination: { offset, limit: limit ?? null, total, has_more: offset + page.length < total },
    })
  })
  /** What is sorted or sought by its content is read whole; the rest page by page. */
  async function jobsPage(
    states: readonly JobState[],
    { offset, limit, order, by, workflow }: JobsQuery,
  ): Promise<{ page: ComfyJobs['listed']; total: number }> {
    if (by !== 'execution_duration' && order !== 'asc' && workflow === undefined) {
      const { listed, total } = await comfyJobs(states, { offset, limit: Math.min(limit ?? most, most) })
      return { page: listed, total }
    }
    const { listed } = await comfyJobs(states, { limit: most })
    const all = listed.filter(({ origin }) => workflow === undefined || workflowIdOf(origin) === workflow)
    const duration = ({ job }: { job: StoredJob }) => (job.finishedAt ?? 0) - (job.startedAt ?? 0)
    if (by === 'execution_duration') all.sort((a, b) => duration(b) - duration(a))
    if (order === 'asc') all.reverse()
    return { page: all.slice(offset, limit === undefined ? undefined : offset + limit), total: all.length }
  }
  router.get('/jobs/:id', async (request, response) => {
    const job = await jobs.stored(request.params.id)
    const origin = job && comfyOriginOf(job)
    if (!job || !origin) throw new ComfyRefusal(404, { error: 'Job not found' })
    const entry = await entryFor(job)
    const outputs = entry?.outputs ?? {}
    sendExact(response, {
      ...comfyJob(job, origin, outputs),
      outputs,
      ...(entry ? { execution_status: entry.status } : {}),
      workflow: { prompt: new RawJson(origin.promptText), extra_data: origin.extraData },
    })
  })
  const cancelOne = async (id: string): Promise<boolean> => {
    const state = (await jobs.job(id))?.state
    if (state !== 'queued' && state !== 'running') return false
    await queue.cancel(id)
    return true
  }
  router.post('/jobs/:id/cancel', async (request, response) => {
    response.json({ cancelled: await cancelOne(request.params.id) })
  })
  router.post('/jobs/cancel', async (request, response) => {
    const ids: unknown = isJsonObject(request.body) ? request.body['job_ids'] : undefined
    if (!Array.isArray(ids)) throw new ComfyRefusal(400, { error: 'job_ids must be a list' })
    const invalid = ids.filter((id) => typeof id !== 'string' || !uuid.test(id))
    if (invalid.length > 0) throw new ComfyRefusal(400, { error: 'Invalid job ids', invalid_ids: invalid })
    const cancelled = await Promise.all(ids.map((id) => cancelOne(String(id))))
    response.json({ cancelled: cancelled.some(Boolean) })
  })
}

/** Jobs that one answer reads at the most. */
const most = 10_000
const ended: readonly JobState[] = ['succeeded', 'failed', 'cancelled']

interface ComfyJobs {
  readonly listed: { readonly job: StoredJob; readonly origin: ComfyOrigin }[]
  readonly total: number
}
interface JobsQuery {
  readonly offset: number
  readonly limit: number | undefined
  readonly order: unknown
  readonly by: unknown
  readonly workflow: unknown
}

const numberIn = (text: unknown): number | undefined => {
  const number = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN
  return Number.isInteger(number) && number >= 0 ? number : undefined
}
