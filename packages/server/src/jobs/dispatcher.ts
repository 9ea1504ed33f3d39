import type { Logger } from 'pino'
import { serializeWorkflow } from '@patchbay/engine/workflow'
import type { RunFeed } from '../live/run-feed.ts'
import type { EmbeddedTexts, Claim, StoredJob } from '../store/stored-job.ts'
import type { Supervisor } from '../runner/supervisor.ts'
import { workflowKeyword } from '@patchbay/nodes/picture-texts'
import type { RunCommands } from '../store/job-store.ts'

/** Hands jobs to the devices of this process. */
export interface Dispatcher {
  /** Gives jobs to idle devices until either runs out. */
  fill(): void
  /** Claims nothing more. */
  close(): void
}

/** After a claim that the store refused, it is asked again in so many ms. */
const againMs = 1_000

export function createDispatcher(dependencies: {
  readonly store: Pick<RunCommands, 'claim' | 'giveBack'>
  readonly supervisor: Pick<Supervisor, 'idleDevice' | 'run'>
  readonly feed: Pick<RunFeed, 'begin' | 'forget'>
  readonly log: Pick<Logger, 'error'>
}): Dispatcher {
  const { store, supervisor, feed, log } = dependencies
  let closed = false
  let filling = false
  let askedMeanwhile = false
  let timer: NodeJS.Timeout | undefined

  async function fillAll(): Promise<void> {
    for (let device = supervisor.idleDevice(); device !== undefined; device = supervisor.idleDevice()) {
      if (closed) return
      const claim = await store.claim(device)
      if (!claim) return
      feed.begin(claim)
      if (!closed && supervisor.run(device, runOf(claim))) continue
      // The device stopped in the meantime, or the server does.
      feed.forget(claim.fence.job)
      await store.giveBack(claim.fence, 'Its device was not ready.', false)
    }
  }
  async function fill(): Promise<void> {
    askedMeanwhile = filling
    if (filling || closed) return
    filling = true
    clearTimeout(timer)
    try {
      do {
        askedMeanwhile = false
        await fillAll()
      } while (isAskedAgain())
    } catch (error) {
      log.error({ err: error }, 'no job could be claimed')
      if (!closed) timer = setTimeout(() => void fill(), againMs).unref()
    } finally {
      filling = false
    }
  }
  const isAskedAgain = (): boolean => askedMeanwhile && !closed
  return {
    fill: () => void fill(),
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

function runOf({ job, earlier }: Claim): Parameters<Supervisor['run']>[1] {
  const { id, document, targets } = job
  return {
    id,
    document,
    embedded: embeddedIn(job),
    reuseEffects: job.origin?.reuseEffects ?? false,
    earlier,
    ...(targets ? { targets } : {}),
  }
}

/** What the pictures of a job carry: its workflow, and what its surface adds. */
function embeddedIn(job: StoredJob): EmbeddedTexts {
  return { [workflowKeyword]: serializeWorkflow(job.document), ...job.origin?.embedded }
}
