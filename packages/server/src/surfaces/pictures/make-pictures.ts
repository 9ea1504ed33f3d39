import type { JsonObject, Workflow } from '@patchbay/engine/workflow'
import type { ArtifactRecord } from '../../api/api-types.ts'
import type { Submit } from '../../jobs/submission.ts'
import type { Queue } from '../../jobs/queue.ts'
import type { JobStore } from '../../store/job-store.ts'
import type { ArtifactStore } from '../../store/artifact-store.ts'
import { Failure, notFound } from '../../failure.ts'
import type { TraceContext } from '../../telemetry/trace-context.ts'

const longestMs = 30 * 60_000

export interface PictureDependencies {
  readonly submit: Submit
  readonly queue: Pick<Queue, 'cancel' | 'whenFinished'>
  readonly jobs: Pick<JobStore, 'artifactsOf' | 'job' | 'resultsOf'>
  readonly artifacts: Pick<ArtifactStore, 'read'>
}

/** Who asks, as jobs keep it. */
interface Asker {
  readonly owner: string
  readonly trace?: TraceContext
}

/**
 * Runs a workflow as a job like any other and answers with its pictures. When the asker goes away, the job is
 * cancelled. `onJob` hears of the job before it ends.
 */
export async function makePictures(
  document: Workflow,
  asker: Asker,
  dependencies: PictureDependencies,
  signal: AbortSignal,
  onJob?: (job: string) => void,
): Promise<{ readonly record: ArtifactRecord; readonly bytes: Buffer }[]> {
  const { jobs, artifacts } = dependencies
  const id = await succeeded(document, asker, dependencies, signal, onJob)
  const records = (await jobs.artifactsOf(id)).filter(({ kind }) => kind === 'image')
  return Promise.all(
    records.map(async (record) => {
      const bytes = await artifacts.read(record.hash)
      if (!bytes) throw notFound('artifact', record.hash)
      return { record, bytes }
    }),
  )
}

/** The same, and answers with the results that the workflow names. */
export async function makeResults(
  document: Workflow,
  asker: Asker,
  dependencies: PictureDependencies,
  signal: AbortSignal,
): Promise<JsonObject> {
  const id = await succeeded(document, asker, dependencies, signal)
  return (await dependencies.jobs.resultsOf(id)).results ?? {}
}

/** The id of the job, once it has succeeded. */
async function succeeded(
  document: Workflow,
  asker: Asker,
  { submit, queue, jobs }: PictureDependencies,
  signal: AbortSignal,
  onJob?: (job: string) => void,
): Promise<string> {
  const answer = await submit({ document }, asker)
  const id = answer.jobs[0]?.id ?? ''
  onJob?.(id)
  await queue.whenFinished(id, longestMs, signal)
  const job = await jobs.job(id)
  if (job?.state === 'queued' || job?.state === 'running') {
    await queue.cancel(id)
    throw new Failure('unavailable', 'The result was not ready in time; the job was cancelled.')
  }
  if (job?.state !== 'succeeded') {
    throw new Failure('unavailable', job?.error?.message ?? 'The job was cancelled.')
  }
  return id
}

/** Aborts when the asker closes the connection before the answer. */
export function whileAsked(response: { on(event: 'close', listener: () => void): unknown }): AbortSignal {
  const gone = new AbortController()
  response.on('close', () => {
    gone.abort()
  })
  return gone.signal
}
