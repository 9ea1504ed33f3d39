import type { EventLog } from './event-log.ts'
import type { JobStore } from './job-store.ts'
import type { SettingsStore } from './settings-store.ts'
import type { WorkflowStore } from './workflow-store.ts'

/** What one database keeps. */
export interface Stores {
  readonly jobs: JobStore
  readonly events: EventLog
  readonly workflows: WorkflowStore
  readonly settings: SettingsStore
  /** Identifies the database for as long as it exists. */
  readonly storeId: string
  close(): Promise<void>
}
export interface StoreOptions {
  /** The store's clock: ms since 1970. */
  readonly now?: () => number
}
