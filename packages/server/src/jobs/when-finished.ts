import { isFinished } from '@patchbay/engine/workflow'
import type { Hub } from '../live/hub.ts'
import type { JobReads } from '../store/job-store.ts'

const ends: readonly string[] = ['job-succeeded', 'job-failed', 'job-cancelled', 'job-deleted']

export interface Waits {
  /** Waits for the end of a job, for a time, or until the asker goes. */
  until(id: string, ms: number, signal?: AbortSignal): Promise<void>
  /** Ends all waits, and those that are asked for later at once: the server stops. */
  close(): void
}

export function createWaits(store: Pick<JobReads, 'job'>, hub: Pick<Hub, 'listen'>): Waits {
  const open = new Set<() => void>()
  let isClosed = false
  return {
    async until(id, ms, signal) {
      let resolve: () => void = () => undefined
      const over = new Promise<void>((done) => {
        resolve = done
      })
      open.add(resolve)
      // Listens before it looks, so that an end in between is heard.
      const stop = hub.listen(({ job, event }) => {
        if (job === id && ends.includes(event.type)) resolve()
      })
      const timer = setTimeout(resolve, ms)
      signal?.addEventListener('abort', resolve)
      try {
        const job = await store.job(id)
        if (job && !isFinished(job.state) && !signal?.aborted && !isClosed) await over
      } finally {
        clearTimeout(timer)
        stop()
        open.delete(resolve)
        signal?.removeEventListener('abort', resolve)
      }
    },
    close() {
      isClosed = true
      for (const resolve of open) resolve()
    },
  }
}
