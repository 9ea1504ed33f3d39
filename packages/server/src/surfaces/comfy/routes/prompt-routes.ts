import type { Router } from 'express'
import type { JsonValue } from '@patchbay/engine/workflow'
import type { JobStore } from '../../../store/job-store.ts'
import type { Queue } from '../../../jobs/queue.ts'
import type { Supervisor } from '../../../runner/supervisor.ts'
import { type SubmitDependencies, submitPrompt } from '../running/submit-prompt.ts'
import { writingsOf } from '../../../json-writing.ts'
import { accessOf } from '../../../http/current-access.ts'
import { traceOf } from '../../../telemetry/trace-context.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { refusal } from '../errors/comfy-refusal.ts'
import { queueItem } from '../running/history.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { type ComfyJobs, mostJobs, sendExact } from './comfy-jobs.ts'

export interface PromptRouteDependencies extends SubmitDependencies {
  readonly jobs: Pick<JobStore, 'counts' | 'job' | 'list' | 'newestNumber'>
  readonly queue: Pick<Queue, 'cancel'>
  readonly supervisor: Pick<Supervisor, 'free'>
}

/** Prompts and the queue as ComfyUI has them. */
export function addPromptRoutes(
  router: Router,
  dependencies: PromptRouteDependencies,
  catalogue: ComfyCatalogue,
  comfyJobs: ComfyJobs,
): void {
  const { jobs, queue, supervisor } = dependencies

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
    const running = await comfyJobs.page(['running'], { limit: 500 })
    const pending = await comfyJobs.page(['queued'], { limit: mostJobs })
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
    const pending = body['clear'] === true ? await comfyJobs.idsOf(['queued']) : listed
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
}
