import type { Router } from 'express'
import type { JsonValue } from '@patchbay/engine/workflow'
import type { Queue } from '../../../jobs/queue.ts'
import type { JobStore } from '../../../store/job-store.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { type ComfyJobs, endedStates, mostJobs, sendExact } from './comfy-jobs.ts'
import { numberIn } from './query-values.ts'

export interface HistoryRouteDependencies {
  readonly jobs: Pick<JobStore, 'list' | 'stored'>
  readonly queue: Pick<Queue, 'forget'>
}

/** What ended prompts have made, by their ids. */
export function addHistoryRoutes(
  router: Router,
  { jobs, queue }: HistoryRouteDependencies,
  comfyJobs: ComfyJobs,
): void {
  router.get('/history', async (request, response) => {
    const max = numberIn(request.query['max_items'])
    const offset = numberIn(request.query['offset'])
    // The oldest first, of the newest that are read at the most; only the page is read.
    const total = Math.min(mostJobs, (await jobs.list({ surface: 'comfy', state: endedStates, limit: 0 })).total)
    const start = Math.min(total, offset ?? (max === undefined ? 0 : Math.max(0, total - max)))
    const end = max === undefined ? total : Math.min(total, start + max)
    const { listed } = await comfyJobs.page(endedStates, { limit: end - start, offset: total - end })
    const entries = await Promise.all(
      listed.reverse().map(async ({ job }) => [job.id, await comfyJobs.entryOf(job)] as const),
    )
    sendExact(response, Object.fromEntries(entries))
  })
  router.get('/history/:id', async (request, response) => {
    const { id } = request.params
    const entry = await comfyJobs.entryOf(await jobs.stored(id))
    sendExact(response, entry ? { [id]: entry } : {})
  })
  router.post('/history', async (request, response) => {
    const body = isJsonObject(request.body) ? request.body : {}
    const listed = Array.isArray(body['delete']) ? (body['delete'] as JsonValue[]).map(String) : []
    const over = await comfyJobs.idsOf(endedStates)
    await queue.forget(body['clear'] === true ? over : over.filter((id) => listed.includes(id)))
    response.json({})
  })
}
