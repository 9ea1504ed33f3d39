import type Libsql from 'libsql'
import { failureOfSqlite, isBusy } from './sqlite-failure.ts'

/** Commits commands; all that are asked for in one turn of the event loop go into one transaction. */
export interface Writer {
  /**
   * Runs a command, whole or not at all, and resolves when it is committed. `work` must not wait for anything, and may
   * be run again from the start when another command of its commit has failed. A command that throws leaves nothing
   * behind and does not touch the others of its commit.
   */
  write<T>(work: () => T): Promise<T>
  /** Called by `work`: what is to happen, in the order of commits, as soon as the command is committed. */
  afterCommit(act: () => void): void
  /** Commits what waits. What is asked for later is refused. */
  close(): void
}

interface Command {
  readonly asked: number
  readonly run: () => void
  readonly succeed: () => void
  readonly fail: (error: unknown) => void
  acts: (() => void)[]
}
type Sqlite = Pick<Libsql.Database, 'exec' | 'inTransaction'>

/** A database that another program holds is asked again this often. */
const busyEveryMs = 25

export function createWriter(
  sqlite: Sqlite,
  path: string,
  /** A command waits this long for a database that another program holds; then it is refused. */
  patienceMs = 30_000,
): Writer {
  let waiting: Command[] = []
  let scheduled = false
  let closed = false
  const transactions = createTransactions(sqlite)

  function schedule(): void {
    if (scheduled || waiting.length === 0) return
    scheduled = true
    setImmediate(commit)
  }
  function commit(): void {
    scheduled = false
    const group = waiting
    waiting = []
    if (group.length === 0) return
    const { done, failed, reason } = transactions.commit(group)
    for (const [{ fail }, error] of failed) fail(failureOfSqlite(error, path))
    if (reason === undefined) {
      for (const { acts } of done) for (const act of acts) act()
      for (const { succeed } of done) succeed()
    } else if (isBusy(reason)) waitForOthers(done)
    else for (const { fail } of done) fail(failureOfSqlite(reason, path))
  }
  function waitForOthers(group: readonly Command[]): void {
    const now = performance.now()
    const isPatient = ({ asked }: Command) => !closed && now - asked < patienceMs
    for (const command of group) if (!isPatient(command)) command.fail(failureOfSqlite(busy, path))
    waiting = [...group.filter(isPatient), ...waiting]
    if (waiting.length === 0) return
    scheduled = true
    setTimeout(commit, busyEveryMs)
  }

  return {
    write<T>(work: () => T): Promise<T> {
      if (closed) return Promise.reject(failureOfSqlite(new Error('The database is closed.'), path))
      return new Promise<T>((resolve, reject) => {
        let answer: T
        waiting.push({
          asked: performance.now(),
          run: () => {
            answer = work()
          },
          succeed: () => resolve(answer),
          fail: reject,
          acts: [],
        })
        schedule()
      })
    },
    afterCommit(act) {
      const { current } = transactions
      if (!current) throw new Error('Nothing is being written.')
      current.acts.push(act)
    },
    close() {
      closed = true
      commit()
    },
  }
}

const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })

interface Committed {
  /** Committed, where there is no `reason`. */
  readonly done: readonly Command[]
  readonly failed: readonly (readonly [Command, unknown])[]
  /** Why nothing was committed. */
  readonly reason?: unknown
}

/** Runs groups of commands, each group in one transaction. */
function createTransactions(sqlite: Sqlite) {
  let current: Command | undefined

  function run(command: Command): void {
    current = command
    command.acts = []
    try {
      command.run()
    } finally {
      current = undefined
    }
  }
  /** Without savepoints, which cost each command two statements; undefined, and taken back, where any fails. */
  function runTogether(group: readonly Command[]): Committed | undefined {
    try {
      sqlite.exec('BEGIN IMMEDIATE')
    } catch (reason) {
      return { done: group, failed: [], reason }
    }
    for (const command of group) {
      try {
        run(command)
      } catch (error) {
        if (sqlite.inTransaction) sqlite.exec('ROLLBACK')
        return group.length === 1 ? { done: [], failed: [[command, error]] } : undefined
      }
    }
    return finished({ done: group, failed: [] })
  }
  /** Each in a savepoint of its own. */
  function runApart(group: readonly Command[]): Committed {
    const done: Command[] = []
    const failed: [Command, unknown][] = []
    try {
      sqlite.exec('BEGIN IMMEDIATE')
    } catch (reason) {
      return { done: group, failed, reason }
    }
    for (const [index, command] of group.entries()) {
      try {
        sqlite.exec('SAVEPOINT command')
        run(command)
        sqlite.exec('RELEASE command')
        done.push(command)
      } catch (error) {
        // SQLite has given up the whole transaction.
        if (!sqlite.inTransaction) return { done: [...done, ...group.slice(index)], failed, reason: error }
        failed.push([command, error])
        sqlite.exec('ROLLBACK TO command')
      }
    }
    return finished({ done, failed })
  }
  /** Commits. A commit that failed is taken back, where SQLite has not done so. */
  function finished(committed: Committed): Committed {
    try {
      if (sqlite.inTransaction) sqlite.exec('COMMIT')
      return committed
    } catch (reason) {
      if (sqlite.inTransaction) sqlite.exec('ROLLBACK')
      return { ...committed, reason }
    }
  }
  return {
    /** The command that runs. */
    get current() {
      return current
    },
    commit: (group: readonly Command[]): Committed => runTogether(group) ?? runApart(group),
  }
}
