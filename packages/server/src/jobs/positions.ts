import { isFinished } from '@patchbay/engine/workflow'
import type { Job } from '../api/api-types.ts'
import type { Supervisor } from '../runner/supervisor.ts'
import type { JobReads } from '../store/job-store.ts'

/** Adds to jobs that wait their place in the queue, and to those that wait or run when they may be done. */
export function createPositions(
  store: Pick<JobReads, 'usualDuration' | 'waitingBefore'>,
  supervisor: Pick<Supervisor, 'devices'>,
  now: () => number,
): (jobs: readonly Job[]) => Promise<Job[]> {
  return async (jobs) => {
    if (jobs.every(({ state }) => isFinished(state))) return [...jobs]
    const usual = await store.usualDuration()
    const waiting = await store.waitingBefore(jobs.map(({ id }) => id))
    const before = new Map(jobs.map(({ id }, index) => [id, waiting[index]]))
    const lanes = Math.max(1, supervisor.devices().length)
    return jobs.map((job) => {
      if (isFinished(job.state)) return job
      if (job.state === 'running') {
        return usual === undefined || job.startedAt === undefined ? job : { ...job, expectedAt: job.startedAt + usual }
      }
      const position = (before.get(job.id) ?? 0) + 1
      const expected = usual === undefined ? {} : { expectedAt: now() + Math.ceil((position / lanes) * usual + usual) }
      return { ...job, position, ...expected }
    })
  }
}
