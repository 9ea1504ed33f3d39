import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Libsql from 'libsql'
import { messageOf } from '../message-of.ts'

/**
 * Two servers on one data directory would run jobs twice; the second is refused. A lock on a file is what decides: the
 * system lets go of it with the process, however it ends, and no number of a process, which another may have by now or
 * which is another one in another container, can be mistaken for its holder. Returns how to let go.
 *
 * @throws an Error that says who holds the directory and what helps.
 */
export function holdDirectory(directory: string): () => void {
  const lockPath = join(directory, 'server.lock')
  const pidPath = join(directory, 'server.pid')
  // SQLite's own lock is the one that is there on every system, and on network folders that can lock at all.
  const lock = open(lockPath)
  try {
    lock.exec('PRAGMA busy_timeout = 0')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!(error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY')) throw unusable(lockPath, error)
    throw new Error(
      `Another server${holderIn(pidPath)} uses ${directory}. Stop it, or start this one with another --data-directory.`,
      { cause: error },
    )
  }
  writeFileSync(pidPath, String(process.pid))
  return () => {
    rmSync(pidPath, { force: true })
    lock.exec('ROLLBACK')
    lock.close()
  }
}

function open(path: string): Libsql.Database {
  try {
    return new Libsql(path)
  } catch (error) {
    throw unusable(path, error)
  }
}
function unusable(path: string, cause: unknown): Error {
  const reason = messageOf(cause)
  return new Error(`The file ${path} cannot be locked (${reason}). Move away what is in its place.`, { cause })
}

/** The process that holds the directory, as it said itself. */
function holderIn(path: string): string {
  try {
    const holder = readFileSync(path, 'utf8')
    return /^\d+$/.test(holder) ? ` (process ${holder})` : ''
  } catch {
    return ''
  }
}
