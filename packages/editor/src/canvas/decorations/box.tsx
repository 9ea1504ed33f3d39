import { useRef, useState, type CSSProperties, type PointerEvent, type ReactNode } from 'react'
import type { Box, NodeId, Point } from '@patchbay/engine/workflow'
import type { Graph } from '../../state/edits/graph.ts'
import { moveNodes } from '../../state/edits/nodes.ts'
import { useDocument, useDocumentState, useT } from '../../contexts/editor-context.tsx'
import { useStage } from '../stage-context.tsx'

interface BoxProps {
  readonly kind: 'group' | 'note'
  readonly id: string
  readonly box: Box & { readonly color?: string }
  readonly label: string
  readonly least: { readonly width: number; readonly height: number }
  /** Writes a new place or size. */
  readonly patch: (graph: Graph, change: Partial<Box>) => Graph
  /** The nodes that move with it. */
  readonly carried?: () => readonly NodeId[]
  /** What the box is dragged by, and the rest of it. */
  readonly bar: ReactNode
  readonly onRename?: () => void
  readonly children?: ReactNode
}

interface Held {
  readonly from: Point
  readonly nodes: ReadonlyMap<NodeId, Point>
  readonly changed: (shift: Point) => Partial<Box>
  change: Partial<Box>
}

const none = new Map<NodeId, Point>()

/** A group or a note: it is dragged by its bar, with what it carries, and resized by its corner. */
export function DecorationBox(props: BoxProps) {
  const { kind, id, box, label, bar, onRename, children } = props
  const t = useT()
  const key = `${kind}/${id}`
  const selected = useDocumentState((state) => state.selection.has(key))
  const { live, follow, drag, resize } = useHeldBox(key, props)
  const shown = { ...box, ...live }
  const style: CSSProperties & { '--tint'?: string } = {
    left: shown.x,
    top: shown.y,
    width: shown.width,
    height: shown.height,
    ...(box.color ? { '--tint': box.color } : {}),
  }
  return (
    <section
      className={kind}
      aria-label={label}
      data-decoration={key}
      data-selected={selected || undefined}
      style={style}
    >
      <div
        className={`${kind}-bar`}
        {...follow}
        onPointerDown={drag}
        onDoubleClick={(event) => {
          event.stopPropagation()
          onRename?.()
        }}
      >
        {bar}
      </div>
      {children}
      <span className="node-resize" title={t('node.resize')} {...follow} onPointerDown={resize} />
    </section>
  )
}

/** Drags and resizes a box: `live` is where it is while a pointer holds it; the document changes once, at the end. */
function useHeldBox(
  key: string,
  { box, least, patch, carried }: Pick<BoxProps, 'box' | 'least' | 'patch' | 'carried'>,
) {
  const stage = useStage()
  const document = useDocument()
  const [live, setLive] = useState<Partial<Box>>()
  const held = useRef<Held | undefined>(undefined)

  const hold = (event: PointerEvent, changed: Held['changed'], nodes: Held['nodes']): void => {
    if (event.button !== 0) return
    event.stopPropagation()
    event.currentTarget.setPointerCapture(event.pointerId)
    held.current = { from: { x: event.clientX, y: event.clientY }, nodes, changed, change: {} }
  }
  const follow = {
    onPointerMove: (event: PointerEvent) => {
      const now = held.current
      if (!now) return
      const { k } = stage.view.transform
      const shift = { x: (event.clientX - now.from.x) / k, y: (event.clientY - now.from.y) / k }
      now.change = now.changed(shift)
      setLive(now.change)
      stage.moveLive(now.nodes, shift)
    },
    onPointerUp: () => {
      const now = held.current
      held.current = undefined
      setLive(undefined)
      if (!now || Object.keys(now.change).length === 0) return
      const places = stage.settleLive(now.nodes.keys())
      stage.scene.endLive()
      document.editGraph('move', (graph) => {
        const next = patch(graph, rounded(now.change))
        return places.size > 0 ? moveNodes(next, places) : next
      })
    },
  }
  const drag = (event: PointerEvent): void => {
    if (!document.store.getState().selection.has(key)) document.select([key])
    const nodes = new Map((carried?.() ?? []).map((node): [NodeId, Point] => [node, stage.scene.place(node)]))
    hold(event, (shift) => ({ x: box.x + shift.x, y: box.y + shift.y }), nodes)
  }
  const resize = (event: PointerEvent): void => {
    const sized = (shift: Point) => ({
      width: Math.max(least.width, box.width + shift.x),
      height: Math.max(least.height, box.height + shift.y),
    })
    hold(event, sized, none)
  }
  return { live, follow, drag, resize }
}

function rounded(box: Partial<Box>): Partial<Box> {
  return Object.fromEntries(Object.entries(box).map(([name, value]) => [name, Math.round(value)]))
}
