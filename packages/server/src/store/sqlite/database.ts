import { randomUUID } from 'node:crypto'
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Libsql from 'libsql'
import type { Checkpoints } from './checkpoints.ts'
import { migrations } from './migrations.ts'
import { damaged } from './sqlite-failure.ts'
import { type Statements, createStatements } from './statements.ts'
import { type Writer, createWriter } from './writer.ts'

/** An open SQLite database: one connection that reads at once and writes by turns of the event loop. */
export interface Database {
  readonly statements: Statements
  readonly writer: Writer
  /** Identifies this database for as long as it exists. */
  readonly storeId: string
  /** Commits what waits and takes the log into the file, which then holds everything. */
  close(): void
}
export interface DatabaseOptions {
  /** How long a command waits for a database that another program holds, in ms. */
  readonly patienceMs?: number
  /** Pages that the file may have; absent: as many as the disk has room for. */
  readonly maxPages?: number
  /** Takes the log into the file from time to time, off the event loop. Absent: SQLite does it, in commits. */
  readonly checkpoints?: (path: string) => Checkpoints
}

/**
 * Opens (and creates or migrates) the database at `path`; `:memory:` keeps it in memory. WAL with `synchronous =
 * NORMAL`: a commit survives the death of any process; only a power cut may lose the last moments, never the
 * consistency.
 *
 * @throws an Error that names the file and a way out, where it is no database, is damaged, or belongs to a newer
 * Patchbay.
 */
export function openDatabase(
  path: string,
  { patienceMs, maxPages, checkpoints: start }: DatabaseOptions = {},
): Database {
  const isFile = path !== ':memory:'
  if (isFile) mkdirSync(dirname(path), { recursive: true })
  const { sqlite, storeId } = opened(path)
  const writer = createWriter(sqlite, path, patienceMs)
  const checkpoints = isFile ? start?.(path) : undefined
  if (checkpoints) sqlite.exec('PRAGMA wal_autocheckpoint = 0')
  if (maxPages !== undefined) sqlite.exec(`PRAGMA max_page_count = ${maxPages}`)
  // The writer waits for others between turns of the event loop, not inside SQLite.
  sqlite.exec('PRAGMA busy_timeout = 0')
  return {
    statements: createStatements(sqlite, checkpoints?.wrote),
    writer,
    storeId,
    close() {
      checkpoints?.close()
      writer.close()
      // Without it all may lie in the log beside the file, and a copy of the file alone would be empty.
      sqlite.exec('PRAGMA busy_timeout = 5000')
      if (isFile) sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      sqlite.close()
    },
  }
}

function opened(path: string): { sqlite: Libsql.Database; storeId: string } {
  let sqlite: Libsql.Database | undefined
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder')
    sqlite = new Libsql(path)
    sqlite.exec('PRAGMA busy_timeout = 5000')
    sqlite.exec('PRAGMA journal_mode = WAL')
    sqlite.exec('PRAGMA synchronous = NORMAL')
    sqlite.exec('PRAGMA foreign_keys = ON')
    migrate(sqlite)
    return { sqlite, storeId: storeIdOf(sqlite) }
  } catch (error) {
    sqlite?.close()
    if (error instanceof NewerDatabase) throw error
    throw new Error(damaged(path, error), { cause: error })
  }
}

class NewerDatabase extends Error {}

function migrate(sqlite: Libsql.Database): void {
  const row = sqlite.prepare('PRAGMA user_version').get() as { user_version: number }
  const version = row.user_version
  if (version > migrations.length) {
    throw new NewerDatabase(
      `The database is of version ${version}, written by a newer Patchbay; this one knows up to ${migrations.length}. Update Patchbay, or start with another --data-directory.`,
    )
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    sqlite.exec('BEGIN IMMEDIATE')
    try {
      sqlite.exec(migration)
      sqlite.exec(`PRAGMA user_version = ${index + 1}`)
      sqlite.exec('COMMIT')
    } catch (error) {
      if (sqlite.inTransaction) sqlite.exec('ROLLBACK')
      throw error
    }
  }
}

function storeIdOf(sqlite: Libsql.Database): string {
  sqlite.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('store', ?)").run(randomUUID())
  const row = sqlite.prepare("SELECT value FROM meta WHERE key = 'store'").get() as { value: string }
  return row.value
}
