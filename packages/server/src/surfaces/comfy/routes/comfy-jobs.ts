import { type JobState, isFinished } from '@patchbay/engine/workflow'
import type { EventLog } from '../../../store/event-log.ts'
import type { JobStore } from '../../../store/job-store.ts'
import type { StoredJob } from '../../../store/stored-job.ts'
import { exactJson } from '../prompt/prompt.ts'
import { type ComfyOrigin, comfyOriginOf } from '../running/comfy-origin.ts'
import { type HistoryEntry, historyEntry } from '../running/history.ts'

export interface ComfyJobDependencies {
  readonly jobs: Pick<JobStore, 'list' | 'listStored'>
  readonly events: Pick<EventLog, 'after'>
}

/** Jobs that one answer reads at the most. */
export const mostJobs = 10_000
export const endedStates: readonly JobState[] = ['succeeded', 'failed', 'cancelled']

export interface ListedJob {
  readonly job: StoredJob
  readonly origin: ComfyOrigin
}

/** The jobs that came as prompts of ComfyUI. */
export interface ComfyJobs {
  /** Newest first, and how many there are in all. */
  page(
    states: readonly JobState[],
    page: { readonly limit: number; readonly offset?: number },
  ): Promise<{ readonly listed: ListedJob[]; readonly total: number }>
  idsOf(states: readonly JobState[]): Promise<string[]>
  /** What the history says of a job that has ended. */
  entryOf(job: StoredJob | undefined): Promise<HistoryEntry | undefined>
}

export function createComfyJobs({ jobs, events }: ComfyJobDependencies): ComfyJobs {
  return {
    async page(state, page) {
      const { jobs: stored, total } = await jobs.listStored({ surface: 'comfy', state, ...page })
      const listed = stored.flatMap((job) => {
        const origin = comfyOriginOf(job)
        return origin ? [{ job, origin }] : []
      })
      return { listed, total }
    },
    async idsOf(state) {
      return (await jobs.list({ surface: 'comfy', state, limit: mostJobs })).jobs.map(({ id }) => id)
    },
    async entryOf(job) {
      const origin = job && comfyOriginOf(job)
      if (!origin || !isFinished(job.state)) return undefined
      return historyEntry(job, origin, await events.after(0, 100_000, [job.id]))
    },
  }
}

/** Answers with JSON that holds texts of prompts as they were written. */
export function sendExact(response: { type(name: string): { send(text: string): void } }, value: unknown): void {
  response.type('application/json').send(exactJson(value))
}
