import { useStore } from 'zustand'
import type { Point } from '@patchbay/engine/workflow'
import { setReroutes } from '../../state/edits/decorations.ts'
import { linksOf } from '../../state/edits/links.ts'
import { useDocument, useGraph, useT } from '../../contexts/editor-context.tsx'
import { useStage } from '../stage-context.tsx'

const none: { readonly [key: string]: never } = {}

/** The points that links pass, to be dragged. */
export function Reroutes() {
  const t = useT()
  const stage = useStage()
  const document = useDocument()
  const reroutes = useGraph((graph) => graph.layout?.reroutes) ?? none
  const nodes = useGraph((graph) => graph.nodes)
  const selectedLink = useStore(stage.store, (state) => state.selectedLink)
  const keys = Object.entries(reroutes).filter(([, points]) => points.length > 0)
  if (keys.length === 0) return null
  const known = new Set(linksOf({ nodes }).map((link) => link.key))
  const change = (key: string, points: readonly Point[], merge?: string): void =>
    document.editGraph('reroute', (graph) => setReroutes(graph, key, points), merge ? { merge } : {})
  return keys
    .filter(([key]) => known.has(key))
    .flatMap(([key, points]) =>
      points.map((point, index) => (
        <button
          key={`${key}/${index}`}
          type="button"
          className="reroute"
          aria-label={t('link.moveReroute')}
          title={t('link.moveReroute')}
          data-selected={selectedLink === key || undefined}
          style={{ left: point.x, top: point.y }}
          onPointerDown={(event) => {
            event.stopPropagation()
            event.currentTarget.setPointerCapture(event.pointerId)
            stage.store.setState({ selectedLink: key })
          }}
          onPointerMove={(event) => {
            if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
            const { x, y } = stage.view.pointOf(event)
            const next = points.map((one, at) => (at === index ? { x: Math.round(x), y: Math.round(y) } : one))
            change(key, next, `reroute.${key}.${index}`)
          }}
          onDoubleClick={(event) => {
            event.stopPropagation()
            change(
              key,
              points.filter((_, at) => at !== index),
            )
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Delete' && event.key !== 'Backspace') return
            event.stopPropagation()
            change(
              key,
              points.filter((_, at) => at !== index),
            )
          }}
        />
      )),
    )
}
