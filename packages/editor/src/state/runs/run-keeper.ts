import type { PreviewHeader } from '@patchbay/engine/workflow'
import type { Client, JobMessage } from '@patchbay/client'
import { applyEvent, applyPreview, startRun, type JobRun } from './run.ts'

export type Runs = { readonly [job: string]: JobRun }

/** Where the runs are kept. */
export interface RunTable {
  readonly read: () => Runs
  readonly write: (runs: Runs) => void
  /** Jobs whose runs are shown or waited for: they are never let go. */
  readonly held: () => ReadonlySet<string>
}

export interface RunKeeper {
  /** Reads what a job did so far and follows it from there; pictures of the run before stay until new ones come. */
  readonly catchUp: (job: string, before?: string) => Promise<JobRun>
  /** Lets the pictures of another run stand on the nodes of this one until it has its own. */
  readonly carryOver: (job: string, before: string) => void
  readonly event: (message: JobMessage) => void
  readonly preview: (header: PreviewHeader, picture: Uint8Array) => void
}

/** How many runs are kept beside those that are held. */
const runsKept = 12

/** Keeps the runs that are watched in line with what the server tells of them. */
export function createRunKeeper(client: Client, table: RunTable): RunKeeper {
  /** Live messages of jobs whose past is being read, to be applied after it. */
  const arriving = new Map<string, JobMessage[]>()
  const set = (run: JobRun): void => {
    const runs = table.read()
    if (runs[run.job] !== run) table.write(withoutOldest({ ...runs, [run.job]: run }, table.held()))
  }
  return {
    catchUp: async (job, before) => {
      const runs = table.read()
      const carried = before === undefined ? runs[job] : runs[before]
      if (!runs[job]) set(startRun(job, carried))
      const waiting: JobMessage[] = []
      arriving.set(job, waiting)
      try {
        let run = startRun(job, carried)
        let after = 0
        for (;;) {
          const { events, next } = await client.jobs.events(job, after)
          for (const { event, at } of events) run = applyEvent(run, event, at)
          if (events.length === 0 || next <= after) break
          after = next
        }
        for (const { event, at, seq } of waiting) {
          if (seq === undefined || seq > after) run = applyEvent(run, event, at)
        }
        set(run)
        return run
      } finally {
        if (arriving.get(job) === waiting) arriving.delete(job)
      }
    },
    carryOver: (job, before) => {
      const run = table.read()[job]
      const shown = table.read()[before]
      if (!run || !shown) return
      set({ ...run, pictures: { ...shown.pictures, ...run.pictures }, shown: { ...shown.shown, ...run.shown } })
    },
    event: (message) => {
      arriving.get(message.job)?.push(message)
      const run = table.read()[message.job]
      if (run) set(applyEvent(run, message.event, message.at))
    },
    preview: (header, picture) => {
      const run = table.read()[header.job]
      if (run) set(applyPreview(run, header, picture.slice()))
    },
  }
}

/** The newest runs and those that are held. */
function withoutOldest(runs: Runs, held: ReadonlySet<string>): Runs {
  const loose = Object.keys(runs).filter((job) => !held.has(job))
  const gone = new Set(loose.slice(0, Math.max(0, loose.length - runsKept)))
  return gone.size === 0 ? runs : Object.fromEntries(Object.entries(runs).filter(([job]) => !gone.has(job)))
}
