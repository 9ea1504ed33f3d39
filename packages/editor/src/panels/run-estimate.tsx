import { useStore } from 'zustand'
import { useEditor, useRegistry, useT, useTab } from '../contexts/editor-context.tsx'
import { duration } from '../messages/translate.ts'
import { noCheck } from '../state/editor.ts'
import { memoryText, totalOf } from '../state/runs/estimate.ts'
import { Hint } from './controls.tsx'

/** What a run of the workflow will take, where its nodes can tell. */
export function RunEstimate() {
  const t = useT()
  const registry = useRegistry()
  const { id } = useTab()
  const { estimates } = useStore(useEditor().surface, (state) => state.checks[id]) ?? noCheck
  const total = totalOf(estimates)
  if (!total) return null
  const amountOf = ({ seconds, bytes }: { readonly seconds?: number; readonly bytes?: number }): string[] => [
    ...(seconds === undefined ? [] : [`≈ ${duration(seconds * 1000)}`]),
    ...(bytes === undefined || bytes === 0 ? [] : [memoryText(bytes)]),
  ]
  const lines = estimates.map((one) => {
    const pairs = (one.attention ?? []).map((of) => t(`run.pairs.${of.kind}`, { pairs: of.pairs.toLocaleString() }))
    const amount = [...amountOf(one), ...(one.seconds === undefined ? [t('run.timeUnknown')] : []), ...pairs].join(', ')
    return t('run.estimateNode', { node: registry.node(one.type)?.label ?? one.type, amount })
  })
  const details = lines.join('; ')
  return (
    <Hint text={t('run.estimate', { details })}>
      <span className="run-estimate">{amountOf(total).join(' · ')}</span>
    </Hint>
  )
}
