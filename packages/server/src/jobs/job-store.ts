import { createHash, randomUUID } from 'node:crypto'
import type {
  ArtifactRecord,
  Batch,
  CrashPolicy,
  Job,
  JobState,
  NodeId,
  RunErrorReport,
  TimelineEntry,
  Workflow,
} from '@patchbay/engine/workflow'
import type { Database, Row, SqlValue } from '../storage/database.ts'
import type { TraceContext } from '../telemetry/trace-context.ts'
import { type JobOrigin, type StoredJob, type Webhook, artifactOf, jobOf, storedJobOf, toJson } from './job-row.ts'

export interface JobDraft {
  readonly id?: string
  readonly document: Workflow
  readonly targets?: readonly NodeId[]
  readonly name?: string
  readonly owner: string
  readonly priority: number
  readonly front?: boolean
  readonly workflow?: { readonly id: string; readonly version: number }
  readonly batch?: { readonly id: string; readonly index: number; readonly count: number }
  readonly onCrash?: CrashPolicy
  readonly webhook?: Webhook
  readonly origin?: JobOrigin
  readonly trace?: TraceContext
}
export interface JobFilter {
  readonly state?: readonly JobState[]
  readonly batch?: string
  readonly workflow?: string
  readonly owner?: string
  readonly limit: number
  readonly before?: number
}
export type { Batch }

/** Columns of a job without its document, which may be large. */
const summary = `number, id, state, name, owner, priority, workflow_id, workflow_version, batch_id, batch_index, batch_count, created_at,
  started_at, finished_at, attempts, nodes_total, nodes_finished, artifacts, device, error`

export type JobStore = ReturnType<typeof createJobStore>

/** Jobs at rest: every change of a job's state is one guarded statement, so two can never both win. */
export function createJobStore(database: Database, now: () => number = Date.now) {
  const { all, get, run, transaction } = database
  /** Asked for with every submission, and changed only by an end. */
  let usual: { readonly ms: number | undefined } | undefined

  /** Before everything of its priority when `front`, after everything otherwise. */
  function rankFor(priority: number, front: boolean): number {
    const [aggregate, step] = front ? ['MIN', -1] : ['MAX', 1]
    const row = get(`SELECT ${aggregate}(rank) AS rank FROM jobs WHERE state = 'queued' AND priority = ?`, priority)
    return Number(row?.['rank'] ?? 0) + Number(step)
  }

  function insert(draft: JobDraft, rank: number): Job {
    const id = draft.id ?? randomUUID()
    run(
      `INSERT INTO jobs (id, state, name, owner, priority, rank, document, targets, workflow_id, workflow_version, batch_id, batch_index,
        batch_count, created_at, on_crash, webhook, origin, trace)
       VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      draft.name ?? draft.document.name ?? null,
      draft.owner,
      draft.priority,
      rank,
      JSON.stringify(draft.document),
      toJson(draft.targets),
      draft.workflow?.id ?? null,
      draft.workflow?.version ?? null,
      draft.batch?.id ?? null,
      draft.batch?.index ?? null,
      draft.batch?.count ?? null,
      now(),
      draft.onCrash ?? null,
      toJson(draft.webhook),
      toJson(draft.origin),
      toJson(draft.trace),
    )
    return required(id)
  }

  function summaryOf(id: string): Job | undefined {
    const row = get(`SELECT ${summary} FROM jobs WHERE id = ?`, id)
    return row && jobOf(row)
  }
  function required(id: string): Job {
    const job = summaryOf(id)
    if (!job) throw new Error(`Job ${id} is not in the store`)
    return job
  }
  /** Notes that the webhook of a job that has ended is to be called; call it in the transaction of the end. */
  function tellLater(id: string): void {
    run(
      `INSERT OR REPLACE INTO webhooks (job, attempt, due_at) SELECT id, 0, ? FROM jobs WHERE id = ? AND webhook IS NOT NULL`,
      now(),
      id,
    )
  }
  const changed = (sql: string, ...values: SqlValue[]): boolean => run(sql, ...values).changes > 0

  return {
    summaryOf,

    stored(id: string): StoredJob | undefined {
      const row = get('SELECT * FROM jobs WHERE id = ?', id)
      return row && storedJobOf(row)
    },

    add(drafts: readonly JobDraft[]): Job[] {
      return transaction(() => {
        const first = drafts[0]
        if (!first) return []
        const front = first.front ?? false
        const start = rankFor(first.priority, front) - (front ? drafts.length - 1 : 0)
        return drafts.map((draft, index) => insert(draft, start + index))
      })
    },

    /** What an earlier request with this key made; `conflict` when that request asked for something else. */
    repeatedBy(
      owner: string,
      key: string,
      request: string,
    ): { jobs: string[]; batch?: string } | 'conflict' | undefined {
      run('DELETE FROM idempotency WHERE created_at < ?', now() - 24 * 3_600_000)
      const row = get('SELECT * FROM idempotency WHERE owner = ? AND key = ?', owner, key)
      if (!row) return undefined
      if (row['request_hash'] !== hashOf(request)) return 'conflict'
      const jobs: string[] = JSON.parse(String(row['jobs']))
      return { jobs, ...(row['batch'] === null ? {} : { batch: String(row['batch']) }) }
    },
    remember(owner: string, key: string, request: string, jobs: readonly string[], batch: string | undefined): void {
      run(
        'INSERT INTO idempotency (owner, key, request_hash, jobs, batch, created_at) VALUES (?, ?, ?, ?, ?, ?)',
        owner,
        key,
        hashOf(request),
        JSON.stringify(jobs),
        batch ?? null,
        now(),
      )
    },

    list({ state, batch, workflow, owner, limit, before }: JobFilter): { jobs: Job[]; total: number } {
      const conditions: [string, SqlValue[]][] = [
        ...(state ? [[`state IN (${state.map(() => '?').join(', ')})`, [...state]] as [string, SqlValue[]]] : []),
        ...(batch === undefined ? [] : [['batch_id = ?', [batch]] as [string, SqlValue[]]]),
        ...(workflow === undefined ? [] : [['workflow_id = ?', [workflow]] as [string, SqlValue[]]]),
        ...(owner === undefined ? [] : [['owner = ?', [owner]] as [string, SqlValue[]]]),
      ]
      const where = ['1', ...conditions.map(([sql]) => sql)].join(' AND ')
      const values = conditions.flatMap(([, bound]) => bound)
      const total = Number(get(`SELECT COUNT(*) AS n FROM jobs WHERE ${where}`, ...values)?.['n'] ?? 0)
      const rows = all(
        `SELECT ${summary} FROM jobs WHERE ${where} AND number < ? ORDER BY number DESC LIMIT ?`,
        ...values,
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      return { jobs: rows.map(jobOf), total }
    },

    counts(): { queued: number; running: number } {
      const rows = all("SELECT state, COUNT(*) AS n FROM jobs WHERE state IN ('queued', 'running') GROUP BY state")
      const count = (state: JobState) => Number(rows.find((row) => row['state'] === state)?.['n'] ?? 0)
      return { queued: count('queued'), running: count('running') }
    },

    /** Queued → running; false when it is not queued any more. */
    start(id: string, device: string): boolean {
      return changed(
        `UPDATE jobs SET state = 'running', device = ?, started_at = ?, attempts = attempts + 1, nodes_finished = 0, nodes_total = NULL,
          timeline = NULL WHERE id = ? AND state = 'queued'`,
        device,
        now(),
        id,
      )
    },
    /** Running → an end; false when it ended before. */
    finish(id: string, state: 'succeeded' | 'failed' | 'cancelled', error?: RunErrorReport): boolean {
      usual = undefined
      const ended = changed(
        `UPDATE jobs SET state = ?, finished_at = ?, error = ? WHERE id = ? AND state = 'running'`,
        state,
        now(),
        toJson(error),
        id,
      )
      if (ended) tellLater(id)
      return ended
    },
    cancelQueued(id: string): boolean {
      const ended = changed(
        `UPDATE jobs SET state = 'cancelled', finished_at = ? WHERE id = ? AND state = 'queued'`,
        now(),
        id,
      )
      if (ended) tellLater(id)
      return ended
    },
    /** Running → queued again, in its old place. */
    requeue(id: string): boolean {
      return changed(`UPDATE jobs SET state = 'queued', device = NULL WHERE id = ? AND state = 'running'`, id)
    },
    /** A finished job → queued again, at the end. */
    retry(id: string): boolean {
      return transaction(() => {
        const job = required(id)
        return changed(
          `UPDATE jobs SET state = 'queued', rank = ?, finished_at = NULL, started_at = NULL, error = NULL, device = NULL
           WHERE id = ? AND state IN ('failed', 'cancelled', 'succeeded')`,
          rankFor(job.priority, false),
          id,
        )
      })
    },
    setPriority(id: string, priority: number): boolean {
      return changed(
        `UPDATE jobs SET priority = ?, rank = ? WHERE id = ? AND state = 'queued'`,
        priority,
        rankFor(priority, false),
        id,
      )
    },
    /** Moves a queued job; beside another job it takes over that job's priority. False when either is not queued. */
    move(id: string, to: 'front' | 'back' | { readonly before: string } | { readonly after: string }): boolean {
      return transaction(() => {
        const job = get(`SELECT priority FROM jobs WHERE id = ? AND state = 'queued'`, id)
        if (!job) return false
        if (typeof to === 'string') {
          const rank = rankFor(Number(job['priority']), to === 'front')
          return changed(`UPDATE jobs SET rank = ? WHERE id = ?`, rank, id)
        }
        const before = 'before' in to
        const anchor = get(
          `SELECT priority, rank FROM jobs WHERE id = ? AND state = 'queued' AND id <> ?`,
          before ? to.before : to.after,
          id,
        )
        if (!anchor) return false
        const [priority, rank] = [Number(anchor['priority']), Number(anchor['rank'])]
        const neighbour = get(
          before
            ? `SELECT MAX(rank) AS rank FROM jobs WHERE state = 'queued' AND priority = ? AND rank < ? AND id <> ?`
            : `SELECT MIN(rank) AS rank FROM jobs WHERE state = 'queued' AND priority = ? AND rank > ? AND id <> ?`,
          priority,
          rank,
          id,
        )?.['rank']
        const far = neighbour === null || neighbour === undefined ? rank + (before ? -2 : 2) : Number(neighbour)
        return changed(`UPDATE jobs SET priority = ?, rank = ? WHERE id = ?`, priority, (rank + far) / 2, id)
      })
    },
    remove(id: string): boolean {
      return transaction(() => {
        if (!changed(`DELETE FROM jobs WHERE id = ? AND state NOT IN ('queued', 'running')`, id)) return false
        run('DELETE FROM events WHERE job = ?', id)
        run('DELETE FROM artifacts WHERE job = ?', id)
        return true
      })
    },

    recordProgress(id: string, nodes: { total?: number; finished: number }): void {
      run(
        'UPDATE jobs SET nodes_total = COALESCE(?, nodes_total), nodes_finished = ? WHERE id = ?',
        nodes.total ?? null,
        nodes.finished,
        id,
      )
    },
    recordTimeline(id: string, timeline: readonly TimelineEntry[]): void {
      run('UPDATE jobs SET timeline = ? WHERE id = ?', JSON.stringify(timeline), id)
    },
    recordArtifact(record: Omit<ArtifactRecord, 'url' | 'thumbnailUrl' | 'createdAt'>): void {
      run(
        `INSERT INTO artifacts (hash, job, node, name, mime, bytes, kind, width, height, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        record.hash,
        record.job,
        record.node,
        record.name,
        record.mime,
        record.bytes,
        record.kind,
        record.width ?? null,
        record.height ?? null,
        now(),
      )
      run('UPDATE jobs SET artifacts = artifacts + 1 WHERE id = ?', record.job)
    },
    artifactsOf: (job: string): ArtifactRecord[] =>
      all('SELECT * FROM artifacts WHERE job = ? ORDER BY id', job).map(artifactOf),
    artifacts({ job, kind, limit, before }: { job?: string; kind?: string; limit: number; before?: number }) {
      return all(
        `SELECT * FROM artifacts WHERE (? IS NULL OR job = ?) AND (? IS NULL OR kind = ?) AND created_at < ? ORDER BY id DESC LIMIT ?`,
        job ?? null,
        job ?? null,
        kind ?? null,
        kind ?? null,
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      ).map(artifactOf)
    },
    artifact(hash: string): ArtifactRecord | undefined {
      const row = get('SELECT * FROM artifacts WHERE hash = ? ORDER BY id LIMIT 1', hash)
      return row && artifactOf(row)
    },

    /** Jobs that a stopped server left running. */
    abandoned: (): { id: string; onCrash: CrashPolicy; attempts: number }[] =>
      all(`SELECT id, on_crash, attempts FROM jobs WHERE state = 'running' ORDER BY number`).map((row: Row) => ({
        id: String(row['id']),
        onCrash: row['on_crash'] === 'fail' ? 'fail' : 'requeue',
        attempts: Number(row['attempts']),
      })),
    running: (): Job[] => all(`SELECT ${summary} FROM jobs WHERE state = 'running' ORDER BY started_at`).map(jobOf),
    queuedIds: (): string[] =>
      all(`SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, rank`).map((row) => String(row['id'])),

    /** Owners with jobs waiting at the highest waiting priority. Each step of the recursion is one index seek. */
    waitingOwners(): { priority: number; owners: string[] } | undefined {
      const top = get(`SELECT priority FROM jobs WHERE state = 'queued' ORDER BY priority DESC LIMIT 1`)
      if (!top) return undefined
      const priority = Number(top['priority'])
      const rows = all(
        `WITH RECURSIVE waiting (owner) AS (
           SELECT MIN(owner) FROM jobs WHERE state = 'queued' AND priority = ?1
           UNION ALL
           SELECT (SELECT MIN(owner) FROM jobs WHERE state = 'queued' AND priority = ?1 AND owner > waiting.owner)
           FROM waiting WHERE waiting.owner IS NOT NULL)
         SELECT owner FROM waiting WHERE owner IS NOT NULL`,
        priority,
      )
      return { priority, owners: rows.map((row) => String(row['owner'])) }
    },
    nextOf(owner: string, priority: number): string | undefined {
      const row = get(
        `SELECT id FROM jobs WHERE state = 'queued' AND priority = ? AND owner = ? ORDER BY rank LIMIT 1`,
        priority,
        owner,
      )
      return row && String(row['id'])
    },
    /** How many queued jobs start before this one, given that owners take turns. */
    waitingBefore(id: string): number {
      const job = get(`SELECT priority, owner, rank FROM jobs WHERE id = ? AND state = 'queued'`, id)
      if (!job) return 0
      const { priority = 0, owner = '', rank = 0 } = job
      const count = (sql: string, ...values: SqlValue[]) =>
        Number(get(`SELECT COUNT(*) AS n FROM jobs WHERE state = 'queued' AND ${sql}`, ...values)?.['n'])
      const own = count('priority = ? AND owner = ? AND rank < ?', priority, owner, rank)
      const others = all(
        `SELECT COUNT(*) AS n FROM jobs WHERE state = 'queued' AND priority = ? AND owner <> ? GROUP BY owner`,
        priority,
        owner,
      )
      const theirs = others.reduce((sum, row) => sum + Math.min(Number(row['n']), own), 0)
      return count('priority > ?', priority) + own + theirs
    },
    /** Mean run time of the last jobs that succeeded, in ms. */
    usualDuration(): number | undefined {
      if (usual) return usual.ms
      const row = get(
        `SELECT AVG(finished_at - started_at) AS ms FROM
          (SELECT finished_at, started_at FROM jobs WHERE state = 'succeeded' ORDER BY number DESC LIMIT 20)`,
      )
      usual = { ms: typeof row?.['ms'] === 'number' ? row['ms'] : undefined }
      return usual.ms
    },
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
