import { sql } from 'kysely'
import type { JobMessage } from '../../api/api-types.ts'
import type { EventLog, KeptEvent } from '../event-log.ts'
import type { Context } from './context.ts'
import { query } from './schema.ts'
import { raw } from './statements.ts'

/** Rows are read so many at a time; one holds the events of one message of a runner. */
const rowsAtOnce = 32

export function createEventRows({ statements, writer, now }: Omit<Context, 'append'>): {
  readonly log: EventLog
  readonly append: Context['append']
} {
  const listeners = new Set<(messages: readonly JobMessage[]) => void>()
  // SQLite keeps the largest number that was ever in the table, also when its row has gone.
  const largest = statements.first(() =>
    raw<{ seq: number }>(sql`SELECT seq FROM sqlite_sequence WHERE name = 'events'`),
  )
  /** The newest number. One whose command was taken back is not given again. */
  let newest = largest({})?.seq ?? 0
  const insert = statements.change((p: { seq: number; job: string; at: number; event: string; count: number }) =>
    query.insertInto('events').values({ seq: p.seq, job: p.job, at: p.at, event: p.event, count: p.count }),
  )
  const after = statements.all((p: { seq: number; limit: number }) =>
    query.selectFrom('events').selectAll().where('seq', '>', p.seq).orderBy('seq').limit(p.limit),
  )
  const afterOf = statements.all((p: { seq: number; jobs: string; limit: number }) =>
    query
      .selectFrom('events')
      .selectAll()
      .where('seq', '>', p.seq)
      .where('job', 'in', sql<string>`(SELECT value FROM json_each(${p.jobs}))`)
      .orderBy('seq')
      .limit(p.limit),
  )

  const append: Context['append'] = (job, ...events) => {
    const at = now()
    const kept = events.filter(({ type }) => type !== 'node-progress')
    const count = kept.length
    newest += count
    if (count > 0) insert({ seq: newest, job, at, event: JSON.stringify(count === 1 ? kept[0] : kept), count })
    let seq = newest - count
    const messages = events.map((event): JobMessage => {
      if (event.type === 'node-progress') return { type: 'job', job, at, event }
      seq++
      return { type: 'job', seq, job, at, event }
    })
    writer.afterCommit(() => {
      for (const listener of listeners) listener(messages)
    })
    return messages
  }

  const log: EventLog = {
    after(seq, limit, jobs) {
      const list = jobs && JSON.stringify(jobs)
      const messages: JobMessage[] = []
      for (let from = seq; messages.length < limit;) {
        const rows =
          list === undefined
            ? after({ seq: from, limit: rowsAtOnce })
            : afterOf({ seq: from, jobs: list, limit: rowsAtOnce })
        messages.push(...rows.flatMap(messagesOf).filter((message) => (message.seq ?? 0) > seq))
        from = rows.at(-1)?.seq ?? from
        if (rows.length < rowsAtOnce) break
      }
      return Promise.resolve(messages.slice(0, limit))
    },
    newest: () => Promise.resolve(newest),
    follow(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  return { log, append }
}

/** The events of a row: one, or those that were recorded together. */
export function eventsOf(text: string): readonly KeptEvent[] {
  // Written above, from events of this type.
  const content = JSON.parse(text) as KeptEvent | readonly KeptEvent[]
  return isList(content) ? content : [content]
}

const isList = (content: KeptEvent | readonly KeptEvent[]): content is readonly KeptEvent[] => Array.isArray(content)

function messagesOf(row: { seq: number; job: string; at: number; event: string; count: number }): JobMessage[] {
  const events = eventsOf(row.event)
  const first = row.seq - row.count + 1
  return events.map((event, index) => ({ type: 'job', seq: first + index, job: row.job, at: row.at, event }))
}
