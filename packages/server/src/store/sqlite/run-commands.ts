import { sql } from 'kysely'
import type { CrashPolicy, Job } from '../../api/api-types.ts'
import { type RunCommands, unreadableJob } from '../job-store.ts'
import type { Claim, Fence, StoredJob } from '../stored-job.ts'
import type { Context } from './context.ts'
import type { JobEnds } from './job-ends.ts'
import type { JobReader } from './job-reads.ts'
import type { QueueOrder } from './queue-order.ts'
import { createRunRecords } from './run-records.ts'
import { query } from './schema.ts'

/** The life of a job from its claim to the end of its run. */
export function createRunCommands(context: Context, reader: JobReader, order: QueueOrder, ends: JobEnds): RunCommands {
  const { writer } = context
  const claims = createClaims(context, reader, order, ends)
  const records = createRunRecords(context)
  const abandoned = context.statements.all(() =>
    query
      .selectFrom('jobs')
      .select(['id', 'on_crash', 'attempts'])
      .where('state', '=', sql.lit('running'))
      .orderBy('number'),
  )

  function recover(maxAttempts: number): Job[] {
    return abandoned({}).flatMap(({ id, on_crash: onCrash, attempts }) => {
      if (onCrash === 'fail' || attempts >= maxAttempts) {
        return ends.end(id, { state: 'failed', error: stopped(onCrash, attempts) }) ?? []
      }
      claims.queueAgain(id, 'The server stopped while it ran.', true)
      return []
    })
  }
  return {
    claim: (device) => writer.write(() => claims.next(device)),
    record: (fence, events) => writer.write(() => records.keep(fence, events)),
    finish: (fence, end) =>
      writer.write(() => {
        const runs = claims.isRunning(fence)
        // A run that was cancelled from outside still tells what it did until then.
        if (end.timeline && end.timeline.length > 0) records.keepTimeline(fence, end.timeline)
        return (runs ? ends.end(fence.job, end) : undefined) ?? 'fenced'
      }),
    giveBack: (fence, reason, counts) =>
      writer.write(() => {
        if (!claims.isRunning(fence)) return 'fenced'
        claims.queueAgain(fence.job, reason, counts)
        return 'queued'
      }),
    recover: (maxAttempts) => writer.write(() => recover(maxAttempts)),
  }
}

/** Jobs that a device takes from the queue, and puts back there. */
function createClaims(context: Context, reader: JobReader, order: QueueOrder, ends: JobEnds) {
  const { now, append } = context
  const runs = createRunStates(context)
  const earlier = createEarlierRuns(context)

  function readable(id: string): StoredJob | undefined {
    try {
      return reader.stored(id)
    } catch {
      return undefined
    }
  }
  return {
    isRunning: (fence: Fence): boolean => runs.running({ ...fence }) !== undefined,
    next(device: string): Claim | undefined {
      if (reader.isPaused()) return undefined
      for (let id = order.takeTurn(); id !== undefined; id = order.takeTurn()) {
        const job = readable(id)
        if (!job) {
          ends.end(id, { state: 'failed', error: unreadableJob })
          continue
        }
        const at = now()
        const started = runs.start({ id, device, at })
        if (!started) continue
        const { claim, attempts } = started
        const outputs = claim === 1 ? [] : earlier.takeBack(job)
        append(id, { type: 'job-started', device, attempt: attempts })
        const running = {
          ...job,
          state: 'running' as const,
          attempts,
          device,
          startedAt: at,
          artifacts: 0,
          timeline: [],
        }
        return { job: running, fence: { job: id, claim }, earlier: outputs }
      }
      return undefined
    },
    queueAgain(id: string, reason: string, counts: boolean): void {
      if (runs.queue({ id, uncounted: counts ? 0 : 1 }) > 0) append(id, { type: 'job-requeued', reason })
    },
  }
}

/** The state of a job between the queue and its run, as statements. */
function createRunStates({ statements }: Context) {
  const start = statements.first((p: { id: string; device: string; at: number }) =>
    query
      .updateTable('jobs')
      .set((job) => ({
        state: 'running',
        claim: job('claim', '+', sql.lit(1)),
        attempts: job('attempts', '+', sql.lit(1)),
        device: p.device,
        started_at: p.at,
        nodes_total: null,
        nodes_finished: sql.lit(0),
        artifacts: sql.lit(0),
      }))
      .where('id', '=', p.id)
      .where('state', '=', sql.lit('queued'))
      .returning(['claim', 'attempts']),
  )
  const running = statements.first((p: { job: string; claim: number }) =>
    query
      .selectFrom('jobs')
      .select('number')
      .where('id', '=', p.job)
      .where('claim', '=', p.claim)
      .where('state', '=', sql.lit('running')),
  )
  const queue = statements.change((p: { id: string; uncounted: number }) =>
    query
      .updateTable('jobs')
      .set((job) => ({ state: 'queued', device: null, attempts: job('attempts', '-', p.uncounted) }))
      .where('id', '=', p.id)
      .where('state', '=', sql.lit('running')),
  )
  return { start, running, queue }
}

/** What earlier runs of a job kept: it gives way to that of the next. */
function createEarlierRuns({ statements }: Context) {
  const outputsOf = statements.all((p: { id: string }) =>
    query.selectFrom('artifacts').select(['hash', 'name']).where('job', '=', p.id).orderBy('id'),
  )
  const forget = statements.change((p: { id: string }) => query.deleteFrom('artifacts').where('job', '=', p.id))
  const forgetTimeline = statements.change((p: { number: number }) =>
    query.deleteFrom('job_timelines').where('number', '=', p.number),
  )
  return {
    takeBack({ id, number }: StoredJob): Claim['earlier'] {
      const outputs = outputsOf({ id })
      forget({ id })
      forgetTimeline({ number })
      return outputs
    },
  }
}

const stopped = (onCrash: CrashPolicy | null, attempts: number) => ({
  code: 'server-stopped',
  message:
    onCrash === 'fail'
      ? 'The server stopped while the job ran, and the job asks not to be run again.'
      : `The server stopped while the job ran, ${attempts} times; it is not tried again.`,
})
