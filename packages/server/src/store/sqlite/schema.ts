import { type Generated, DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { ArtifactRef, JobState } from '@patchbay/engine/workflow'
import type { CrashPolicy } from '../../api/api-types.ts'

/**
 * The tables, as the last migration leaves them. Times are ms since 1970; a column that ends in JSON holds its text.
 */
export interface Schema {
  readonly meta: { key: string; value: string }
  /** How many jobs are in each state, which triggers keep. */
  readonly counters: { name: JobState; n: number }
  readonly jobs: JobTable
  /** The large texts of a job, apart from the columns that change while it runs. */
  readonly job_documents: {
    number: number
    document: string
    targets: string | null
    webhook: string | null
    origin: string | null
    trace: string | null
  }
  readonly job_timelines: { number: number; timeline: string }
  /** How many jobs of each owner are queued at each priority, which triggers keep; no row where none is. */
  readonly waiting: { priority: number; owner: string; n: number }
  /** When each owner last had a job started; owners that waited longest go first. */
  readonly turns: { owner: string; turn: number }
  readonly idempotency: {
    owner: string
    key: string
    request_hash: string
    jobs: string
    batch: string | null
    created_at: number
  }
  /**
   * A row holds events that were recorded together: `seq` is the number of the last, `event` one event, or a list of
   * `count`.
   */
  readonly events: { seq: number; job: string; at: number; event: string; count: number }
  readonly artifacts: {
    id: Generated<number>
    hash: string
    job: string
    node: string
    name: string
    mime: string
    bytes: number
    kind: ArtifactRef['kind']
    width: number | null
    height: number | null
    created_at: number
  }
  readonly webhooks: { job: string; attempt: number; due_at: number }
  readonly workflows: {
    id: string
    name: string
    description: string | null
    tags: string
    version: number
    created_at: number
    updated_at: number
  }
  readonly workflow_versions: {
    workflow: string
    version: number
    created_at: number
    message: string | null
    hash: string
    document: string
  }
  readonly settings: { key: string; value: string }
}

export interface JobTable {
  number: Generated<number>
  id: string
  state: JobState
  name: string | null
  owner: string
  priority: number
  /** Among the queued jobs of one priority the lowest starts first. */
  rank: number
  workflow_id: string | null
  workflow_version: number | null
  batch_id: string | null
  batch_index: number | null
  batch_count: number | null
  created_at: number
  started_at: number | null
  finished_at: number | null
  attempts: Generated<number>
  /** Rises with each claim of the job; what a run writes carries the claim that it was started with. */
  claim: Generated<number>
  on_crash: CrashPolicy | null
  nodes_total: number | null
  nodes_finished: Generated<number>
  artifacts: Generated<number>
  device: string | null
  error: string | null
  surface: string | null
}

/** Builds SQL and runs none: statements are compiled once and bound by `statements.ts`. */
export const query = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})
