import { randomUUID } from 'node:crypto'
import { afterEach } from 'vitest'
import type { ArtifactRef, Workflow } from '@patchbay/engine/workflow'
import type { Submission } from '../job-store.ts'
import type { Claim, JobDraft } from '../stored-job.ts'
import type { StoreOptions, Stores } from '../stores.ts'

/** Opens empty stores. */
export type OpenStores = (options: StoreOptions) => Promise<Stores>

export const document: Workflow = { format: 'patchbay-workflow', version: 1, nodes: {} }
export const picture = (digit: string, name: string): ArtifactRef => ({
  hash: `sha256:${digit.repeat(64)}`,
  name,
  mime: 'image/png',
  bytes: 10,
  kind: 'image',
})

export type BeginJobs = () => Promise<JobScene>
/** Empty stores, with what a test says in one word. */
export interface JobScene extends Pick<Stores, 'jobs' | 'events'> {
  /** The time that the stores see, in milliseconds. */
  readonly clock: { now: number }
  submit(draft?: Partial<JobDraft>, more?: Partial<Submission>): Promise<string>
  claim(): Promise<Claim>
  /** Claims and ends all that waits, in order. */
  drain(): Promise<string[]>
  typesOf(id: string): Promise<string[]>
}

/** Each call opens stores, which are closed after the test. */
export function jobScenes(open: OpenStores): BeginJobs {
  let stores: Stores
  afterEach(() => stores.close())

  return async () => {
    const clock = { now: 1_000 }
    stores = await open({ now: () => clock.now })
    const { jobs, events } = stores
    return {
      jobs,
      events,
      clock,
      async submit(draft = {}, more = {}) {
        const whole = { id: randomUUID(), document, priority: 0, owner: 'ann', ...draft }
        const submitted = await jobs.submit({ owner: whole.owner, drafts: [whole], capacity: 100, ...more })
        if (!('jobs' in submitted)) throw new Error(submitted.result)
        return submitted.jobs[0]?.id ?? ''
      },
      async claim() {
        const claimed = await jobs.claim('cpu')
        if (!claimed) throw new Error('nothing to claim')
        return claimed
      },
      async drain() {
        const order: string[] = []
        for (let next = await jobs.claim('cpu'); next; next = await jobs.claim('cpu')) {
          order.push(next.job.id)
          await jobs.finish(next.fence, { state: 'succeeded' })
        }
        return order
      },
      typesOf: async (id) => (await events.after(0, 100, [id])).map(({ event }) => event.type),
    }
  }
}
