import type { PruneRequest, PruneResponse } from '@patchbay/engine/workflow'
import type { Logger } from 'pino'
import type { Supervisor } from '../runner/supervisor.ts'
import type { ArtifactStore } from '../storage/artifact-store.ts'
import type { Database, Row, SqlValue } from '../storage/database.ts'
import type { SettingsStore } from '../storage/settings-store.ts'
import type { Queue } from './queue.ts'

/** How much of the past is kept. What is not said is without bound. */
export type Keep = Omit<PruneRequest, 'dryRun'>
export type Retention = ReturnType<typeof createRetention>

interface RetentionDependencies {
  readonly database: Database
  readonly queue: Pick<Queue, 'forget'>
  readonly artifacts: Pick<ArtifactStore, 'kept' | 'remove'>
  readonly supervisor: Pick<Supervisor, 'forgetEffects'>
  readonly settings: Pick<SettingsStore, 'get'>
  readonly log: Logger
  /** What flags say; where they say nothing, the settings `history.keepJobs`, `history.keepDays` and `history.keepBytes` do. */
  readonly keep: Keep
  readonly intervalMs: number
  readonly now?: () => number
}

const dayMs = 24 * 3_600_000
/** A file this young may belong to a running job that has not told of it yet. */
const graceMs = 3_600_000
/** Jobs forgotten in one transaction, so that requests in between are answered at once. */
const atOnce = 50

/**
 * Forgets old jobs and removes the files that no job refers to any more. A job that waits, runs, or whose webhook has still to be told is
 * never forgotten; what lies in the output folder is the user's and stays.
 */
export function createRetention({ database, queue, artifacts, supervisor, ...dependencies }: RetentionDependencies) {
  const { settings, log, keep: flags, intervalMs, now = Date.now } = dependencies
  const { all, get } = database
  /** Files without a job, by content hash, with the time at which runners were told to forget them. */
  const orphans = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<PruneResponse> | undefined

  function configured(): Keep {
    const numberOf = (key: string): number | undefined => {
      const value = settings.get(key)
      return typeof value === 'number' && value >= 0 ? value : undefined
    }
    const keepJobs = flags.keepJobs ?? numberOf('history.keepJobs')
    const keepDays = flags.keepDays ?? numberOf('history.keepDays')
    const keepBytes = flags.keepBytes ?? numberOf('history.keepBytes')
    return {
      ...(keepJobs === undefined ? {} : { keepJobs }),
      ...(keepDays === undefined ? {} : { keepDays }),
      ...(keepBytes === undefined ? {} : { keepBytes }),
    }
  }

  /** The jobs to forget, oldest first. */
  function surplus({ keepJobs, keepDays, keepBytes }: Keep): string[] {
    const ended = `FROM jobs WHERE state NOT IN ('queued', 'running') AND id NOT IN (SELECT job FROM webhooks)`
    const ids = (sql: string, ...values: SqlValue[]): string[] => all(sql, ...values).map((row) => String(row['id']))
    const found = new Set<string>()
    const add = (more: readonly string[]): void => {
      for (const id of more) found.add(id)
    }
    if (keepJobs !== undefined) {
      add(ids(`SELECT id ${ended} ORDER BY finished_at DESC, number DESC LIMIT -1 OFFSET ?`, Math.floor(keepJobs)))
    }
    if (keepDays !== undefined) add(ids(`SELECT id ${ended} AND finished_at < ?`, now() - keepDays * dayMs))
    if (keepBytes !== undefined) add(past(keepBytes, ended))
    return [...found].reverse()
  }

  /** The jobs, newest first, from the one on whose files no longer fit; the same content is counted once. */
  function past(limit: number, ended: string): string[] {
    const counted = new Set<SqlValue>()
    let bytes = 0
    const over: string[] = []
    const filesOf = (id: SqlValue): Row[] => all('SELECT hash, bytes FROM artifacts WHERE job = ?', id)
    for (const row of all(`SELECT id, artifacts ${ended} ORDER BY finished_at DESC, number DESC`)) {
      const { id = '', artifacts: count } = row
      for (const file of count === 0 ? [] : filesOf(id)) {
        const { hash = '', bytes: size } = file
        if (!counted.has(hash)) bytes += Number(size)
        counted.add(hash)
      }
      if (bytes > limit) over.push(String(id))
    }
    return over
  }

  const isRecorded = (hash: string): boolean =>
    get('SELECT 1 FROM artifacts WHERE hash = ? LIMIT 1', hash) !== undefined
  /** Whether no running job could still tell of this file: by keeping it again, or by telling of an earlier side effect. */
  function isFree(hash: string, changedAt: number): boolean {
    if (isRecorded(hash)) return false
    const running = all(
      "SELECT started_at, json_extract(origin, '$.reuseEffects') AS reuses FROM jobs WHERE state = 'running'",
    )
    if (running.length > 0 && changedAt > now() - graceMs) return false
    const forgotten = orphans.get(hash) ?? Infinity
    return !running.some(({ reuses, started_at: startedAt }) => reuses === 1 && Number(startedAt) <= forgotten)
  }

  async function removeOrphans(): Promise<Pick<PruneResponse, 'files' | 'bytes'>> {
    const found: { hash: string; bytes: number; changedAt: number }[] = []
    for await (const file of artifacts.kept()) if (!isRecorded(file.hash)) found.push(file)
    const fresh = found.filter(({ hash }) => !orphans.has(hash))
    if (fresh.length > 0) supervisor.forgetEffects()
    for (const { hash } of fresh) orphans.set(hash, now())
    let [files, bytes] = [0, 0]
    for (const { hash, changedAt, bytes: size } of found) {
      if (!isFree(hash, changedAt)) continue
      await artifacts.remove(hash)
      orphans.delete(hash)
      files++
      bytes += size
    }
    for (const hash of orphans.keys()) if (isRecorded(hash)) orphans.delete(hash)
    return { files, bytes }
  }

  /** What pruning would remove, without doing it. */
  function foreseen(ids: readonly string[]): PruneResponse {
    const only = get(
      `WITH gone AS (SELECT value AS id FROM json_each(?))
       SELECT COUNT(*) AS files, COALESCE(SUM(bytes), 0) AS bytes FROM
         (SELECT hash, MAX(bytes) AS bytes FROM artifacts GROUP BY hash HAVING COUNT(*) = SUM(job IN (SELECT id FROM gone)))`,
      JSON.stringify(ids),
    )
    return { jobs: ids.length, files: Number(only?.['files'] ?? 0), bytes: Number(only?.['bytes'] ?? 0) }
  }

  async function prune(keep: Keep): Promise<PruneResponse> {
    const ids = surplus(keep)
    let jobs = 0
    for (let start = 0; start < ids.length; start += atOnce) {
      jobs += queue.forget(ids.slice(start, start + atOnce))
      await new Promise((resolve) => setImmediate(resolve))
    }
    // Viewers that were away for a day begin anew; numbers go on from the newest event, which stays.
    database.run(
      `DELETE FROM events WHERE at < ? AND seq < (SELECT MAX(seq) FROM events) AND job NOT IN (SELECT id FROM jobs)`,
      now() - dayMs,
    )
    const files = await removeOrphans()
    if (jobs > 0 || files.files > 0) log.info({ jobs, ...files }, 'history was pruned')
    return { jobs, ...files }
  }
  /** One at a time. */
  function inTurn(work: () => Promise<PruneResponse>): Promise<PruneResponse> {
    const before = underWay ?? Promise.resolve()
    const mine = before.then(work, work)
    underWay = mine
    return mine
  }

  function soon(ms: number): void {
    timer = setTimeout(() => {
      void inTurn(() => prune(configured()))
        .catch((error: unknown) => {
          log.error({ reason: error instanceof Error ? error.message : String(error) }, 'history could not be pruned')
        })
        .finally(() => {
          if (timer) soon(intervalMs)
        })
    }, ms).unref()
  }

  return {
    /** By what is asked for; by flags and settings where nothing is. */
    async prune({ dryRun = false, ...asked }: PruneRequest): Promise<PruneResponse> {
      const keep = Object.keys(asked).length > 0 ? asked : configured()
      return dryRun ? foreseen(surplus(keep)) : inTurn(() => prune(keep))
    },
    /** Prunes by flags and settings from time to time. */
    start: (): void => soon(Math.min(30_000, intervalMs)),
    close(): void {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
