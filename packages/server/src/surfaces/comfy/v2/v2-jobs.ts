import type { Request, Response, Router } from 'express'
import type { JsonObject } from '@patchbay/engine/workflow'
import { Failure, notFound } from '../../../failure.ts'
import { accessOf } from '../../../http/current-access.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import type { Queue } from '../../../jobs/queue.ts'
import type { Keep } from '../../../jobs/retention.ts'
import { writingsOf } from '../../../json-writing.ts'
import type { JobStore } from '../../../store/job-store.ts'
import type { StoredJob } from '../../../store/stored-job.ts'
import { traceOf } from '../../../telemetry/trace-context.ts'
import type { AssetStore } from '../assets/asset-store.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { isUiWorkflow } from '../import/ui-workflow.ts'
import { exactJson, RawJson } from '../prompt/prompt.ts'
import { comfyOriginOf } from '../running/comfy-origin.ts'
import { type SubmitDependencies, submitPrompt } from '../running/submit-prompt.ts'
import { originOf, refused, withAssetFiles } from './v2-assets.ts'
import { type JobEventDependencies, serveJobEvents } from './v2-events.ts'
import { jobJson, jobSummary } from './v2-job-json.ts'

export interface JobRouteDependencies extends SubmitDependencies, JobEventDependencies {
  readonly jobs: JobStore
  readonly queue: Pick<Queue, 'cancel' | 'withPositions'>
  readonly config: { readonly keep: Keep }
}

/** Jobs of Comfy API v2: submitted once a key, listed, polled, followed, cancelled. */
export function addJobRoutes(
  router: Router,
  dependencies: JobRouteDependencies,
  catalogue: ComfyCatalogue,
  assets: AssetStore,
): void {
  const { jobs, queue, config } = dependencies
  const required = async (id: string): Promise<StoredJob> => {
    const job = await jobs.stored(id)
    if (!job || !comfyOriginOf(job)) throw notFound('job', id)
    return job
  }
  const jobNow = async (id: string, request: Request): Promise<JsonObject> => {
    const job = await required(id)
    const [placed] = await queue.withPositions([job])
    const records = await jobs.artifactsOf(id)
    const now = { position: placed?.position, records, keepDays: config.keep.keepDays }
    return jobJson(job, now, originOf(request))
  }
  const sendJob = async (request: Request, response: Response, id: string): Promise<void> => {
    response.type('application/json').send(exactJson(await jobNow(id, request)))
  }

  router.post('/jobs', async (request, response) => {
    const body: unknown = request.body
    if (!isJsonObject(body) || !isJsonObject(body['workflow']))
      throw refused(422, 'invalid_workflow', 'The body holds no workflow.')
    if (isUiWorkflow(body['workflow'])) {
      throw refused(422, 'workflow_format_ui', 'This is what the editor saves; send the API format.')
    }
    const metadata = labelsIn(body['metadata'])
    const prompt = await withAssetFiles(body['workflow'], assets)
    const key = request.get('idempotency-key')
    const asker = { owner: accessOf(response).owner, ...traceOf(request.headers) }
    const { id } = await submitPrompt(
      { prompt, extra_data: body['extra_data'] ?? {} },
      { ...asker, ...(key === undefined ? {} : { idempotencyKey: key }), metadata },
      dependencies,
      catalogue,
      writingsOf(response, 'workflow'),
    ).catch((error: unknown) => {
      throw inTheirWords(error)
    })
    response.status(201)
    await sendJob(request, response, id)
  })
  router.get('/jobs', async (request, response) => {
    const { limit, cursor, labels } = listQuery(request)
    const { page, next } = await pageOf(jobs, { limit, cursor, labels })
    response.json({ jobs: page.map(jobSummary), ...(next === undefined ? {} : { next_cursor: next }) })
  })
  router.get('/jobs/:id', async (request, response) => {
    await sendJob(request, response, request.params.id)
  })
  router.get('/jobs/:id/workflow', async (request, response) => {
    const origin = comfyOriginOf(await required(request.params.id))
    response
      .type('application/json')
      .send(exactJson({ workflow: origin ? new RawJson(origin.promptText) : {}, format: 'api' }))
  })
  router.post('/jobs/:id/cancel', async (request, response) => {
    const { id } = request.params
    await required(id)
    await queue.cancel(id)
    await sendJob(request, response, id)
  })
  router.get('/jobs/:id/events', async (request, response) => {
    const { id } = request.params
    const origin = comfyOriginOf(await required(id))
    serveJobEvents(dependencies, response, id, origin ?? { idOf: new Map(), prompt: new Map() }, () =>
      jobNow(id, request),
    )
  })
}

type Labels = { readonly [key: string]: string }

/** Labels that a client keeps with a job. */
function labelsIn(given: unknown): Labels {
  if (given === undefined || given === null) return {}
  const entries = isJsonObject(given) ? Object.entries(given) : undefined
  const wrong = entries?.find(
    ([key, value]) => key === '' || key.length > 128 || typeof value !== 'string' || value.length > 2048,
  )
  if (!entries || wrong || entries.length > 64) {
    const at = wrong ? `"${wrong[0].slice(0, 128)}" is none. ` : ''
    throw refused(422, 'metadata_invalid', `metadata is an object of at most 64 texts by name. ${at}`.trim())
  }
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]))
}

interface ListQuery {
  readonly limit: number
  readonly cursor: number | undefined
  readonly labels: readonly (readonly [key: string, value: string])[]
}
function listQuery({ query }: Request): ListQuery {
  const whole = (name: string, most: number): number | undefined => {
    const given = query[name]
    const number = given === undefined ? undefined : Number(given)
    if (number === undefined || (Number.isInteger(number) && number >= 1 && number <= most)) return number
    throw refused(422, 'invalid_request', `${name} is a whole number from 1 to ${most}.`)
  }
  const labels = Object.entries(query).flatMap(([name, value]) => {
    const [, key] = /^metadata\[(.+)\]$/s.exec(name) ?? []
    return key !== undefined && typeof value === 'string' ? [[key, value] as const] : []
  })
  return { limit: whole('limit', 500) ?? 50, cursor: whole('cursor', Number.MAX_SAFE_INTEGER), labels }
}

/** Jobs with these labels, the newest first, and where the next page begins. */
async function pageOf(
  jobs: Pick<JobStore, 'listStored'>,
  { limit, cursor, labels }: ListQuery,
): Promise<{ readonly page: readonly StoredJob[]; readonly next: string | undefined }> {
  const page: StoredJob[] = []
  for (let before = cursor; ;) {
    const { jobs: read } = await jobs.listStored({
      surface: 'comfy',
      limit,
      ...(before === undefined ? {} : { before }),
    })
    for (const job of read) {
      const { metadata = {} } = comfyOriginOf(job) ?? {}
      if (!labels.every(([key, value]) => Object.hasOwn(metadata, key) && metadata[key] === value)) continue
      if (page.length === limit) return { page, next: String(page.at(-1)?.number) }
      page.push(job)
    }
    before = read.at(-1)?.number
    if (read.length < limit || before === undefined) return { page, next: undefined }
  }
}

/** A refusal of the older interface, or of the queue, as this one says it. */
function inTheirWords(error: unknown): unknown {
  if (error instanceof ComfyRefusal && 'error' in error.body && isJsonObject(error.body.error)) {
    const nodes = 'node_errors' in error.body ? error.body.node_errors : {}
    return refused(422, 'invalid_workflow', String(error.body.error['message']), { node_errors: nodes })
  }
  if (error instanceof Failure && error.code === 'key-reused')
    return refused(422, 'idempotency_key_reuse', error.message)
  return error
}
