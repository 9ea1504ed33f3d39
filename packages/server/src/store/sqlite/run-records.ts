import { sql } from 'kysely'
import type { ArtifactRef } from '@patchbay/engine/workflow'
import type { TimelineEntry } from '../../api/api-types.ts'
import type { KeptOrPassing } from '../job-store.ts'
import type { Fence } from '../stored-job.ts'
import type { Context } from './context.ts'
import { query } from './schema.ts'

/** What a run leaves behind, as parts of commands. */
export interface RunRecords {
  keep(fence: Fence, events: readonly KeptOrPassing[]): 'recorded' | 'fenced'
  keepTimeline(fence: Fence, timeline: readonly TimelineEntry[]): void
}

export function createRunRecords({ statements, now, append }: Context): RunRecords {
  const advance = statements.change(
    (p: { job: string; claim: number; total: number | null; finished: number; artifacts: number }) =>
      query
        .updateTable('jobs')
        .set((job) => ({
          nodes_total: job.fn.coalesce(sql<number | null>`${p.total}`, 'nodes_total'),
          nodes_finished: job('nodes_finished', '+', p.finished),
          artifacts: job('artifacts', '+', p.artifacts),
        }))
        .where('id', '=', p.job)
        .where('claim', '=', p.claim)
        .where('state', '=', sql.lit('running')),
  )
  const insertArtifact = statements.change(
    (p: {
      hash: string
      job: string
      node: string
      name: string
      mime: string
      bytes: number
      kind: ArtifactRef['kind']
      width: number | null
      height: number | null
      at: number
    }) =>
      query.insertInto('artifacts').values({
        hash: p.hash,
        job: p.job,
        node: p.node,
        name: p.name,
        mime: p.mime,
        bytes: p.bytes,
        kind: p.kind,
        width: p.width,
        height: p.height,
        created_at: p.at,
      }),
  )
  const insertTimeline = statements.change((p: { job: string; claim: number; timeline: string }) =>
    query
      .insertInto('job_timelines')
      .columns(['number', 'timeline'])
      .expression((of) =>
        of
          .selectFrom('jobs')
          .select(['number', sql<string>`${p.timeline}`.as('timeline')])
          .where('id', '=', p.job)
          .where('claim', '=', p.claim)
          .where('state', 'in', [sql.lit('running' as const), sql.lit('cancelled' as const)]),
      )
      .orReplace(),
  )
  return {
    keep({ job, claim }, events) {
      const total = events.find((event) => event.type === 'run-started')?.nodes ?? null
      const finished = events.filter(({ type }) => type === 'node-finished' || type === 'node-reused').length
      const kept = events.flatMap((event) => (event.type === 'node-artifact' ? [event] : []))
      if (advance({ job, claim, total, finished, artifacts: kept.length }) === 0) return 'fenced'
      for (const { node, artifact } of kept) {
        const { hash, name, mime, bytes, kind, width = null, height = null } = artifact
        insertArtifact({ hash, job, node, name, mime, bytes, kind, width, height, at: now() })
      }
      append(job, ...events)
      return 'recorded'
    },
    keepTimeline(fence, timeline) {
      insertTimeline({ ...fence, timeline: JSON.stringify(timeline) })
    },
  }
}
