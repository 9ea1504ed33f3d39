import { Router } from 'express'
import type { Hub } from '../../../live/hub.ts'
import type { JobStore } from '../../../store/job-store.ts'
import type { PictureDependencies } from '../../pictures/make-pictures.ts'

export interface ProgressDependencies {
  readonly jobs: Pick<JobStore, 'list' | 'counts'>
  readonly queue: Pick<PictureDependencies['queue'], 'cancel'>
  readonly hub: Pick<Hub, 'listen' | 'listenPreviews'>
}

/** How far a job is: the steps of the node that counts, and the last picture that was shown. */
interface Standing {
  step: number
  steps: number
  picture?: string
}

/** `/progress`, `/interrupt` and `/skip`. */
export function progressRoutes({ jobs, queue, hub }: ProgressDependencies): Router {
  const routes = Router()
  const standings = new Map<string, Standing>()
  const standingOf = (job: string): Standing => {
    const known = standings.get(job)
    if (known) return known
    const standing: Standing = { step: 0, steps: 0 }
    standings.set(job, standing)
    return standing
  }
  hub.listen((message) => {
    const { job, event } = message
    if (event.type === 'node-progress') Object.assign(standingOf(job), { step: event.step, steps: event.steps })
    else if (/^job-(succeeded|failed|cancelled|queued)$/.test(event.type)) standings.delete(job)
  })
  hub.listenPreviews(({ job }, picture) => {
    standingOf(job).picture = Buffer.from(picture).toString('base64')
  })
  const running = async () => (await jobs.list({ state: ['running'], limit: 500 })).jobs

  routes.get('/progress', async (request, response) => {
    const job = (await running()).at(-1)
    const { total = 0, finished = 0 } = job?.nodes ?? {}
    const { step = 0, steps = 0, picture = null } = (job && standings.get(job.id)) ?? {}
    const within = steps > 0 ? step / steps : 0
    const { queued } = await jobs.counts()
    response.json({
      progress: total === 0 ? 0 : Math.min(1, (finished + within) / total),
      eta_relative: 0,
      state: {
        skipped: false,
        interrupted: false,
        stopping_generation: false,
        job: job?.id ?? '',
        job_count: queued + (job ? 1 : 0),
        job_timestamp: job ? String(job.startedAt ?? 0) : '0',
        job_no: 0,
        sampling_step: step,
        sampling_steps: steps,
      },
      current_image: request.query['skip_current_image'] === 'true' ? null : picture,
      textinfo: null,
    })
  })
  for (const path of ['/interrupt', '/skip', '/stop-generating']) {
    routes.post(path, async (_request, response) => {
      for (const { id } of await running()) await queue.cancel(id)
      response.json({})
    })
  }
  return routes
}
