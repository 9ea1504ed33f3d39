import type { JobMessage } from '../../api/api-types.ts'
import type { KeptOrPassing } from '../job-store.ts'
import type { KeptEvent } from '../event-log.ts'
import type { Statements } from './statements.ts'
import type { Writer } from './writer.ts'

/** What the parts of the store over one database share. */
export interface Context {
  readonly statements: Statements
  readonly writer: Writer
  readonly now: () => number
  /** Appends events of one job in the command that makes them true; they are told when it is committed. */
  readonly append: (job: string, ...events: readonly (KeptEvent | KeptOrPassing)[]) => readonly JobMessage[]
}
