import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Workflow } from '@patchbay/engine/workflow'
import type { Job } from '../../api/api-types.ts'
import type { JobCommands, Submission, Submitted } from '../job-store.ts'
import type { JobDraft } from '../stored-job.ts'
import type { Context } from './context.ts'
import type { JobReader } from './job-reads.ts'
import { jobColumns, jobOf, toJson } from './job-rows.ts'
import type { QueueOrder } from './queue-order.ts'
import { query } from './schema.ts'

const dayMs = 24 * 3_600_000
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Submitting, with what makes repeating it safe. */
export function createSubmissions(context: Context, reader: JobReader, order: QueueOrder): Pick<JobCommands, 'submit'> {
  const { writer, append } = context
  const insert = createInsert(context)
  const keys = createKeys(context, reader)

  function submit({ owner, drafts, capacity, idempotency, batch }: Submission): Submitted {
    const earlier = idempotency && keys.find(owner, idempotency)
    if (earlier) return earlier
    if (drafts.some(({ id }) => reader.has(id))) return { result: 'id-taken' }
    const queued = reader.queued()
    if (queued + drafts.length > capacity) return { result: 'queue-full', queued }
    const [first] = drafts
    const rank = order.rankAt(first?.front ?? false, drafts.length)
    const jobs = drafts.map((draft, index) => insert(draft, rank + index))
    for (const job of jobs) append(job.id, { type: 'job-queued', job })
    if (idempotency) keys.keep(owner, idempotency, jobs, batch)
    return { result: 'queued', jobs }
  }
  return { submit: (submission) => writer.write(() => submit(submission)) }
}

function createInsert({ statements, now }: Context): (draft: JobDraft, rank: number) => Job {
  const insertJob = statements.first(
    (p: {
      id: string
      name: string | null
      owner: string
      priority: number
      rank: number
      workflow: string | null
      version: number | null
      batch: string | null
      index: number | null
      count: number | null
      at: number
      onCrash: 'requeue' | 'fail' | null
      surface: string | null
    }) =>
      query
        .insertInto('jobs')
        .values({
          id: p.id,
          state: 'queued',
          name: p.name,
          owner: p.owner,
          priority: p.priority,
          rank: p.rank,
          workflow_id: p.workflow,
          workflow_version: p.version,
          batch_id: p.batch,
          batch_index: p.index,
          batch_count: p.count,
          created_at: p.at,
          on_crash: p.onCrash,
          surface: p.surface,
        })
        .returning(jobColumns),
  )
  const insertDocument = createDocumentInsert(statements)
  return (draft, rank) => {
    const { id, document, owner, priority, workflow, batch } = draft
    const row = insertJob({
      id,
      name: draft.name ?? document.name ?? null,
      owner,
      priority,
      rank,
      workflow: workflow?.id ?? null,
      version: workflow?.version ?? null,
      batch: batch?.id ?? null,
      index: batch?.index ?? null,
      count: batch?.count ?? null,
      at: now(),
      onCrash: draft.onCrash ?? null,
      surface: draft.origin?.surface ?? null,
    })
    if (!row) throw new Error('A row that was written was not given back.')
    insertDocument(row.number, draft)
    return jobOf(row)
  }
}

/** Writes what is large of a job apart from the columns that change while it runs. */
function createDocumentInsert(statements: Context['statements']): (number: number, draft: JobDraft) => void {
  const textOf = createTexts()
  const insert = statements.change(
    (p: {
      number: number
      document: string
      targets: string | null
      webhook: string | null
      origin: string | null
      trace: string | null
    }) =>
      query.insertInto('job_documents').values({
        number: p.number,
        document: p.document,
        targets: p.targets,
        webhook: p.webhook,
        origin: p.origin,
        trace: p.trace,
      }),
  )
  return (number, draft) => {
    insert({
      number,
      document: textOf(draft.document),
      targets: toJson(draft.targets),
      webhook: toJson(draft.webhook),
      origin: toJson(draft.origin),
      trace: toJson(draft.trace),
    })
  }
}

/** The text of a document; the jobs of a batch may share one. */
function createTexts(): (document: Workflow) => string {
  let last: { readonly document: Workflow; readonly text: string } | undefined
  return (document) => {
    if (last?.document !== document) last = { document, text: JSON.stringify(document) }
    return last.text
  }
}

type Key = NonNullable<Submission['idempotency']>

function createKeys({ statements, now }: Context, reader: JobReader) {
  const find = statements.first((p: { owner: string; key: string; since: number }) =>
    query
      .selectFrom('idempotency')
      .selectAll()
      .where('owner', '=', p.owner)
      .where('key', '=', p.key)
      .where('created_at', '>=', p.since),
  )
  const keep = statements.change(
    (p: { owner: string; key: string; hash: string; jobs: string; batch: string | null; at: number }) =>
      query
        .insertInto('idempotency')
        .values({
          owner: p.owner,
          key: p.key,
          request_hash: p.hash,
          jobs: p.jobs,
          batch: sql<string | null>`${p.batch}`,
          created_at: p.at,
        })
        .orReplace(),
  )
  return {
    /** A key whose jobs have all been forgotten is free again. */
    find(owner: string, { key, request }: Key): Submitted | undefined {
      const row = find({ owner, key, since: now() - dayMs })
      if (!row) return undefined
      const ids: string[] = JSON.parse(row.jobs)
      const jobs = ids.flatMap((id) => reader.job(id) ?? [])
      if (jobs.length === 0) return undefined
      if (row.request_hash !== hashOf(request)) return { result: 'key-reused' }
      return { result: 'repeated', jobs, ...(row.batch === null ? {} : { batch: row.batch }) }
    },
    keep(owner: string, { key, request }: Key, jobs: readonly Job[], batch: string | undefined): void {
      const ids = JSON.stringify(jobs.map(({ id }) => id))
      keep({ owner, key, hash: hashOf(request), jobs: ids, batch: batch ?? null, at: now() })
    },
  }
}
