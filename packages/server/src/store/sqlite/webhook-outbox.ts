import type { WebhookOutbox } from '../job-store.ts'
import type { Context } from './context.ts'
import { query } from './schema.ts'

export function createWebhookOutbox({ statements, writer }: Context): WebhookOutbox {
  const owed = statements.all((p: { limit: number }) =>
    query.selectFrom('webhooks').select(['job', 'attempt', 'due_at as dueAt']).orderBy('due_at').limit(p.limit),
  )
  const settle = statements.change((p: { job: string; attempt: number }) =>
    query.deleteFrom('webhooks').where('job', '=', p.job).where('attempt', '=', p.attempt),
  )
  const postpone = statements.change((p: { job: string; attempt: number; next: number; until: number }) =>
    query
      .updateTable('webhooks')
      .set({ attempt: p.next, due_at: p.until })
      .where('job', '=', p.job)
      .where('attempt', '=', p.attempt),
  )
  return {
    owed: async (limit) => owed({ limit }),
    settle: ({ job, attempt }) => writer.write(() => void settle({ job, attempt })),
    postpone: ({ job, attempt }, until) =>
      writer.write(() => void postpone({ job, attempt, next: attempt + 1, until })),
  }
}
