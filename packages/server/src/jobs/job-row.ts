import {
  type ArtifactRecord,
  type CrashPolicy,
  type Job,
  type JsonObject,
  type JobState,
  type NodeId,
  type RunErrorReport,
  type TimelineEntry,
  type Workflow,
  apiPrefix,
  jobStates,
} from '@patchbay/engine/workflow'
import type { EmbeddedTexts } from '../runner/messages.ts'
import type { Row, SqlValue } from '../storage/database.ts'
import type { TraceContext } from '../telemetry/trace-context.ts'

/** What a surface keeps with a job for itself, e.g. whose socket hears of it. The job store carries it and never reads it. */
export interface JobOrigin {
  readonly surface: string
  /** Texts that pictures of this job carry besides the workflow. */
  readonly embedded?: EmbeddedTexts
  /** Side effects of the same inputs as in an earlier run are told again instead of repeated. */
  readonly reuseEffects?: boolean
  readonly details?: JsonObject
}
export interface Webhook {
  readonly url: string
  readonly secret?: string
}

/** A job as the queue and the runner need it. */
export interface StoredJob extends Job {
  readonly document: Workflow
  readonly targets?: readonly NodeId[]
  readonly timeline: readonly TimelineEntry[]
  readonly onCrash?: CrashPolicy
  readonly webhook?: Webhook
  readonly origin?: JobOrigin
  readonly trace?: TraceContext
}

const text = (value: SqlValue | undefined): string => String(value)
const number = (value: SqlValue | undefined): number => Number(value)
/** `{ [key]: value }` when there is a value, for optional properties. */
function optional<K extends string, T>(key: K, value: SqlValue | undefined, read: (value: SqlValue) => T) {
  return (value === null || value === undefined ? {} : { [key]: read(value) }) as { readonly [P in K]?: T }
}
// The columns read by this were written by JSON.stringify of the same type.
const json = <T>(value: SqlValue): T => JSON.parse(text(value)) as T
const stateOf = (value: SqlValue | undefined): JobState => jobStates.find((state) => state === value) ?? 'failed'

export function jobOf(row: Row): Job {
  return {
    id: text(row['id']),
    number: number(row['number']),
    state: stateOf(row['state']),
    owner: text(row['owner']),
    priority: number(row['priority']),
    createdAt: number(row['created_at']),
    attempts: number(row['attempts']),
    artifacts: number(row['artifacts']),
    ...optional('name', row['name'], text),
    ...optional('startedAt', row['started_at'], number),
    ...optional('finishedAt', row['finished_at'], number),
    ...optional('device', row['device'], text),
    ...optional('error', row['error'], (value) => json<RunErrorReport>(value)),
    ...optional('workflow', row['workflow_id'], (id) => ({ id: text(id), version: number(row['workflow_version']) })),
    ...optional('batch', row['batch_id'], (id) => ({
      id: text(id),
      index: number(row['batch_index']),
      count: number(row['batch_count']),
    })),
    ...optional('nodes', row['nodes_total'], (total) => ({
      total: number(total),
      finished: number(row['nodes_finished']),
    })),
  }
}

export function storedJobOf(row: Row): StoredJob {
  return {
    ...jobOf(row),
    document: json<Workflow>(row['document'] ?? '{}'),
    timeline: row['timeline'] ? json<readonly TimelineEntry[]>(row['timeline']) : [],
    ...optional('targets', row['targets'], (value) => json<readonly NodeId[]>(value)),
    ...optional('onCrash', row['on_crash'], (value) => (value === 'fail' ? ('fail' as const) : ('requeue' as const))),
    ...optional('webhook', row['webhook'], (value) => json<Webhook>(value)),
    ...optional('origin', row['origin'], (value) => json<JobOrigin>(value)),
    ...optional('trace', row['trace'], (value) => json<TraceContext>(value)),
  }
}

const artifactKinds = ['image', 'latents', 'weights', 'table', 'text', 'file'] as const
export function artifactOf(row: Row): ArtifactRecord {
  const hash = text(row['hash'])
  const url = `${apiPrefix}/artifacts/${encodeURIComponent(hash)}`
  const kind = artifactKinds.find((known) => known === row['kind']) ?? 'file'
  return {
    hash,
    name: text(row['name']),
    mime: text(row['mime']),
    bytes: number(row['bytes']),
    kind,
    ...optional('width', row['width'], number),
    ...optional('height', row['height'], number),
    job: text(row['job']),
    node: text(row['node']),
    createdAt: number(row['created_at']),
    url,
    ...(kind === 'image' ? { thumbnailUrl: `${url}/thumbnail` } : {}),
  }
}

export const toJson = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))
