import { useEffect, useState } from 'react'
import { isFinished } from '@patchbay/engine/workflow'
import type { TimelineEntry } from '@patchbay/client'
import { duration } from '../../messages/translate.ts'
import { reveal } from '../../canvas/camera.ts'
import { useEditor, useRun, useT, useTab } from '../../contexts/editor-context.tsx'
import type { Stage } from '../../canvas/stage.ts'
import { NodeReport } from './report.tsx'

const nothing = {}

/** What the run of this workflow did and how long each part took. */
export function RunPanel({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const tab = useTab()
  const run = useRun((one) => one)
  if (!run) {
    return (
      <div className="panel-body">
        <p className="faint">{t('job.timelineEmpty')}</p>
      </div>
    )
  }
  const reporting = [...new Set([...Object.keys(run.traces), ...Object.keys(run.shown)])]
  return (
    <div className="panel-body">
      <p>
        <span className="job-state" data-state={run.state}>
          {t(`job.state.${run.state}`)}
        </span>{' '}
        {run.total > 0 && t('run.progress', { done: run.done, total: run.total })}
        {run.device ? ` · ${run.device}` : ''}
      </p>
      <Timeline job={run.job} finished={isFinished(run.state)} stage={stage} />
      {reporting.map((node) => (
        <NodeReport
          key={node}
          title={nameOf(tab.document.store.getState().workflow.layout?.nodes?.[node]?.title, stage, node)}
          shown={run.shown[node] ?? nothing}
          live={run.traces[node]}
        />
      ))}
    </div>
  )
}

function nameOf(title: string | undefined, stage: Stage | undefined, node: string): string {
  return title ?? stage?.manifestOf(node.split('/')[0] ?? node)?.label ?? node
}

/** Bars by node, from the start of the job; what was reused took no time. */
function Timeline({
  job,
  finished,
  stage,
}: {
  readonly job: string
  readonly finished: boolean
  readonly stage: Stage | undefined
}) {
  const t = useT()
  const { client } = useEditor()
  const tab = useTab()
  const done = useRun((run) => run.done) ?? 0
  const [entries, setEntries] = useState<readonly TimelineEntry[]>([])
  useEffect(() => {
    const soon = setTimeout(() => {
      client.jobs.get(job).then(
        (detail) => setEntries(detail.timeline),
        () => setEntries([]),
      )
    }, 250)
    return () => clearTimeout(soon)
  }, [client, job, finished, done])
  const end = Math.max(1, ...entries.map((entry) => entry.end))
  if (entries.length === 0) return <p className="faint">{t('job.timelineEmpty')}</p>
  return (
    <ol className="timeline">
      {entries.map((entry, index) => {
        const [top = entry.node] = entry.node.split('/')
        const left = (entry.start / end) * 100
        return (
          <li key={index}>
            <button
              type="button"
              onClick={() => {
                tab.document.select([top])
                if (stage) void reveal(stage, top)
              }}
            >
              <span className="timeline-name">
                {nameOf(tab.document.store.getState().workflow.layout?.nodes?.[top]?.title, stage, entry.node)}
              </span>
              <span className="timeline-track">
                <i
                  data-outcome={entry.outcome}
                  style={{
                    left: `${left}%`,
                    width: `${Math.max(0.8, ((entry.end - entry.start) / end) * 100)}%`,
                  }}
                />
              </span>
              <span className="timeline-time">
                {entry.outcome === 'reused' ? '—' : duration(entry.end - entry.start)}
              </span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}
