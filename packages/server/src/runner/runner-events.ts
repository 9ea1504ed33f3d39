import type { NodeId, RunEvent, Workflow } from '@patchbay/engine/workflow'
import type { EarlierOutput, EmbeddedTexts } from '../store/stored-job.ts'
import type { FromRunner, RunOutcome } from './messages.ts'

/** The reports of a runner to its owner. */
export interface RunnerEvents {
  readonly onReady: (message: Extract<FromRunner, { type: 'ready' }>) => void
  readonly onRunEvents: (job: string, events: readonly RunEvent[]) => void
  /** Exactly once for each job that was run. `crashed` says the process died under it. */
  readonly onEnded: (job: string, outcome: RunOutcome & { readonly crashed?: boolean }) => void
  readonly onLog: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void
}
export interface RunnerJob {
  readonly id: string
  readonly document: Workflow
  readonly targets?: readonly NodeId[]
  readonly embedded: EmbeddedTexts
  readonly reuseEffects: boolean
  readonly earlier: readonly EarlierOutput[]
}
