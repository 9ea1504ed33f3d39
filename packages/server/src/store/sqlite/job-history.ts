import { sql } from 'kysely'
import type { JobHistory } from '../job-store.ts'
import type { Context } from './context.ts'
import { query } from './schema.ts'
import { raw } from './statements.ts'

const dayMs = 24 * 3_600_000

export function createJobHistory({ statements, writer, now }: Context): JobHistory {
  const surplus = createSurplus({ statements })
  const foreseen = statements.first((p: { ids: string }) =>
    raw<{ files: number; bytes: number }>(sql`WITH gone AS (SELECT value AS id FROM json_each(${p.ids}))
      SELECT COUNT(*) AS files, COALESCE(SUM(bytes), 0) AS bytes FROM
        (SELECT hash, MAX(bytes) AS bytes FROM artifacts GROUP BY hash
         HAVING COUNT(*) = SUM(job IN (SELECT id FROM gone)))`),
  )
  const recorded = statements.all((p: { hashes: string }) =>
    query
      .selectFrom('artifacts')
      .select('hash')
      .distinct()
      .where('hash', 'in', sql<string>`(SELECT value FROM json_each(${p.hashes}))`),
  )
  const running = statements.all(() =>
    query
      .selectFrom('jobs')
      .innerJoin('job_documents', 'job_documents.number', 'jobs.number')
      .select(['started_at', sql<number | null>`json_extract(origin, '$.reuseEffects')`.as('reuses')])
      .where('state', '=', sql.lit('running')),
  )
  const oldEvents = statements.change((p: { before: number }) =>
    query
      .deleteFrom('events')
      .where('at', '<', p.before)
      .where('job', 'not in', (of) => of.selectFrom('jobs').select('id')),
  )
  const oldKeys = statements.change((p: { before: number }) =>
    query.deleteFrom('idempotency').where('created_at', '<', p.before),
  )
  const oldTurns = statements.change(() =>
    query.deleteFrom('turns').where('owner', 'not in', (of) => of.selectFrom('jobs').select('owner')),
  )
  return {
    surplus: async (keep) => surplus(keep),
    async foreseen(ids) {
      const { files = 0, bytes = 0 } = foreseen({ ids: JSON.stringify(ids) }) ?? {}
      return { files, bytes }
    },
    recorded: async (hashes) => new Set(recorded({ hashes: JSON.stringify(hashes) }).map(({ hash }) => hash)),
    runs: async () =>
      running({}).map(({ started_at: startedAt, reuses }) => ({
        startedAt: startedAt ?? 0,
        reusesEffects: reuses === 1,
      })),
    tidy: (eventsBefore) =>
      writer.write(() => {
        oldEvents({ before: eventsBefore })
        oldKeys({ before: now() - dayMs })
        oldTurns({})
      }),
  }
}

function createSurplus({ statements }: Pick<Context, 'statements'>) {
  const ended = query
    .selectFrom('jobs')
    .where('state', 'not in', [sql.lit('queued' as const), sql.lit('running' as const)])
    .where('jobs.id', 'not in', (of) => of.selectFrom('webhooks').select('job'))
    .orderBy('finished_at', 'desc')
    .orderBy('jobs.number', 'desc')
  const pastCount = statements.all((p: { keep: number }) => ended.select('jobs.id').limit(sql.lit(-1)).offset(p.keep))
  const pastTime = statements.all((p: { time: number }) => ended.select('jobs.id').where('finished_at', '<', p.time))
  const files = statements.all(() =>
    ended
      .leftJoin('artifacts', 'artifacts.job', 'jobs.id')
      .select(['jobs.id', 'artifacts.hash', 'artifacts.bytes'])
      .orderBy('artifacts.id'),
  )
  /** The jobs, newest first, from the one on whose files no longer fit; the same content is counted once. */
  function pastBytes(limit: number): string[] {
    const counted = new Set<string>()
    const over = new Set<string>()
    let total = 0
    for (const { id, hash, bytes } of files({})) {
      if (hash !== null && !counted.has(hash)) total += bytes ?? 0
      if (hash !== null) counted.add(hash)
      if (total > limit) over.add(id)
    }
    return [...over]
  }
  return ({ keepJobs, endedAfter, keepBytes }: Parameters<JobHistory['surplus']>[0]): string[] => {
    const ids = [
      ...(keepJobs === undefined ? [] : pastCount({ keep: Math.floor(keepJobs) }).map(({ id }) => id)),
      ...(endedAfter === undefined ? [] : pastTime({ time: endedAfter }).map(({ id }) => id)),
      ...(keepBytes === undefined ? [] : pastBytes(keepBytes)),
    ]
    return [...new Set(ids)].reverse()
  }
}
