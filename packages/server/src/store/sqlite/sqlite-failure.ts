import { Failure } from '../../failure.ts'
import { messageOf } from '../../message-of.ts'

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Another connection holds the database. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))

/** What SQLite says about its file, for the person whose request it was. Anything else is passed on as it is. */
export function failureOfSqlite(error: unknown, path: string): unknown {
  const code = codeOf(error)
  if (isBusy(error)) {
    return new Failure('unavailable', 'Another program holds the database.', {
      hint: 'Try again when a backup or a tool that has it open has ended.',
      retryAfter: 5,
    })
  }
  if (code.startsWith('SQLITE_FULL')) {
    return new Failure('storage-full', 'The disk of the data directory is full, so nothing more can be kept.', {
      hint: 'Make room on it, or forget old jobs.',
    })
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return new Error(damaged(path, error), { cause: error })
  return error
}

/** One sentence for whoever starts the server, with a way out. */
export function damaged(path: string, error: unknown): string {
  const reason = messageOf(error)
  return `The database ${path} cannot be used: ${reason}. Move it away to begin with an empty one, bring it back from a copy, or start with another --data-directory.`
}
