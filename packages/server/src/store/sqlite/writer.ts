import type Libsql from 'libsql'
import { failureOfSqlite, isBusy } from './sqlite-failure.ts'

/** Commits commands; all that are asked for in one turn of the event loop go into one transaction. */
export interface Writer {
  /**
   * Runs a command, whole or not at all, and resolves when it is committed. `work` must not wait for anything. A
   * command that throws leaves nothing behind and does not touch the others of its commit.
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
  readonly acts: (() => void)[]
}

/** A database that another program holds is asked again this often. */
const busyEveryMs = 25

export function createWriter(
  sqlite: Pick<Libsql.Database, 'exec' | 'inTransaction'>,
  path: string,
  /** A command waits this long for a database that another program holds; then it is refused. */
  patienceMs = 30_000,
): Writer {
  let waiting: Command[] = []
  let scheduled = false
  let closed = false
  let current: Command | undefined

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
    try {
      sqlite.exec('BEGIN IMMEDIATE')
    } catch (error) {
      if (isBusy(error)) waitForOthers(group)
      else for (const { fail } of group) fail(failureOfSqlite(error, path))
      return
    }
    const { done, failed, lost } = runAll(group)
    const reason = lost ?? commitReason()
    for (const [{ fail }, error] of failed) fail(error)
    if (reason !== undefined) {
      for (const { fail } of done) fail(failureOfSqlite(reason, path))
      return
    }
    for (const { acts } of done) for (const act of acts) act()
    for (const { succeed } of done) succeed()
  }
  /**
   * Every command in a savepoint of its own, but one that is alone. `lost`: SQLite has given up the whole transaction.
   */
  function runAll(group: readonly Command[]) {
    const done: Command[] = []
    const failed: [Command, unknown][] = []
    for (const [index, command] of group.entries()) {
      const isAlone = group.length === 1
      try {
        current = command
        if (!isAlone) sqlite.exec('SAVEPOINT command')
        command.run()
        if (!isAlone) sqlite.exec('RELEASE command')
        done.push(command)
      } catch (error) {
        if (!sqlite.inTransaction) return { done: [...done, ...group.slice(index)], failed, lost: error }
        failed.push([command, failureOfSqlite(error, path)])
        sqlite.exec(isAlone ? 'ROLLBACK' : 'ROLLBACK TO command')
      } finally {
        current = undefined
      }
    }
    return { done, failed, lost: undefined }
  }
  /** Commits; answers why it could not. A commit that failed is taken back, where SQLite has not done so. */
  function commitReason(): unknown {
    if (!sqlite.inTransaction) return undefined
    try {
      sqlite.exec('COMMIT')
      return undefined
    } catch (error) {
      if (sqlite.inTransaction) sqlite.exec('ROLLBACK')
      return error
    }
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
