import { sql } from 'kysely'
import type { RunErrorReport } from '@patchbay/engine/workflow'
import type { Job } from '../../api/api-types.ts'
import type { KeptEvent } from '../event-log.ts'
import type { RunEnd } from '../stored-job.ts'
import type { Context } from './context.ts'
import { jobColumns, jobOf, toJson } from './job-rows.ts'
import { query } from './schema.ts'

/** The end of a job as part of a command: its state, its event, and the webhook that is owed for it. */
export interface JobEnds {
  end(id: string, end: Omit<RunEnd, 'timeline'>): Job | undefined
}

export function createJobEnds({ statements, now, append }: Context): JobEnds {
  const settle = statements.first((p: { id: string; state: RunEnd['state']; at: number; error: string | null }) =>
    query
      .updateTable('jobs')
      .set({ state: p.state, finished_at: p.at, error: p.error })
      .where('id', '=', p.id)
      .where('state', 'in', [sql.lit('queued' as const), sql.lit('running' as const)])
      .returning(jobColumns),
  )
  const owe = statements.change((p: { id: string; at: number }) =>
    query
      .insertInto('webhooks')
      .columns(['job', 'attempt', 'due_at'])
      .expression((of) =>
        of
          .selectFrom('jobs')
          .innerJoin('job_documents', 'job_documents.number', 'jobs.number')
          .select(['jobs.id', sql.lit(0).as('attempt'), sql<number>`${p.at}`.as('due_at')])
          .where('jobs.id', '=', p.id)
          .where('job_documents.webhook', 'is not', null),
      )
      .orReplace(),
  )
  return {
    end(id, { state, error, results, used }) {
      const at = now()
      const row = settle({ id, state, at, error: toJson(error) })
      if (!row) return undefined
      owe({ id, at })
      const told = { ...(results ? { results } : {}), ...(used ? { used } : {}) }
      append(id, { ...eventOf(state, error), ...(state === 'cancelled' ? {} : told) })
      return jobOf(row)
    },
  }
}

function eventOf(state: RunEnd['state'], error: RunErrorReport | undefined): KeptEvent {
  switch (state) {
    case 'succeeded':
      return { type: 'job-succeeded' }
    case 'cancelled':
      return { type: 'job-cancelled' }
    case 'failed':
      return { type: 'job-failed', error: error ?? { code: 'unknown', message: 'The run failed without saying why.' } }
  }
}
