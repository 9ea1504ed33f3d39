import type { WireRunEvent } from '@patchbay/engine/workflow'
import type { JobEvent, JobMessage } from '../api/api-types.ts'

export type KeptEvent = JobEvent | WireRunEvent

/**
 * Every kept event, numbered. Numbers rise across all jobs in the order of commits and are never given twice. Only the
 * job store appends, in the command that makes an event true.
 */
export interface EventLog {
  /** At most `limit` events after a number, oldest first; of these jobs, or of all. */
  after(seq: number, limit: number, jobs?: readonly string[]): Promise<JobMessage[]>
  /** The number of the newest event; 0 where there was none. */
  newest(): Promise<number>
  /**
   * Hears events once they are committed, in the order of their numbers, and among them the passing ones
   * (`node-progress`, without a number) that were recorded with them. Returns how to stop.
   */
  follow(listener: (messages: readonly JobMessage[]) => void): () => void
}
