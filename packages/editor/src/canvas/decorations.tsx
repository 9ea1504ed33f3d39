import { memo, useRef, useState, type PointerEvent } from 'react'
import { useStore } from 'zustand'
import type { GroupLayout, NodeId, NoteLayout, Point } from '@patchbay/engine/workflow'
import { patchGroup, patchNote, setReroutes } from '../state/edits/decorations.ts'
import { moveNodes } from '../state/edits/nodes.ts'
import { linksOf } from '../state/edits/links.ts'
import { useDocument, useDocumentState, useGraph, useStage, useT } from './context.tsx'

const none: { readonly [id: string]: never } = {}

/** Groups and notes, under and among the nodes, and the reroute points of links. */
export const Decorations = memo(function Decorations() {
  const groups = useGraph((graph) => graph.layout?.groups) ?? none
  const notes = useGraph((graph) => graph.layout?.notes) ?? none
  return (
    <>
      {Object.entries(groups).map(([id, group]) => (
        <GroupView key={id} id={id} group={group} />
      ))}
      {Object.entries(notes).map(([id, note]) => (
        <NoteView key={id} id={id} note={note} />
      ))}
      <Reroutes />
    </>
  )
})

interface Dragging {
  readonly x: number
  readonly y: number
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
  readonly nodes: ReadonlyMap<NodeId, Point>
  shift: Point
}

/** Dragging of a box by its handle: `moved` while it lasts, `done` once. Shared by groups and notes. */
function useDrag(moved: (shift: Point, from: Dragging) => void, done: (shift: Point, from: Dragging) => void) {
  const stage = useStage()
  const held = useRef<Dragging | undefined>(undefined)
  return (box: Dragging['box'], nodes: () => ReadonlyMap<NodeId, Point> = () => new Map<NodeId, Point>()) => ({
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return
      event.stopPropagation()
      event.currentTarget.setPointerCapture(event.pointerId)
      held.current = { x: event.clientX, y: event.clientY, box, nodes: nodes(), shift: { x: 0, y: 0 } }
    },
    onPointerMove: (event: PointerEvent) => {
      const from = held.current
      if (!from) return
      const { k } = stage.view.transform
      from.shift = { x: (event.clientX - from.x) / k, y: (event.clientY - from.y) / k }
      moved(from.shift, from)
    },
    onPointerUp: () => {
      const from = held.current
      held.current = undefined
      if (from && (from.shift.x !== 0 || from.shift.y !== 0)) done(from.shift, from)
    },
  })
}

function GroupView({ id, group }: { readonly id: string; readonly group: GroupLayout }) {
  const t = useT()
  const stage = useStage()
  const document = useDocument()
  const selected = useDocumentState((state) => state.selection.has(`group/${id}`))
  const [live, setLive] = useState<GroupLayout>()
  const [typed, setTyped] = useState<string>()
  const shown = live ?? group
  const drag = useDrag(
    (shift, from) => {
      setLive({ ...group, x: from.box.x + shift.x, y: from.box.y + shift.y })
      stage.moveLive(from.nodes, shift)
    },
    (shift, from) => {
      setLive(undefined)
      const places = stage.settleLive(from.nodes.keys())
      stage.scene.endLive()
      document.editGraph('move', (graph) =>
        moveNodes(
          patchGroup(graph, id, { x: Math.round(from.box.x + shift.x), y: Math.round(from.box.y + shift.y) }),
          places,
        ),
      )
    },
  )
  const size = useDrag(
    (shift, from) =>
      setLive({
        ...group,
        width: Math.max(120, from.box.width + shift.x),
        height: Math.max(60, from.box.height + shift.y),
      }),
    (shift, from) => {
      setLive(undefined)
      document.editGraph('resize', (graph) =>
        patchGroup(graph, id, {
          width: Math.round(Math.max(120, from.box.width + shift.x)),
          height: Math.round(Math.max(60, from.box.height + shift.y)),
        }),
      )
    },
  )
  const handle = drag(
    group,
    () => new Map(stage.nodesInside(group).map((node): [NodeId, Point] => [node, stage.scene.place(node)])),
  )
  return (
    <section
      className="group"
      aria-label={t('group.label', { title: group.title })}
      data-selected={selected || undefined}
      style={{
        left: shown.x,
        top: shown.y,
        width: shown.width,
        height: shown.height,
        ...(group.color ? { '--tint': group.color } : {}),
      }}
    >
      <div
        className="group-title"
        {...handle}
        onPointerDown={(event) => {
          document.select([`group/${id}`])
          handle.onPointerDown(event)
        }}
        onDoubleClick={(event) => {
          event.stopPropagation()
          setTyped(group.title)
        }}
      >
        {typed === undefined ? (
          group.title
        ) : (
          <input
            autoFocus
            className="node-title-input"
            aria-label={t('group.title')}
            value={typed}
            onPointerDown={(event) => event.stopPropagation()}
            onFocus={(event) => event.currentTarget.select()}
            onChange={(event) => setTyped(event.currentTarget.value)}
            onBlur={() => {
              document.editGraph('rename', (graph) => patchGroup(graph, id, { title: typed }))
              setTyped(undefined)
            }}
            onKeyDown={(event) => {
              event.stopPropagation()
              if (event.key === 'Enter') event.currentTarget.blur()
            }}
          />
        )}
      </div>
      <span className="node-resize" title={t('node.resize')} {...size(group)} />
    </section>
  )
}

function NoteView({ id, note }: { readonly id: string; readonly note: NoteLayout }) {
  const t = useT()
  const document = useDocument()
  const selected = useDocumentState((state) => state.selection.has(`note/${id}`))
  const [live, setLive] = useState<NoteLayout>()
  const shown = live ?? note
  const drag = useDrag(
    (shift, from) => setLive({ ...note, x: from.box.x + shift.x, y: from.box.y + shift.y }),
    (shift, from) => {
      setLive(undefined)
      document.editGraph('move', (graph) =>
        patchNote(graph, id, { x: Math.round(from.box.x + shift.x), y: Math.round(from.box.y + shift.y) }),
      )
    },
  )
  const size = useDrag(
    (shift, from) =>
      setLive({
        ...note,
        width: Math.max(100, from.box.width + shift.x),
        height: Math.max(50, from.box.height + shift.y),
      }),
    (shift, from) => {
      setLive(undefined)
      document.editGraph('resize', (graph) =>
        patchNote(graph, id, {
          width: Math.round(Math.max(100, from.box.width + shift.x)),
          height: Math.round(Math.max(50, from.box.height + shift.y)),
        }),
      )
    },
  )
  const handle = drag(note)
  return (
    <aside
      className="note"
      aria-label={t('note.label')}
      data-selected={selected || undefined}
      style={{
        left: shown.x,
        top: shown.y,
        width: shown.width,
        height: shown.height,
        ...(note.color ? { '--tint': note.color } : {}),
      }}
    >
      <div
        className="note-bar"
        {...handle}
        onPointerDown={(event) => {
          document.select([`note/${id}`])
          handle.onPointerDown(event)
        }}
      />
      <textarea
        aria-label={t('note.label')}
        placeholder={t('note.placeholder')}
        value={note.text}
        onPointerDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
        onKeyDown={(event) => event.stopPropagation()}
        onChange={(event) => {
          const text = event.currentTarget.value
          document.editGraph('note', (graph) => patchNote(graph, id, { text }), { merge: `note.${id}` })
        }}
      />
      <span className="node-resize" title={t('node.resize')} {...size(note)} />
    </aside>
  )
}

function Reroutes() {
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
          key={`${key}/${String(index)}`}
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
            change(key, next, `reroute.${key}.${String(index)}`)
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
