import type { Request, Router } from 'express'
import { type JobState, jobStates } from '@patchbay/engine/workflow'
import type { Queue } from '../../../jobs/queue.ts'
import type { JobStore } from '../../../store/job-store.ts'
import type { StoredJob } from '../../../store/stored-job.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { RawJson } from '../prompt/prompt.ts'
import { comfyOriginOf } from '../running/comfy-origin.ts'
import { comfyStatus } from '../running/history.ts'
import { comfyJob, workflowIdOf } from '../running/job-shape.ts'
import { uuid } from '../running/submit-prompt.ts'
import { type ComfyJobs, type ListedJob, mostJobs, sendExact } from './comfy-jobs.ts'
import { numberIn } from './query-values.ts'

export interface JobRouteDependencies {
  readonly jobs: Pick<JobStore, 'job' | 'stored'>
  readonly queue: Pick<Queue, 'cancel'>
}

/** `/jobs`: prompts in whatever state, listed, shown and cancelled. */
export function addJobRoutes(router: Router, { jobs, queue }: JobRouteDependencies, comfyJobs: ComfyJobs): void {
  router.get('/jobs', async (request, response) => {
    const { states, ...query } = jobsQueryOf(request.query)
    const { page, total } = await jobsPage(comfyJobs, states, query)
    const shaped = page.map(async ({ job, origin }) =>
      comfyJob(job, origin, (await comfyJobs.entryOf(job))?.outputs ?? {}),
    )
    const { offset, limit } = query
    sendExact(response, {
      jobs: await Promise.all(shaped),
      pagination: { offset, limit: limit ?? null, total, has_more: offset + page.length < total },
    })
  })
  router.get('/jobs/:id', async (request, response) => {
    const job = await jobs.stored(request.params.id)
    const origin = job && comfyOriginOf(job)
    if (!job || !origin) throw new ComfyRefusal(404, { error: 'Job not found' })
    const entry = await comfyJobs.entryOf(job)
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

interface JobsQuery {
  readonly offset: number
  readonly limit: number | undefined
  readonly order: unknown
  readonly by: unknown
  readonly workflow: unknown
}

/** @throws ComfyRefusal when a part of the query is none that ComfyUI knows */
function jobsQueryOf(query: Request['query']): JobsQuery & { readonly states: readonly JobState[] } {
  const { status, sort_order: order, sort_by: by, workflow_id: workflow } = query
  const known = Object.values(comfyStatus)
  const wanted = typeof status === 'string' && status !== '' ? status.split(',').map((name) => name.trim()) : known
  const limit = numberIn(query['limit'])
  const offset = numberIn(query['offset']) ?? 0
  if (wanted.some((name) => !known.includes(name))) throw new ComfyRefusal(400, { error: 'Invalid status' })
  if (by !== undefined && by !== 'created_at' && by !== 'execution_duration') {
    throw new ComfyRefusal(400, { error: 'sort_by must be created_at or execution_duration' })
  }
  if (order !== undefined && order !== 'asc' && order !== 'desc') {
    throw new ComfyRefusal(400, { error: 'sort_order must be asc or desc' })
  }
  if (query['limit'] !== undefined && !limit) throw new ComfyRefusal(400, { error: 'limit must be a positive integer' })
  if (query['offset'] !== undefined && numberIn(query['offset']) === undefined) {
    throw new ComfyRefusal(400, { error: 'offset must be a non-negative integer' })
  }
  const states = jobStates.filter((state) => wanted.includes(comfyStatus[state]))
  return { states, offset, limit, order, by, workflow }
}

/** What is sorted or sought by its content is read whole; the rest page by page. */
async function jobsPage(
  comfyJobs: ComfyJobs,
  states: readonly JobState[],
  { offset, limit, order, by, workflow }: JobsQuery,
): Promise<{ page: ListedJob[]; total: number }> {
  if (by !== 'execution_duration' && order !== 'asc' && workflow === undefined) {
    const { listed, total } = await comfyJobs.page(states, { offset, limit: Math.min(limit ?? mostJobs, mostJobs) })
    return { page: listed, total }
  }
  const { listed } = await comfyJobs.page(states, { limit: mostJobs })
  const all = listed.filter(({ origin }) => workflow === undefined || workflowIdOf(origin) === workflow)
  const duration = ({ job }: { job: StoredJob }) => (job.finishedAt ?? 0) - (job.startedAt ?? 0)
  if (by === 'execution_duration') all.sort((a, b) => duration(b) - duration(a))
  if (order === 'asc') all.reverse()
  return { page: all.slice(offset, limit === undefined ? undefined : offset + limit), total: all.length }
}
