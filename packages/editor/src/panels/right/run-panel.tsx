import { useEffect, useState } from 'react'
import { isFinished } from '@patchbay/engine/workflow'
import { duration } from '../../messages/translate.ts'
import type { JobRun } from '../../state/runs/run.ts'
import { timelineOf } from '../../state/runs/timeline.ts'
import { reveal } from '../../canvas/camera.ts'
import { useRun, useT, useTab } from '../../contexts/editor-context.tsx'
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
      <Timeline run={run} stage={stage} />
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

/** How often the bar of what runs grows, in milliseconds. */
const tickMs = 500

/** The server's time as it goes on while a run does: from its last event, by this machine's clock. */
function useNow(run: JobRun): number {
  const isGoing = !isFinished(run.state)
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isGoing) return
    const timer = setInterval(() => setNow(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [isGoing])
  return now
}

/** Bars by node, from the start of the job, as they grow; what was reused took no time. */
function Timeline({ run, stage }: { readonly run: JobRun; readonly stage: Stage | undefined }) {
  const t = useT()
  const tab = useTab()
  const now = useNow(run)
  const bars = timelineOf(run, now)
  const end = Math.max(1, ...bars.map((bar) => bar.end))
  if (bars.length === 0) return <p className="faint">{t('job.timelineEmpty')}</p>
  return (
    <ol className="timeline">
      {bars.map(({ node, start, end: until, state }) => {
        const [top = node] = node.split('/')
        const width = Math.max(0.8, ((until - start) / end) * 100)
        return (
          <li key={node}>
            <button
              type="button"
              onClick={() => {
                tab.document.select([top])
                if (stage) void reveal(stage, top)
              }}
            >
              <span className="timeline-name">
                {nameOf(tab.document.store.getState().workflow.layout?.nodes?.[top]?.title, stage, node)}
              </span>
              <span className="timeline-track">
                <i data-outcome={state} style={{ left: `${(start / end) * 100}%`, width: `${width}%` }} />
              </span>
              <span className="timeline-time">{state === 'reused' ? '—' : duration(until - start)}</span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}
