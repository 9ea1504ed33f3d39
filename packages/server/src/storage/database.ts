import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Libsql from 'libsql'
import { migrations } from './migrations.ts'

export type SqlValue = string | number | null
export type Row = { readonly [column: string]: SqlValue }

/** An embedded SQLite database: synchronous, one writer, statements prepared once. */
export interface Database {
  /** Rows of a query. */
  all(sql: string, ...values: SqlValue[]): Row[]
  get(sql: string, ...values: SqlValue[]): Row | undefined
  /** Runs a change; answers how many rows it touched and the newest row number. */
  run(sql: string, ...values: SqlValue[]): { changes: number; lastId: number }
  /** Everything inside is committed together, or not at all when it throws. Inside another transaction it joins that one. */
  transaction<T>(work: () => T): T
  /** Identifies this database for as long as it exists. */
  readonly storeId: string
  close(): void
}

/**
 * Opens (and creates or migrates) the database at `path`; `:memory:` keeps it in memory. WAL with `synchronous = NORMAL`: a commit
 * survives the death of any process; only a power cut may lose the last moments, never the consistency.
 */
export function openDatabase(path: string): Database {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  const sqlite = new Libsql(path)
  try {
    sqlite.exec('PRAGMA journal_mode = WAL')
  } catch (error) {
    sqlite.close()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(
      `The database ${path} cannot be used: ${reason}. Move it away to begin with an empty one, bring it back from a copy, or start with another --data-directory.`,
      { cause: error },
    )
  }
  sqlite.exec('PRAGMA synchronous = NORMAL')
  sqlite.exec('PRAGMA foreign_keys = ON')
  sqlite.exec('PRAGMA busy_timeout = 5000')

  const prepared = new Map<string, Libsql.Statement<SqlValue[]>>()
  const prepare = (sql: string) => {
    const known = prepared.get(sql)
    if (known) return known
    const statement = sqlite.prepare<SqlValue[]>(sql)
    prepared.set(sql, statement)
    return statement
  }
  let depth = 0
  const transaction = <T>(work: () => T): T => {
    if (depth > 0) return work()
    sqlite.exec('BEGIN IMMEDIATE')
    depth++
    try {
      const result = work()
      sqlite.exec('COMMIT')
      return result
    } catch (error) {
      sqlite.exec('ROLLBACK')
      throw error
    } finally {
      depth--
    }
  }
  const database = {
    // Columns hold text, numbers and null only; the schema has no blobs.
    all: (sql: string, ...values: SqlValue[]) => prepare(sql).all(...values) as Row[],
    get: (sql: string, ...values: SqlValue[]) => prepare(sql).get(...values) as Row | undefined,
    run: (sql: string, ...values: SqlValue[]) => {
      const { changes, lastInsertRowid } = prepare(sql).run(...values)
      return { changes, lastId: Number(lastInsertRowid) }
    },
    transaction,
    close: () => {
      prepared.clear()
      sqlite.close()
    },
  }
  migrate(database, (sql) => void sqlite.exec(sql))
  return { ...database, storeId: storeIdOf(database) }
}

function migrate(database: Pick<Database, 'get' | 'run' | 'transaction'>, execute: (sql: string) => void): void {
  const version = Number(database.get('PRAGMA user_version')?.['user_version'] ?? 0)
  if (version > migrations.length) {
    throw new Error(
      `The database is of version ${version}, written by a newer Patchbay; this one knows up to ${migrations.length}. Update Patchbay, or start with another --data-directory.`,
    )
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    database.transaction(() => {
      execute(sql)
      execute(`PRAGMA user_version = ${index + 1}`)
    })
  }
}

function storeIdOf(database: Pick<Database, 'get' | 'run'>): string {
  database.run("INSERT OR IGNORE INTO meta (key, value) VALUES ('store', ?)", randomUUID())
  return String(database.get("SELECT value FROM meta WHERE key = 'store'")?.['value'])
}
