import type { StoreOptions, Stores } from '../stores.ts'
import type { Context } from './context.ts'
import { type Database, type DatabaseOptions, openDatabase } from './database.ts'
import { createEventRows } from './event-rows.ts'
import { createJobCommands } from './job-commands.ts'
import { createJobEnds } from './job-ends.ts'
import { createJobHistory } from './job-history.ts'
import { createJobReader, createJobReads } from './job-reads.ts'
import { createQueueOrder } from './queue-order.ts'
import { createRunCommands } from './run-commands.ts'
import { createSettings } from './settings.ts'
import { createSubmissions } from './submissions.ts'
import { createWebhookOutbox } from './webhook-outbox.ts'
import { createWorkflows } from './workflows.ts'

/** The stores of one machine, over one SQLite file. Only one process may have them open. */
export function openStores(path: string, options: StoreOptions & DatabaseOptions = {}): Stores {
  return storesOver(openDatabase(path, options), options)
}

export function storesOver(database: Database, { now = Date.now }: StoreOptions = {}): Stores {
  const { statements, writer, storeId } = database
  const { log, append } = createEventRows({ statements, writer, now })
  const context: Context = { statements, writer, now, append }
  const reader = createJobReader(statements)
  const order = createQueueOrder(statements)
  const ends = createJobEnds(context)
  return {
    jobs: {
      ...createSubmissions(context, reader, order),
      ...createJobCommands(context, reader, order, ends),
      ...createRunCommands(context, reader, order, ends),
      ...createJobReads(context, reader, order),
      ...createWebhookOutbox(context),
      ...createJobHistory(context),
    },
    events: log,
    workflows: createWorkflows(context),
    settings: createSettings(context),
    storeId,
    // `async`, so that what goes wrong rejects.
    close: async () => database.close(),
  }
}
