import type { Logger } from 'pino'
import type { AccessGuard } from './auth/access.ts'
import type { Config } from './config.ts'
import type { JobStore } from './store/job-store.ts'
import type { Queue } from './jobs/queue.ts'
import type { Retention } from './jobs/retention.ts'
import type { Submit } from './jobs/submission.ts'
import type { EventLog } from './store/event-log.ts'
import type { Hub } from './live/hub.ts'
import type { LogLines } from './telemetry/log-lines.ts'
import type { Metrics } from './telemetry/metrics.ts'
import type { Supervisor } from './runner/supervisor.ts'
import type { ArtifactStore } from './store/artifact-store.ts'
import type { Downloads } from './storage/downloads.ts'
import type { Folders } from './storage/folders.ts'
import type { SettingsStore } from './store/settings-store.ts'
import type { WorkflowStore } from './store/workflow-store.ts'

/** All parts of a running server, put together in server.ts. Each surface states which of them it needs. */
export interface Dependencies {
  readonly config: Config
  readonly log: Logger
  /** The last lines of the log. */
  readonly logLines: LogLines
  readonly guard: AccessGuard
  /** Identifies the database for as long as it exists. */
  readonly storeId: string
  readonly jobs: JobStore
  readonly events: EventLog
  readonly hub: Hub
  readonly queue: Queue
  readonly retention: Retention
  readonly submit: Submit
  readonly supervisor: Supervisor
  /** The packs that there are at this moment. */
  readonly nodePacks: () => Promise<readonly string[]>
  readonly artifacts: ArtifactStore
  readonly folders: Folders
  readonly workflows: WorkflowStore
  readonly settings: SettingsStore
  readonly downloads: Downloads
  readonly metrics: Metrics
}
