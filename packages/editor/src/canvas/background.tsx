import { useEffect, useState } from 'react'
import type { Box, Point } from '@patchbay/engine/workflow'
import { useEditor, useTab } from '../contexts/editor-context.tsx'
import type { OpenDocument } from '../state/documents/document.ts'
import { setReroutes } from '../state/edits/decorations.ts'
import { overlaps } from './link-path.ts'
import type { Stage } from './stage.ts'

/** How far the pointer may move, in pixels, for a press to be a click. */
const clickReach = 4

/** Presses on the empty canvas: links under the pointer, the selection box, the search on double-click. */
export function Background({ stage }: { readonly stage: Stage }) {
  const { surface } = useEditor()
  const { document } = useTab()
  const [box, setBox] = useState<Box>()
  useEffect(() => {
    const { container } = stage.view
    const pressed = (event: PointerEvent): void => {
      if (event.button === 0 && isBackground(stage, event)) press(stage, document, event, setBox)
    }
    const doubled = (event: MouseEvent): void => {
      if (!isBackground(stage, event)) return
      const at = stage.view.pointOf(event)
      const link = stage.linkAt(at)
      surface.setState({
        search: { at, screen: { x: event.clientX, y: event.clientY }, ...(link ? { insert: link.key } : {}) },
      })
    }
    container.addEventListener('pointerdown', pressed)
    container.addEventListener('dblclick', doubled)
    return () => {
      container.removeEventListener('pointerdown', pressed)
      container.removeEventListener('dblclick', doubled)
    }
  }, [stage, document, surface])
  return box ? (
    <div className="selection-box" style={{ left: box.x, top: box.y, width: box.width, height: box.height }} />
  ) : null
}

type SetBox = (change: (before: Box | undefined) => Box | undefined) => void

function isBackground({ view }: Stage, { target }: Event): boolean {
  return (
    target instanceof Element &&
    (target === view.container || target === view.content || target.classList.contains('group'))
  )
}

function press(stage: Stage, document: OpenDocument, event: PointerEvent, setBox: SetBox): void {
  const focused = globalThis.document.activeElement
  if (focused instanceof HTMLElement) focused.blur()
  const at = stage.view.pointOf(event)
  const link = stage.linkAt(at)
  if (link) {
    stage.store.setState({ selectedLink: link.key })
    document.select([])
    if (event.altKey) addReroute(stage, document, link, at)
    stage.schedule()
    return
  }
  stage.store.setState({ selectedLink: undefined })
  const adds = event.shiftKey || event.ctrlKey || event.metaKey
  if (event.pointerType !== 'touch' && (stage.store.getState().tool === 'select' || adds))
    selectByBox(stage, document, { start: event, from: at, adds }, setBox)
  else clickClears(document, event)
}

function addReroute(
  stage: Stage,
  document: OpenDocument,
  { key, piece }: { readonly key: string; readonly piece: number },
  at: Point,
): void {
  const points = [...stage.scene.reroutes(key)]
  points.splice(piece, 0, { x: Math.round(at.x), y: Math.round(at.y) })
  document.editGraph('reroute', (graph) => setReroutes(graph, key, points))
}

/** Selects what a box from the press to the pointer touches, until the pointer is let go. */
function selectByBox(
  stage: Stage,
  document: OpenDocument,
  { start, from, adds }: { readonly start: PointerEvent; readonly from: Point; readonly adds: boolean },
  setBox: SetBox,
): void {
  const before = adds ? [...document.store.getState().selection] : []
  const bounds = stage.view.container.getBoundingClientRect()
  const move = (event: PointerEvent): void => {
    const area = boxBetween(from, stage.view.pointOf(event))
    const { notes } = document.graph().layout ?? {}
    const touchedNotes = Object.entries(notes ?? {})
      .filter(([, note]) => overlaps(note, area))
      .map(([id]) => `note/${id}`)
    document.select([...before, ...stage.scene.nodesIn(area), ...touchedNotes])
    const onScreen = boxBetween({ x: start.clientX, y: start.clientY }, { x: event.clientX, y: event.clientY })
    setBox(() => ({ ...onScreen, x: onScreen.x - bounds.left, y: onScreen.y - bounds.top }))
  }
  const up = (): void => {
    window.removeEventListener('pointermove', move)
    setBox((shown) => {
      if (!shown && !adds) document.select([])
      return undefined
    })
  }
  window.addEventListener('pointermove', move)
  window.addEventListener('pointerup', up, { once: true })
}

function boxBetween(a: Point, b: Point): Box {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(b.x - a.x), height: Math.abs(b.y - a.y) }
}

function clickClears(document: OpenDocument, start: PointerEvent): void {
  const up = (event: PointerEvent): void => {
    if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < clickReach) document.select([])
  }
  window.addEventListener('pointerup', up, { once: true })
}
