import { type ErrorRequestHandler, type Response, Router } from 'express'
import { type JobState, type JsonObject, type JsonValue, isFinished } from '@patchbay/engine/workflow'
import type { ArtifactRecord } from '../../../api/api-types.ts'
import type { JobStore } from '../../../store/job-store.ts'
import type { Queue } from '../../../jobs/queue.ts'
import { type ArtifactStore, type ByteRange, isArtifactHash } from '../../../store/artifact-store.ts'
import type { Logger } from 'pino'
import { type SubmitDependencies, submitPrompt } from '../running/submit-prompt.ts'
import { type JobEventDependencies, serveJobEvents } from './v2-events.ts'
import { type AssetRouteDependencies, addAssetRoutes, refused, withAssetFiles } from './v2-assets.ts'
import { Failure, failureOf, notFound } from '../../../failure.ts'
import type { StoredJob } from '../../../store/stored-job.ts'
import { requireOwnerToChange } from '../../../http/access.ts'
import { writingsOf } from '../../../json-writing.ts'
import { jsonBody } from '../../../http/body.ts'
import { accessOf } from '../../../http/current-access.ts'
import { sendFile } from '../../../http/send-file.ts'
import { traceOf } from '../../../telemetry/trace-context.ts'
import type { AssetStore } from '../assets/asset-store.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { classTypeIn, comfyOriginOf, displayIdOf } from '../running/comfy-origin.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { exactJson, RawJson } from '../prompt/prompt.ts'
import { isUiWorkflow } from '../import/ui-workflow.ts'

const statusOf: { readonly [state in JobState]: string } = {
  queued: 'queued',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'canceled',
}

export interface ComfyV2Dependencies extends SubmitDependencies, JobEventDependencies, AssetRouteDependencies {
  readonly jobs: JobStore
  readonly queue: Pick<Queue, 'cancel' | 'withPositions'>
  readonly artifacts: Pick<ArtifactStore, 'open'>
  readonly log: Logger
  readonly config: { readonly bodyLimitBytes: number; readonly uploadLimitBytes: number }
}

/** Comfy API v2, `/api/v2`: idempotent jobs that are polled, and what they made by content. */
export function createComfyV2(
  dependencies: ComfyV2Dependencies,
  catalogue: ComfyCatalogue,
  assets: AssetStore,
): Router {
  const { jobs, queue, artifacts, config, log } = dependencies
  const router = Router()
  router.use(requireOwnerToChange, jsonBody(config.bodyLimitBytes, { keepWriting: true, python: true }))

  router.post('/jobs', async (request, response) => {
    const body: unknown = request.body
    if (!isJsonObject(body) || !isJsonObject(body['workflow']))
      throw refused(422, 'invalid_workflow', 'The body holds no workflow.')
    if (isUiWorkflow(body['workflow'])) {
      throw refused(422, 'workflow_format_ui', 'This is what the editor saves; send the API format.')
    }
    const prompt = await withAssetFiles(body['workflow'], assets)
    const key = request.get('idempotency-key')
    try {
      const { id } = await submitPrompt(
        { prompt, extra_data: body['extra_data'] ?? {} },
        {
          owner: accessOf(response).owner,
          ...(key === undefined ? {} : { idempotencyKey: key }),
          ...traceOf(request.headers),
        },
        dependencies,
        catalogue,
        writingsOf(response, 'workflow'),
      )
      response
        .status(201)
        .type('application/json')
        .send(exactJson(await jobOf(await required(id))))
    } catch (error) {
      throw inTheirWords(error)
    }
  })
  router.get('/jobs/:id', async (request, response) => {
    response.type('application/json').send(exactJson(await jobOf(await required(request.params.id))))
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
    response.type('application/json').send(exactJson(await jobOf(await required(id))))
  })
  router.get('/jobs/:id/events', async (request, response) => {
    const { id } = request.params
    const origin = comfyOriginOf(await required(id))
    const jobNow = async () => jobOf(await required(id))
    serveJobEvents(dependencies, response, id, origin ?? { idOf: new Map(), prompt: new Map() }, jobNow)
  })
  addAssetRoutes(router, assets, dependencies)
  // What jobs made is an asset too, by its hash.
  router.get('/assets/:id', async (request, response) => {
    response.json(await assetOf(request.params.id))
  })
  router.get('/assets/:id/content', async (request, response) => {
    const { hash, name, mime, bytes } = await recordOf(request.params.id)
    const open = (range?: ByteRange) => artifacts.open(hash, range)
    await sendFile(request, response, { open, bytes, name, mime, etag: hash })
  })

  async function required(id: string): Promise<StoredJob> {
    const job = await jobs.stored(id)
    if (!job || !comfyOriginOf(job)) throw notFound('job', id)
    return job
  }
  async function recordOf(id: string): Promise<ArtifactRecord> {
    const record = isArtifactHash(id) ? await jobs.artifact(id) : undefined
    if (!record) throw notFound('asset', id)
    return record
  }
  const assetOf = async (id: string): Promise<JsonObject> => {
    const { hash, name, mime, bytes, createdAt } = await recordOf(id)
    return {
      id: hash,
      hash,
      name,
      content_type: mime,
      size_bytes: bytes,
      url: `/api/v2/assets/${encodeURIComponent(hash)}/content`,
      created_at: new Date(createdAt).toISOString(),
    }
  }
  async function jobOf(job: StoredJob): Promise<JsonObject> {
    const origin = comfyOriginOf(job)
    const [placed = job] = await queue.withPositions([job])
    const records = await jobs.artifactsOf(job.id)
    const time = (at: number | undefined): JsonValue => (at === undefined ? null : new Date(at).toISOString())
    const { total = 0, finished = 0 } = job.nodes ?? {}
    const base = `/api/v2/jobs/${job.id}`
    return {
      id: job.id,
      status: statusOf[job.state],
      created_at: time(job.createdAt),
      started_at: time(job.startedAt),
      completed_at: time(job.finishedAt),
      expires_at: null,
      queue_position: placed.position ?? null,
      progress: {
        value: isFinished(job.state) ? 1 : total === 0 ? 0 : finished / total,
        nodes_done: finished,
        nodes_total: total,
      },
      outputs: await Promise.all(
        records.map(async (record) => ({
          node_id: displayIdOf(record.node, origin?.idOf ?? new Map()),
          type: record.kind,
          job_id: job.id,
          url_expires_at: null,
          ...(await assetOf(record.hash)),
        })),
      ),
      error: errorOf(job),
      urls: { self: base, events: `${base}/events`, cancel: `${base}/cancel` },
    }
  }

  const answerErrors: ErrorRequestHandler = (thrown: unknown, request, response: Response, _next) => {
    if (thrown instanceof ComfyRefusal) {
      response.status(thrown.status).json(thrown.body)
      return
    }
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', String(failure.retryAfter))
    const { code, message, hint } = failure
    response.status(failure.status).json({ error: { code: code.replaceAll('-', '_'), message, details: { hint } } })
  }
  router.use((request, _response, next) => {
    // A route of the older interface, which has a 2 in its name.
    if (request.path === '/userdata') return next('router')
    throw new Failure('not-found', `There is nothing at ${request.method} ${request.path}.`)
  })
  router.use(answerErrors)
  return router
}

/** Why a job failed, with the node as the workflow names it. */
function errorOf(job: StoredJob): JsonObject | null {
  const { error } = job
  if (!error) return null
  const { prompt = new Map(), idOf = new Map() } = comfyOriginOf(job) ?? {}
  const node = error.node === undefined ? null : displayIdOf(error.node, idOf)
  return {
    code: error.code.replaceAll('-', '_'),
    message: error.message,
    node_id: node,
    class_type: node === null ? null : classTypeIn(prompt, node),
    traceback: [...(error.causes ?? [])],
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
