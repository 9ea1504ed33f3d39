import type { Outputs } from '../definition/node-declaration.ts'
import type { OutputRecord } from '../definition/flowing.ts'

/**
 * Remembers results by fingerprint. A store may forget anything at any time, and never gives anything but what was set.
 */
export interface MemoStore {
  /** `outputs` are those of the definition: their socket types say how values are read. A damaged entry is a miss. */
  get(fingerprint: string, outputs: Outputs): Remembered | undefined | Promise<Remembered | undefined>
  set(fingerprint: string, results: OutputRecord, outputs: Outputs): void
  /** It outlives the process: what is set here is found by the next one. */
  readonly isLasting?: boolean
  /** A node of this fingerprint is part of a run, whether or not its result is asked for. */
  touch?(fingerprint: string): void
  /** Once everything that was set is where it belongs. */
  idle(): Promise<void>
}

export interface Remembered {
  readonly results: OutputRecord
  readonly from: 'memory' | 'disk'
}
