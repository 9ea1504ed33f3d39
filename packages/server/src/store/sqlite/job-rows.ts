import type { Selectable } from 'kysely'
import { type NodeId, type RunErrorReport, type Workflow, apiPrefix } from '@patchbay/engine/workflow'
import type { ArtifactRecord, Job, TimelineEntry } from '../../api/api-types.ts'
import type { TraceContext } from '../../telemetry/trace-context.ts'
import type { JobOrigin, StoredJob, Webhook } from '../stored-job.ts'
import type { JobTable, Schema } from './schema.ts'

export type JobRow = Omit<Selectable<JobTable>, 'rank' | 'on_crash' | 'surface'>
export type StoredJobRow = JobRow &
  Pick<Selectable<JobTable>, 'on_crash'> &
  Omit<Schema['job_documents'], 'number'> & { readonly timeline: string | null }

/** The columns of a `Job`. */
export const jobColumns = [
  'jobs.number',
  'jobs.id',
  'jobs.state',
  'jobs.name',
  'jobs.owner',
  'jobs.priority',
  'jobs.workflow_id',
  'jobs.workflow_version',
  'jobs.batch_id',
  'jobs.batch_index',
  'jobs.batch_count',
  'jobs.created_at',
  'jobs.started_at',
  'jobs.finished_at',
  'jobs.attempts',
  'jobs.claim',
  'jobs.nodes_total',
  'jobs.nodes_finished',
  'jobs.artifacts',
  'jobs.device',
  'jobs.error',
] as const

export function jobOf(row: JobRow): Job {
  const { name, started_at: startedAt, finished_at: finishedAt, device, error, nodes_total: total } = row
  return {
    id: row.id,
    number: row.number,
    state: row.state,
    owner: row.owner,
    priority: row.priority,
    createdAt: row.created_at,
    attempts: row.attempts,
    artifacts: row.artifacts,
    ...(name === null ? {} : { name }),
    ...(startedAt === null ? {} : { startedAt }),
    ...(finishedAt === null ? {} : { finishedAt }),
    ...(device === null ? {} : { device }),
    ...(error === null ? {} : { error: json<RunErrorReport>(error) }),
    ...(row.workflow_id === null ? {} : { workflow: { id: row.workflow_id, version: row.workflow_version ?? 1 } }),
    ...(row.batch_id === null
      ? {}
      : { batch: { id: row.batch_id, index: row.batch_index ?? 0, count: row.batch_count ?? 1 } }),
    ...(total === null ? {} : { nodes: { total, finished: row.nodes_finished } }),
  }
}

/** @throws a SyntaxError where a text of the job is damaged. */
export function storedJobOf(row: StoredJobRow): StoredJob {
  return {
    ...jobOf(row),
    document: json<Workflow>(row.document),
    timeline: row.timeline === null ? [] : json<readonly TimelineEntry[]>(row.timeline),
    ...(row.targets === null ? {} : { targets: json<readonly NodeId[]>(row.targets) }),
    ...(row.on_crash === null ? {} : { onCrash: row.on_crash }),
    ...(row.webhook === null ? {} : { webhook: json<Webhook>(row.webhook) }),
    ...(row.origin === null ? {} : { origin: json<JobOrigin>(row.origin) }),
    ...(row.trace === null ? {} : { trace: json<TraceContext>(row.trace) }),
  }
}

export function artifactOf(row: Selectable<Schema['artifacts']>): ArtifactRecord {
  const { hash, name, mime, bytes, kind, width, height, job, node } = row
  const url = `${apiPrefix}/artifacts/${encodeURIComponent(hash)}`
  return {
    hash,
    name,
    mime,
    bytes,
    kind,
    ...(width === null ? {} : { width }),
    ...(height === null ? {} : { height }),
    job,
    node,
    createdAt: row.created_at,
    url,
    ...(mayHaveThumbnail(kind, mime) ? { thumbnailUrl: `${url}/thumbnail` } : {}),
  }
}

/** Of an animated picture the thumbnail moves too; a film has none, since nothing here decodes it. */
const mayHaveThumbnail = (kind: ArtifactRecord['kind'], mime: string): boolean =>
  kind === 'image' || (kind === 'video' && mime.startsWith('image/'))

export const toJson = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))
// The columns read by this were written by `toJson` of the same type.
const json = <T>(text: string): T => JSON.parse(text) as T
