import { memo } from 'react'
import type { JsonObject, NodeId } from '@patchbay/engine/workflow'
import { runOfInner, warningsOfInner } from '../../state/runs/run.ts'
import { reportOf, textOf } from '../../state/runs/shown.ts'
import { duration } from '../../messages/translate.ts'
import { useRun, useRunKey, useT } from '../../contexts/editor-context.tsx'

/** The first few things that a node shows, short enough to stand over it. */
function factsOf(shown: JsonObject | undefined): string[] {
  const { facts } = shown ? reportOf(shown) : { facts: [] }
  return facts.slice(0, 3).map(({ name, value }) => `${name} ${textOf(value)}`)
}

/**
 * What happens to the node in the run: a bar while it runs, then what it warned of, how long it took, why it was
 * reused, or why it failed.
 */
export const NodeStatus = memo(function NodeStatus({ id }: { readonly id: NodeId }) {
  const t = useT()
  const key = useRunKey(id)
  const run = useRun((one) => runOfInner(one, key))
  const shown = useRun((one) => one.shown[key])
  const warning = useRun((one) => warningsOfInner(one, key))
  const isAtWork = run?.state === 'running' || run?.state === 'failed'
  if (warning !== '' && !isAtWork) {
    return (
      <div className="node-status warned" role="status" title={warning}>
        <span className="status-text">⚠ {warning}</span>
      </div>
    )
  }
  if (!run) return null
  switch (run.state) {
    case 'running': {
      const known = run.step !== undefined && run.steps !== undefined && run.steps > 0
      const fraction = known ? (run.step ?? 0) / (run.steps ?? 1) : undefined
      const text = known
        ? t('state.step', { step: run.step ?? 0, steps: run.steps ?? 0 })
        : (run.text ?? t('state.running'))
      return (
        <div className="node-status running" role="status">
          <span className="progress" data-unknown={!known || undefined}>
            <span style={known ? { width: `${(fraction ?? 0) * 100}%` } : undefined} />
          </span>
          <span className="status-text">{known && run.text ? `${text} · ${run.text}` : text}</span>
        </div>
      )
    }
    case 'finished':
      return (
        <div
          className="node-status finished"
          title={run.notReused ? t('state.notReused', { reason: run.notReused }) : undefined}
        >
          <span className="status-text">{[duration(run.ms ?? 0), ...factsOf(shown)].join(' · ')}</span>
        </div>
      )
    case 'reused':
      return (
        <div className="node-status reused">
          <span className="status-text">
            {t('state.reused', { from: t(`state.from.${run.reusedFrom ?? 'memory'}`) })}
          </span>
        </div>
      )
    case 'failed':
      return (
        <div className="node-status failed" role="alert" title={run.error?.message}>
          <span className="status-text">{run.error?.message ?? t('state.failed')}</span>
        </div>
      )
    case 'blocked':
      return (
        <div className="node-status blocked" title={run.blockedBy}>
          <span className="status-text">{run.blockedBy ?? t('state.blocked')}</span>
        </div>
      )
    case 'skipped':
      return (
        <div className="node-status blocked">
          <span className="status-text">{t('state.skipped')}</span>
        </div>
      )
  }
})
