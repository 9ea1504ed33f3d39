import type { PruneRequest, PruneResponse } from '../api/api-types.ts'
import type { Logger } from 'pino'
import type { Supervisor } from '../runner/supervisor.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import type { HistoryLimits, JobHistory } from '../store/job-store.ts'
import type { SettingsStore } from '../store/settings-store.ts'
import { type OrphanFiles, createOrphanFiles } from './orphan-files.ts'
import type { Queue } from './queue.ts'
import { messageOf } from '../message-of.ts'

/** How much of the past is kept. What is not said is without bound. */
export type Keep = Omit<PruneRequest, 'dryRun'>

/**
 * Forgets old jobs and removes the files that no job refers to any more. A job that waits, runs, or whose webhook is
 * still owed is never forgotten; what lies in the output folder is the user's and stays.
 */
export interface Retention {
  /** By what is asked for; by flags and settings where nothing is. */
  prune(request: PruneRequest): Promise<PruneResponse>
  /** Prunes by flags and settings from time to time. */
  start(): void
  close(): void
}

export interface RetentionDependencies {
  readonly store: JobHistory
  readonly queue: Pick<Queue, 'forget'>
  readonly artifacts: Pick<ArtifactStore, 'kept' | 'remove'>
  readonly supervisor: Pick<Supervisor, 'forgetEffects'>
  readonly settings: Pick<SettingsStore, 'get'>
  readonly log: Logger
  /**
   * What flags say; where they say nothing, the settings `history.keepJobs`, `history.keepDays` and `history.keepBytes`
   * do.
   */
  readonly keep: Keep
  readonly intervalMs: number
  readonly now?: () => number
}

const dayMs = 24 * 3_600_000
/** Jobs forgotten in one commit, so that requests in between are answered at once. */
const atOnce = 50

export function createRetention(dependencies: RetentionDependencies): Retention {
  const { store, queue, settings, log, keep: flags, intervalMs, now = Date.now } = dependencies
  const orphans: OrphanFiles = createOrphanFiles({ ...dependencies, now })
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<PruneResponse> | undefined

  const surplus = (keep: Keep): Promise<readonly string[]> => store.surplus(limitsOf(keep, now()))
  async function prune(keep: Keep): Promise<PruneResponse> {
    const ids = await surplus(keep)
    let jobs = 0
    for (let start = 0; start < ids.length; start += atOnce)
      jobs += await queue.forget(ids.slice(start, start + atOnce))
    // Viewers that were away for a day begin anew.
    await store.tidy(now() - dayMs)
    const files = await orphans.remove()
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
      void inTurn(async () => prune(await configured(flags, settings)))
        .catch((error: unknown) => {
          log.error({ reason: messageOf(error) }, 'history could not be pruned')
        })
        .finally(() => {
          if (timer) soon(intervalMs)
        })
    }, ms).unref()
  }
  return {
    async prune({ dryRun = false, ...asked }) {
      const keep = Object.keys(asked).length > 0 ? asked : await configured(flags, settings)
      if (!dryRun) return inTurn(() => prune(keep))
      const ids = await surplus(keep)
      return { jobs: ids.length, ...(await store.foreseen(ids)) }
    },
    start: () => soon(Math.min(30_000, intervalMs)),
    close() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

const limitsOf = ({ keepJobs, keepDays, keepBytes }: Keep, now: number): HistoryLimits => ({
  ...(keepJobs === undefined ? {} : { keepJobs }),
  ...(keepDays === undefined ? {} : { endedAfter: now - keepDays * dayMs }),
  ...(keepBytes === undefined ? {} : { keepBytes }),
})

async function configured(flags: Keep, settings: Pick<SettingsStore, 'get'>): Promise<Keep> {
  const numberOf = async (key: string): Promise<number | undefined> => {
    const value = await settings.get(key)
    return typeof value === 'number' && value >= 0 ? value : undefined
  }
  const keepJobs = flags.keepJobs ?? (await numberOf('history.keepJobs'))
  const keepDays = flags.keepDays ?? (await numberOf('history.keepDays'))
  const keepBytes = flags.keepBytes ?? (await numberOf('history.keepBytes'))
  return {
    ...(keepJobs === undefined ? {} : { keepJobs }),
    ...(keepDays === undefined ? {} : { keepDays }),
    ...(keepBytes === undefined ? {} : { keepBytes }),
  }
}
