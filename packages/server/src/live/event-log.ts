import type { JobEvent, JobMessage, WireRunEvent } from '@patchbay/engine/workflow'
import type { Database, Row } from '../storage/database.ts'

export type KeptEvent = JobEvent | WireRunEvent
export type EventLog = ReturnType<typeof createEventLog>

/** Every kept event, numbered by the database. Numbers rise across all jobs and are never given twice. */
export function createEventLog(database: Database, now: () => number = Date.now) {
  const messageOf = (row: Row): JobMessage => {
    // Written below, from an event of this type.
    const event = JSON.parse(String(row['event'])) as KeptEvent
    return { type: 'job', seq: Number(row['seq']), job: String(row['job']), at: Number(row['at']), event }
  }
  return {
    /** Call it in the transaction that makes the event true. */
    append(job: string, event: KeptEvent): JobMessage {
      const at = now()
      const { lastId } = database.run(
        'INSERT INTO events (job, at, event) VALUES (?, ?, ?)',
        job,
        at,
        JSON.stringify(event),
      )
      return { type: 'job', seq: lastId, job, at, event }
    },
    /** At most `limit` events after a number, oldest first. */
    after(seq: number, limit: number, jobs?: readonly string[]): JobMessage[] {
      if (!jobs)
        return database.all('SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?', seq, limit).map(messageOf)
      const list = JSON.stringify(jobs)
      return database
        .all(
          'SELECT * FROM events WHERE seq > ? AND job IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?',
          seq,
          list,
          limit,
        )
        .map(messageOf)
    },
    newest: (): number => Number(database.get('SELECT MAX(seq) AS seq FROM events')?.['seq'] ?? 0),
  }
}
