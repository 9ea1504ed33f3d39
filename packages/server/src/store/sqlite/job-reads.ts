import { sql } from 'kysely'
import { type JobState, jobStates } from '@patchbay/engine/workflow'
import type { Job, JobWarning } from '../../api/api-types.ts'
import type { JobReads, QueueCounts } from '../job-store.ts'
import type { JobFilter, StoredJob } from '../stored-job.ts'
import type { Context } from './context.ts'
import { eventsOf } from './event-rows.ts'
import { type StoredJobRow, artifactOf, jobColumns, jobOf, storedJobOf } from './job-rows.ts'
import type { QueueOrder } from './queue-order.ts'
import { query } from './schema.ts'
import type { Statements } from './statements.ts'

/** The reads that commands need too, at once. */
export interface JobReader {
  job(id: string): Job | undefined
  has(id: string): boolean
  /** @throws where the texts of the job are damaged. */
  stored(id: string): StoredJob | undefined
  counts(): QueueCounts
  queued(): number
  isPaused(): boolean
}

const storedColumns = [
  ...jobColumns,
  'jobs.on_crash',
  'job_documents.document',
  'job_documents.targets',
  'job_documents.webhook',
  'job_documents.origin',
  'job_documents.trace',
  'job_timelines.timeline',
] as const
const storedJobs = () =>
  query
    .selectFrom('jobs')
    .innerJoin('job_documents', 'job_documents.number', 'jobs.number')
    .leftJoin('job_timelines', 'job_timelines.number', 'jobs.number')

export function createJobReader(statements: Statements): JobReader {
  const jobById = statements.first((p: { id: string }) =>
    query.selectFrom('jobs').select(jobColumns).where('id', '=', p.id),
  )
  const storedById = statements.first((p: { id: string }) =>
    storedJobs().select(storedColumns).where('jobs.id', '=', p.id),
  )
  const numberOf = statements.first((p: { id: string }) =>
    query.selectFrom('jobs').select('number').where('id', '=', p.id),
  )
  const inState = statements.first((p: { state: JobState }) =>
    query.selectFrom('counters').select('n').where('name', '=', p.state),
  )
  const queued = () => inState({ state: 'queued' })?.n ?? 0
  const isPaused = () => pauses({}) !== undefined
  const pauses = statements.first(() => query.selectFrom('meta').select('value').where('key', '=', 'paused'))
  return {
    job(id) {
      const row = jobById({ id })
      return row && jobOf(row)
    },
    stored(id) {
      const row = storedById({ id })
      return row && storedJobOf(row)
    },
    has: (id) => numberOf({ id }) !== undefined,
    queued,
    counts: () => ({
      queued: queued(),
      running: inState({ state: 'running' })?.n ?? 0,
      paused: isPaused(),
    }),
    isPaused,
  }
}

type Page = { readonly limit: number; readonly offset: number; readonly before: number }
type Conditions = {
  readonly states: string
  readonly batch: string
  readonly workflow: string
  readonly owner: string
  readonly surface: string
}

/** Reads of many jobs: one statement for each set of conditions that is asked for. */
function createLists(statements: Statements) {
  const prepared = new Map<string, ReturnType<typeof prepare>>()
  function prepare(filter: JobFilter) {
    const matching = (p: Conditions) => {
      let jobs = query.selectFrom('jobs').where(sql<boolean>`1`)
      if (filter.state) jobs = jobs.where('jobs.state', 'in', sql<JobState>`(SELECT value FROM json_each(${p.states}))`)
      if (filter.batch !== undefined) jobs = jobs.where('jobs.batch_id', '=', p.batch)
      if (filter.workflow !== undefined) jobs = jobs.where('jobs.workflow_id', '=', p.workflow)
      if (filter.owner !== undefined) jobs = jobs.where('jobs.owner', '=', p.owner)
      if (filter.surface !== undefined) jobs = jobs.where('jobs.surface', '=', p.surface)
      return jobs
    }
    const page = (p: Conditions & Page) =>
      matching(p).where('jobs.number', '<', p.before).orderBy('jobs.number', 'desc').limit(p.limit).offset(p.offset)
    return {
      count: statements.first((p: Conditions) => matching(p).select((count) => count.fn.countAll<number>().as('n'))),
      jobs: statements.all((p: Conditions & Page) => page(p).select(jobColumns)),
      stored: statements.all((p: Conditions & Page) =>
        page(p)
          .innerJoin('job_documents', 'job_documents.number', 'jobs.number')
          .leftJoin('job_timelines', 'job_timelines.number', 'jobs.number')
          .select(storedColumns),
      ),
    }
  }
  const totals = statements.all(() => query.selectFrom('counters').selectAll())
  /** How many match; by the counters where nothing but the state is asked for. */
  function totalOf(filter: JobFilter, conditions: Conditions, count: (p: Conditions) => { n: number } | undefined) {
    const { batch, workflow, owner, surface } = filter
    if ([batch, workflow, owner, surface].some((value) => value !== undefined)) return count(conditions)?.n ?? 0
    const states: readonly string[] = filter.state ?? jobStates
    return totals({}).reduce((sum, { name, n }) => (states.includes(name) ? sum + n : sum), 0)
  }
  return (filter: JobFilter) => {
    const key = [filter.state, filter.batch, filter.workflow, filter.owner, filter.surface]
      .map((value) => (value === undefined ? '-' : '+'))
      .join('')
    const list = prepared.get(key) ?? prepare(filter)
    prepared.set(key, list)
    const { batch = '', workflow = '', owner = '', surface = '' } = filter
    const conditions = { states: JSON.stringify(filter.state ?? []), batch, workflow, owner, surface }
    const { limit, offset = 0, before = Number.MAX_SAFE_INTEGER } = filter
    const values = { ...conditions, limit, offset, before }
    return {
      jobs: () => list.jobs(values),
      stored: () => list.stored(values),
      total: () => totalOf(filter, conditions, list.count),
    }
  }
}

export function createJobReads({ statements }: Context, reader: JobReader, order: QueueOrder): JobReads {
  const listed = createLists(statements)
  const newest = statements.first(() => query.selectFrom('jobs').select((of) => of.fn.max('number').as('number')))
  const usual = statements.first(() =>
    query
      .selectFrom((of) =>
        of
          .selectFrom('jobs')
          .select(sql<number>`finished_at - started_at`.as('ms'))
          // A literal, so that the index of succeeded jobs serves.
          .where('state', '=', sql.lit('succeeded'))
          .orderBy('number', 'desc')
          .limit(sql.lit(20))
          .as('last'),
      )
      .select((of) => of.fn.avg<number | null>('ms').as('ms')),
  )
  const ofJob = statements.all((p: { job: string }) =>
    query.selectFrom('artifacts').selectAll().where('job', '=', p.job).orderBy('id'),
  )
  const filtered = statements.all((p: { job: string | null; kinds: string | null; before: number; limit: number }) =>
    query
      .selectFrom('artifacts')
      .selectAll()
      .where(sql<boolean>`(${p.job} IS NULL OR job = ${p.job})`)
      .where(sql<boolean>`(${p.kinds} IS NULL OR kind IN (SELECT value FROM json_each(${p.kinds})))`)
      .where('created_at', '<', p.before)
      .orderBy('id', 'desc')
      .limit(p.limit),
  )
  const byHash = statements.first((p: { hash: string }) =>
    query.selectFrom('artifacts').selectAll().where('hash', '=', p.hash).orderBy('id').limit(sql.lit(1)),
  )
  const warned = statements.all((p: { job: string }) =>
    query
      .selectFrom('events')
      .select('event')
      .where('job', '=', p.job)
      // Rows hold events as texts: the few with a warning are found before any is parsed.
      .where('event', 'like', sql.lit('%"node-warned"%'))
      .orderBy('seq'),
  )
  // `async`, so that what goes wrong in a read rejects.
  return {
    job: async (id) => reader.job(id),
    stored: async (id) => reader.stored(id),
    counts: async () => reader.counts(),
    async list(filter) {
      const { jobs, total } = listed(filter)
      return { jobs: jobs().map(jobOf), total: total() }
    },
    async listStored(filter) {
      const { stored, total } = listed(filter)
      return { jobs: stored().flatMap(readable), total: total() }
    },
    newestNumber: async () => newest({})?.number ?? 0,
    waitingBefore: async (ids) => order.waitingBefore(ids),
    usualDuration: async () => usual({})?.ms ?? undefined,
    artifactsOf: async (job) => ofJob({ job }).map(artifactOf),
    warningsOf: async (job) => warningsIn(warned({ job }).map(({ event }) => event)),
    resultsOf: createResultReads(statements),
    artifacts: async ({ job, kind, limit, before = Number.MAX_SAFE_INTEGER }) =>
      filtered({ job: job ?? null, kinds: kind ? JSON.stringify(kind) : null, limit, before }).map(artifactOf),
    async artifact(hash) {
      const row = byHash({ hash })
      return row && artifactOf(row)
    },
  }
}

/** Each once, though a job that runs again warns again. */
function warningsIn(rows: readonly string[]): readonly JobWarning[] {
  const warnings = rows.flatMap((row) =>
    eventsOf(row).flatMap((event) =>
      event.type === 'node-warned' ? [{ node: event.node, message: event.message }] : [],
    ),
  )
  return [...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values()]
}

/** Nothing for a job whose texts are damaged. */
function readable(row: StoredJobRow): readonly StoredJob[] {
  try {
    return [storedJobOf(row)]
  } catch {
    return []
  }
}

/** What the last event of a job says of its run. */
function createResultReads(statements: Context['statements']): JobReads['resultsOf'] {
  const ended = statements.first((p: { job: string }) =>
    query
      .selectFrom('events')
      .select('event')
      .where('job', '=', p.job)
      .where((where) =>
        where.or([
          where('event', 'like', sql.lit('{"type":"job-succeeded"%')),
          where('event', 'like', sql.lit('{"type":"job-failed"%')),
        ]),
      )
      .orderBy('seq', 'desc')
      .limit(sql.lit(1)),
  )
  return async (job) => {
    const [event] = eventsOf(ended({ job })?.event ?? '[]')
    if (event?.type !== 'job-succeeded' && event?.type !== 'job-failed') return {}
    const { results, used } = event
    return { ...(results ? { results } : {}), ...(used ? { used } : {}) }
  }
}
