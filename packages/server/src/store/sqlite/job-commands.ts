import { sql } from 'kysely'
import type { JobCommands } from '../job-store.ts'
import type { Context } from './context.ts'
import type { JobEnds } from './job-ends.ts'
import type { JobReader } from './job-reads.ts'
import type { QueueOrder } from './queue-order.ts'
import { query } from './schema.ts'

/** What people do with jobs that are there. */
export function createJobCommands(
  context: Context,
  reader: JobReader,
  order: QueueOrder,
  ends: JobEnds,
): Omit<JobCommands, 'submit'> {
  const { statements, writer, append } = context
  const remove = createRemoval(context)
  const queued = statements.all((p: { limit: number }) =>
    query
      .selectFrom('jobs')
      .select('id')
      .where('state', '=', sql.lit('queued'))
      .orderBy('priority', 'desc')
      .orderBy('rank')
      .limit(p.limit),
  )
  const queueAgain = statements.change((p: { id: string; rank: number }) =>
    query
      .updateTable('jobs')
      .set({ state: 'queued', rank: p.rank, finished_at: null, started_at: null, error: null, device: null })
      .where('id', '=', p.id)
      .where('state', 'not in', [sql.lit('queued' as const), sql.lit('running' as const)]),
  )
  const pause = statements.change(() => query.insertInto('meta').values({ key: 'paused', value: '1' }).orReplace())
  const resume = statements.change(() => query.deleteFrom('meta').where('key', '=', 'paused'))

  return {
    cancel: (id) =>
      writer.write(() => {
        const before = reader.job(id)
        if (!before) return 'absent'
        return { job: ends.end(id, { state: 'cancelled' }) ?? before, was: before.state }
      }),
    clear: (limit) =>
      writer.write(() => {
        const ids = queued({ limit })
        for (const { id } of ids) ends.end(id, { state: 'cancelled' })
        return ids.length
      }),
    retry: (id) =>
      writer.write(() => {
        const job = reader.job(id)
        if (!job) return 'absent'
        if (queueAgain({ id, rank: order.rankAt(false) }) === 0) return 'conflict'
        append(id, { type: 'job-requeued', reason: 'It is run again by request.' })
        return reader.job(id) ?? 'absent'
      }),
    change: (id, patch) =>
      writer.write(() => {
        if (!reader.job(id)) return 'absent'
        if (!order.change(id, patch)) return 'conflict'
        const job = reader.job(id)
        if (!job) return 'absent'
        append(id, { type: 'job-changed', priority: job.priority })
        return job
      }),
    remove: (ids) => writer.write(() => ids.filter(remove)),
    setPaused: (paused) =>
      writer.write(() => {
        if (paused) pause({})
        else resume({})
      }),
  }
}

/** Forgets one job that has ended, with all that is kept of it; false where it has not. */
function createRemoval({ statements, append }: Context): (id: string) => boolean {
  const job = statements.change((p: { id: string }) =>
    query
      .deleteFrom('jobs')
      .where('id', '=', p.id)
      .where('state', 'not in', [sql.lit('queued' as const), sql.lit('running' as const)]),
  )
  const events = statements.change((p: { id: string }) => query.deleteFrom('events').where('job', '=', p.id))
  const artifacts = statements.change((p: { id: string }) => query.deleteFrom('artifacts').where('job', '=', p.id))
  const webhook = statements.change((p: { id: string }) => query.deleteFrom('webhooks').where('job', '=', p.id))
  return (id) => {
    if (job({ id }) === 0) return false
    events({ id })
    artifacts({ id })
    webhook({ id })
    append(id, { type: 'job-deleted' })
    return true
  }
}
