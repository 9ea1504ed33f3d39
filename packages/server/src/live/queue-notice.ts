import type { JobMessage, QueueStatus } from '../api/api-types.ts'
import type { Hub } from './hub.ts'

/** The state of the whole queue is passing: it is told at most once in so many ms, whatever happens. */
const everyMs = 50

export interface QueueNotice {
  /** Hears what has happened. */
  hear(messages: readonly JobMessage[]): void
  close(): void
}

export function createQueueNotice(hub: Pick<Hub, 'publishQueue'>, status: () => Promise<QueueStatus>): QueueNotice {
  let timer: NodeJS.Timeout | undefined
  let closed = false
  async function tell(): Promise<void> {
    timer = undefined
    const queue = await status()
    if (!closed) hub.publishQueue(queue)
  }
  return {
    hear(messages) {
      if (closed || !messages.some(({ event }) => event.type.startsWith('job-'))) return
      // A notice that is lost is followed by the next.
      timer ??= setTimeout(() => void tell().catch(() => undefined), everyMs).unref()
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
