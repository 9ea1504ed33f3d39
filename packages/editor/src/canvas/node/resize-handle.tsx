import { useRef, type PointerEvent } from 'react'
import type { NodeId } from '@patchbay/engine/workflow'
import { patchNodeLayout } from '../../state/edits/nodes.ts'
import { useDocument, useT } from '../../contexts/editor-context.tsx'
import { useStage } from '../stage-context.tsx'
import { metrics } from '../node-geometry.ts'

/** The lower right corner: drag to resize, double-click to fit the content again. */
export function ResizeHandle({
  id,
  width,
  height,
}: {
  readonly id: NodeId
  readonly width: number
  readonly height: number
}) {
  const t = useT()
  const stage = useStage()
  const document = useDocument()
  const start = useRef<{ x: number; y: number; width: number; height: number } | undefined>(undefined)
  const move = (event: PointerEvent): void => {
    const from = start.current
    if (!from) return
    const { k } = stage.view.transform
    const next = {
      width: Math.round(Math.max(metrics.minWidth, from.width + (event.clientX - from.x) / k)),
      height: Math.round(Math.max(metrics.header, from.height + (event.clientY - from.y) / k)),
    }
    document.editGraph('resize', (graph) => patchNodeLayout(graph, [id], next), { merge: `resize.${id}` })
  }
  return (
    <span
      className="node-resize"
      title={t('node.resize')}
      onPointerDown={(event) => {
        event.stopPropagation()
        event.currentTarget.setPointerCapture(event.pointerId)
        start.current = { x: event.clientX, y: event.clientY, width, height }
      }}
      onPointerMove={move}
      onPointerUp={() => (start.current = undefined)}
      onDoubleClick={(event) => {
        event.stopPropagation()
        document.editGraph('resize', (graph) => patchNodeLayout(graph, [id], { width: undefined, height: undefined }))
      }}
    />
  )
}
