import type { PreviewHeader } from '@patchbay/engine/workflow'
import type { JobMessage } from '../api/api-types.ts'

/** A passing message: the progress of a node, or a picture of what it is making. */
export type Passing =
  { readonly message: JobMessage } | { readonly header: PreviewHeader; readonly picture: Uint8Array }

/** Pictures of one job take so much memory at the most; the oldest go first. */
const pictureBytes = 16 * 2 ** 20

type EventType = JobMessage['event']['type']
const nodeEnds: ReadonlySet<EventType> = new Set(['node-finished', 'node-failed', 'node-blocked'])
const jobEnds: ReadonlySet<EventType> = new Set(['job-requeued', 'job-succeeded', 'job-failed', 'job-cancelled'])

/**
 * What running jobs said last and the log does not keep: the progress of each node that runs, and the newest of each
 * picture. A viewer that joins in the middle of a long run starts with it instead of waiting for the next step.
 */
export function createStanding() {
  interface Said {
    readonly last: Map<string, Passing>
    /** Of the pictures among them. */
    bytes: number
  }
  const jobs = new Map<string, Said>()
  const sizeOf = (passing: Passing | undefined): number =>
    passing && 'picture' in passing ? passing.picture.length : 0

  function put(job: string, key: string, passing: Passing): void {
    const said = jobs.get(job)
    // What comes after the end of its job, from a runner that was killed say, would stay for ever.
    if (!said) return
    said.bytes += sizeOf(passing) - sizeOf(said.last.get(key))
    // Moves it to the end: the first of the map is the oldest.
    said.last.delete(key)
    said.last.set(key, passing)
    for (const [oldest, one] of said.last) {
      if (said.bytes <= pictureBytes) return
      if (!('picture' in one)) continue
      said.bytes -= one.picture.length
      said.last.delete(oldest)
    }
  }

  return {
    hear(message: JobMessage): void {
      const { job, event } = message
      if (event.type === 'job-started') jobs.set(job, { last: new Map(), bytes: 0 })
      else if (event.type === 'node-progress') put(job, `progress ${event.node}`, { message })
      else if (nodeEnds.has(event.type) && 'node' in event) jobs.get(job)?.last.delete(`progress ${event.node}`)
      else if (jobEnds.has(event.type)) jobs.delete(job)
    },
    see(header: PreviewHeader, picture: Uint8Array): void {
      put(header.job, `picture ${header.index} ${header.node}`, { header, picture })
    },
    /** Of the jobs that are asked for, or of all, in the order in which it was said. */
    of(wanted: ReadonlySet<string> | undefined): readonly Passing[] {
      return [...jobs].flatMap(([job, { last }]) => ((wanted?.has(job) ?? true) ? [...last.values()] : []))
    },
  }
}
