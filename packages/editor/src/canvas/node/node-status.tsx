import { memo } from 'react'
import type { JsonObject, NodeId } from '@patchbay/engine/workflow'
import { reusedBelow } from '../../state/runs/not-needed.ts'
import { runOfInner, warningsOfInner, type NodeRun } from '../../state/runs/run.ts'
import { reportOf, textOf } from '../../state/runs/shown.ts'
import { duration } from '../../messages/translate.ts'
import { useEditor, useGraph, useRun, useRunKey, useT, useTab, useTitleOf } from '../../contexts/editor-context.tsx'

/** The first few things that a node shows, short enough to stand over it. */
function factsOf(shown: JsonObject | undefined): string[] {
  const { facts } = shown ? reportOf(shown) : { facts: [] }
  return facts.slice(0, 3).map(({ name, value }) => `${name} ${textOf(value)}`)
}

/**
 * What happens to the node in the run: a bar while it runs, then what it warned of, how long it took, why it was reused
 * or not needed, or why it failed.
 */
export const NodeStatus = memo(function NodeStatus({ id }: { readonly id: NodeId }) {
  const t = useT()
  const key = useRunKey(id)
  const run = useRun((one) => runOfInner(one, key))
  const shown = useRun((one) => one.shown[key])
  const warning = useRun((one) => warningsOfInner(one, key))
  const isAtWork = run?.state === 'running' || run?.state === 'failed'
  if (warning && !isAtWork) {
    return (
      <div className="node-status warned" role="status" title={warning}>
        <span className="status-text">⚠ {warning}</span>
      </div>
    )
  }
  switch (run?.state) {
    case undefined:
      return <NotNeeded id={id} />
    case 'running':
      return <Running run={run} />
    case 'finished':
      return (
        <Status tone="finished" title={run.notReused && t('state.notReused', { reason: run.notReused })}>
          {[duration(run.ms ?? 0), ...factsOf(shown)].join(' · ')}
        </Status>
      )
    case 'reused':
      return (
        <Status tone="reused">
          {[t('state.reused', { from: t(`state.from.${run.reusedFrom ?? 'memory'}`) }), ...factsOf(shown)].join(' · ')}
        </Status>
      )
    case 'failed':
      return <Failed message={run.error?.message ?? t('state.failed')} />
    case 'blocked':
      return (
        <Status tone="blocked" title={run.blockedBy}>
          {run.blockedBy ?? t('state.blocked')}
        </Status>
      )
    case 'skipped':
      return <Status tone="blocked">{t('state.skipped')}</Status>
  }
})

interface StatusProps {
  readonly tone: 'finished' | 'reused' | 'blocked'
  readonly title?: string | undefined
  readonly children: string
}

function Status({ tone, title, children }: StatusProps) {
  return (
    <div className={`node-status ${tone}`} title={title}>
      <span className="status-text">{children}</span>
    </div>
  )
}

function Running({ run }: { readonly run: NodeRun }) {
  const t = useT()
  const { step = 0, steps = 0 } = run
  const isKnown = run.step !== undefined && steps > 0
  const text = isKnown ? t('state.step', { step, steps }) : (run.text ?? t('state.running'))
  return (
    <div className="node-status running" role="status">
      <span className="progress" data-unknown={!isKnown || undefined}>
        <span style={isKnown ? { width: `${(step / steps) * 100}%` } : undefined} />
      </span>
      <span className="status-text">{isKnown && run.text ? `${text} · ${run.text}` : text}</span>
    </div>
  )
}

/** The whole message, and the way to its report. */
function Failed({ message }: { readonly message: string }) {
  const { surface } = useEditor()
  return (
    <button
      type="button"
      className="node-status failed"
      role="alert"
      title={message}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => surface.setState({ right: 'issues' })}
    >
      <span className="status-text">{message}</span>
    </button>
  )
}

/** A node that the run passed over, since what it feeds was remembered. */
function NotNeeded({ id }: { readonly id: NodeId }) {
  const t = useT()
  const { ran } = useTab()
  const nodes = useRun((run) => (run.state === 'succeeded' ? run.nodes : undefined))
  const below = useGraph((graph) => (nodes && ran?.has(id) ? reusedBelow(graph, nodes, id) : undefined))
  const title = useTitleOf(below)
  return below === undefined ? null : <Status tone="blocked">{t('state.notNeeded', { node: title })}</Status>
}
