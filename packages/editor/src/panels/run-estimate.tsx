import { useEffect, useState } from 'react'
import type { NodeEstimate } from '@patchbay/engine/workflow'
import { useDocument, useDocumentState, useEditor, useRegistry, useT } from '../contexts/editor-context.tsx'
import { duration } from '../messages/translate.ts'
import { memoryText, totalOf } from '../state/runs/estimate.ts'
import { Hint } from './controls.tsx'

/** Edits that follow one another sooner than this are asked about once. */
const restMs = 700

/** What a run of the workflow will take, where its nodes can tell. */
export function RunEstimate() {
  const t = useT()
  const registry = useRegistry()
  const estimates = useEstimates()
  const total = totalOf(estimates)
  if (!total) return null
  const amountOf = ({ seconds, bytes }: { readonly seconds?: number; readonly bytes?: number }): string[] => [
    ...(seconds === undefined ? [] : [`≈ ${duration(seconds * 1000)}`]),
    ...(bytes === undefined || bytes === 0 ? [] : [memoryText(bytes)]),
  ]
  const lines = estimates.map((one) => {
    const amount = [...amountOf(one), ...(one.seconds === undefined ? [t('run.timeUnknown')] : [])].join(', ')
    return t('run.estimateNode', { node: registry.node(one.type)?.label ?? one.type, amount })
  })
  const details = lines.join('; ')
  return (
    <Hint text={t('run.estimate', { details })}>
      <span className="run-estimate">{amountOf(total).join(' · ')}</span>
    </Hint>
  )
}

/**
 * Asked for anew when nodes change; layout does not matter. Nothing while the workflow has errors or the server is
 * away.
 */
function useEstimates(): readonly NodeEstimate[] {
  const { client } = useEditor()
  const { store } = useDocument()
  const nodes = useDocumentState((state) => state.workflow.nodes)
  const [estimates, setEstimates] = useState<readonly NodeEstimate[]>([])
  useEffect(() => {
    let isCurrent = true
    const show = (found: readonly NodeEstimate[]): void => {
      if (isCurrent) setEstimates(found)
    }
    const timer = setTimeout(() => {
      if (Object.keys(nodes).length === 0) show([])
      else
        client.validate(store.getState().workflow).then(
          ({ estimates: found }) => show(found),
          () => show([]),
        )
    }, restMs)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [client, store, nodes])
  return estimates
}
