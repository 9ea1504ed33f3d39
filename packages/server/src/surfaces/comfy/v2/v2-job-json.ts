import { type JobState, type JsonObject, type JsonValue, isFinished } from '@patchbay/engine/workflow'
import type { ArtifactRecord } from '../../../api/api-types.ts'
import type { StoredJob } from '../../../store/stored-job.ts'
import { classTypeIn, comfyOriginOf, displayIdOf } from '../running/comfy-origin.ts'
import { comfyStateOf } from '../running/history.ts'

/** What is kept for as long as this server has it has a deadline that no clock reaches; the schema wants one. */
export const never = '9999-12-31T23:59:59.000Z'

const statusOf: { readonly [state in JobState]: string } = {
  queued: 'queued',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'canceled',
}
/** Kinds of files here, by what the interface calls them. */
const outputTypes: { readonly [kind: string]: string } = {
  image: 'image',
  audio: 'audio',
  video: 'video',
  text: 'text',
  latents: 'latent',
}

/** Where a job is in the queue, what it has kept so far, and until when it is kept. */
export interface JobNow {
  readonly position: number | undefined
  readonly records: readonly ArtifactRecord[]
  readonly keepDays: number | undefined
}

const timeOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

/** A job by the published schema. `origin` is the address that clients reach this server at. */
export function jobJson(job: StoredJob, { position, records, keepDays }: JobNow, origin: string): JsonObject {
  const { idOf = new Map<string, string>(), metadata = {} } = comfyOriginOf(job) ?? {}
  const { total = 0, finished = 0 } = job.nodes ?? {}
  const base = `/api/v2/jobs/${job.id}`
  return {
    id: job.id,
    status: statusOf[comfyStateOf(job)],
    created_at: timeOf(job.createdAt),
    started_at: timeOf(job.startedAt),
    completed_at: timeOf(job.finishedAt),
    expires_at: keepDays === undefined ? never : timeOf((job.finishedAt ?? Date.now()) + keepDays * 86_400_000),
    queue_position: position ?? null,
    progress: {
      value: isFinished(job.state) ? 1 : total === 0 ? 0 : finished / total,
      nodes_done: finished,
      nodes_total: total,
    },
    outputs: records.map((record) => ({
      node_id: displayIdOf(record.node, idOf),
      type: outputTypes[record.kind] ?? 'file',
      job_id: job.id,
      ...outputJson(record, origin),
    })),
    error: errorOf(job),
    metrics: metricsOf(job),
    metadata,
    urls: { self: base, events: `${base}/events`, cancel: `${base}/cancel` },
  }
}

/** An item of the list of jobs. */
export function jobSummary(job: StoredJob): JsonObject {
  const changed = job.finishedAt ?? job.startedAt ?? job.createdAt
  return {
    id: job.id,
    status: statusOf[comfyStateOf(job)],
    create_time: timeOf(job.createdAt),
    update_time: timeOf(changed),
    metadata: comfyOriginOf(job)?.metadata ?? {},
  }
}

/** A kept file. Its hash here is not BLAKE3, so it is null, as the schema has it for one that is not computed. */
export function outputJson({ hash, name, mime, bytes, createdAt }: ArtifactRecord, origin: string): JsonObject {
  return {
    id: hash,
    hash: null,
    name,
    content_type: mime,
    size_bytes: bytes,
    url: `${origin}/api/v2/assets/${encodeURIComponent(hash)}/content`,
    url_expires_at: never,
    created_at: new Date(createdAt).toISOString(),
  }
}

function metricsOf({ createdAt, startedAt, finishedAt }: StoredJob): JsonObject {
  return {
    queue_ms: startedAt === undefined ? null : startedAt - createdAt,
    execution_ms: startedAt === undefined || finishedAt === undefined ? null : finishedAt - startedAt,
  }
}

/** Why a job failed, with the node as the workflow names it. */
function errorOf(job: StoredJob): JsonValue {
  const { error } = job
  if (!error) return null
  const { prompt = new Map(), idOf = new Map<string, string>() } = comfyOriginOf(job) ?? {}
  const node = error.node === undefined ? null : displayIdOf(error.node, idOf)
  return {
    code: error.code.replaceAll('-', '_'),
    message: error.message,
    node_id: node,
    class_type: node === null ? null : classTypeIn(prompt, node),
    traceback: error.causes && error.causes.length > 0 ? error.causes.join('\n') : null,
  }
}
