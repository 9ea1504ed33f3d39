import { isFinished } from '@patchbay/engine/workflow'
import type { Hub } from '../live/hub.ts'
import type { JobReads } from '../store/job-store.ts'

const ends: readonly string[] = ['job-succeeded', 'job-failed', 'job-cancelled', 'job-deleted']

/** Waits for the end of a job, for a time, or until the asker goes. */
export function createWaits(
  store: Pick<JobReads, 'job'>,
  hub: Pick<Hub, 'listen'>,
): (id: string, ms: number, signal?: AbortSignal) => Promise<void> {
  return async (id, ms, signal) => {
    let resolve: () => void = () => undefined
    const over = new Promise<void>((done) => {
      resolve = done
    })
    // Listens before it looks, so that an end in between is heard.
    const stop = hub.listen(({ job, event }) => {
      if (job === id && ends.includes(event.type)) resolve()
    })
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', resolve)
    try {
      const job = await store.job(id)
      if (job && !isFinished(job.state) && !signal?.aborted) await over
    } finally {
      clearTimeout(timer)
      stop()
      signal?.removeEventListener('abort', resolve)
    }
  }
}
