import { type ChildProcess, execFile } from 'node:child_process'
import { createRequire } from 'node:module'

/** Takes the log of a database into its file. */
export interface Checkpoints {
  /** So many bytes were written to the log, roughly. */
  wrote(bytes: number): void
  close(): void
}

/** A log this long is taken in. The next commits begin it anew, which costs one of them a wait for the disk. */
const worthBytes = 32 * 2 ** 20

const libsql = createRequire(import.meta.url).resolve('libsql')
/** Plain JavaScript: what is given to Node as a text cannot be TypeScript. */
const program = `
  const [libsql, path] = process.argv.slice(1)
  const Libsql = require(libsql)
  const sqlite = new Libsql(path)
  sqlite.prepare('PRAGMA wal_checkpoint(PASSIVE)').all()
  sqlite.close()`

/**
 * In a process of its own. A checkpoint waits for the disk, some tens of milliseconds at a time, and SQLite by itself
 * does it inside one commit in a thousand pages, where the whole server would wait. A passive one, as here, never holds
 * up a writer or a reader. A thread would do, but a process that exits while libsql works in a thread of it is aborted.
 */
export function startCheckpoints(path: string): Checkpoints {
  let pending = 0
  let running: ChildProcess | undefined
  return {
    wrote(bytes) {
      pending += bytes
      if (running || pending < worthBytes) return
      pending = 0
      // One that fails leaves the log as it is: it is taken in with the next, or when the database is closed.
      running = execFile(process.execPath, ['-e', program, libsql, path], { env: {} }, () => {
        running = undefined
      })
      running.unref()
    },
    close: () => void running?.kill('SIGKILL'),
  }
}
