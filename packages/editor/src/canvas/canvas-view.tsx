import { useEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { useStore } from 'zustand'
import type { Box, Point } from '@patchbay/engine/workflow'
import { setReroutes } from '../state/edits/decorations.ts'
import { say } from '../state/editor.ts'
import { StageProvider, useEditor, useT, useTab } from '../contexts/editor-context.tsx'
import { Decorations } from './decorations/decorations.tsx'
import { arrangeFirst } from '../commands/selection-actions.ts'
import type { LinkRefusal } from './linking.ts'
import { CanvasMenu } from '../commands/menu/canvas-menu.tsx'
import { NodePortals } from './node-roots.tsx'
import { Stage } from './stage.ts'
import { overlaps } from './link-path.ts'
import './stage.css'

interface CanvasViewProps {
  readonly onStage: (stage: Stage | undefined) => void
}

/** The canvas of one tab. */
export function CanvasView({ onStage }: CanvasViewProps) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const container = useRef<HTMLDivElement>(null)
  const layer = useRef<HTMLCanvasElement>(null)
  const pseudo = useRef<SVGPathElement>(null)
  const [stage, setStage] = useState<Stage>()

  useEffect(() => {
    if (!container.current || !layer.current || !pseudo.current) return
    const { session, settings, surface, language, workspace } = editor
    const job = (): string | undefined => workspace.store.getState().tabs.find((one) => one.id === tab.id)?.job
    const made = new Stage(
      container.current,
      layer.current,
      pseudo.current,
      {
        document: tab.document,
        registry: session.registry,
        settings,
        run: () => session.store.getState().runs[job() ?? ''],
        subscribeRun: (listener) =>
          session.store.subscribe((state, before) => {
            const id = job() ?? ''
            if (state.runs[id] !== before.runs[id]) listener()
          }),
        advanced: tab.advanced,
      },
      {
        refused: (reason) => say(surface, refusalText(reason, language.getState().t), 'bad'),
        linkDropped: (fixed, at, screen) =>
          surface.setState({ search: { at, screen, fixed, types: made.links.typesOf(fixed) } }),
      },
    )
    setStage(made)
    onStage(made)
    return () => {
      onStage(undefined)
      setStage(undefined)
      made.destroy()
    }
    // A tab's document never changes, and `onStage` is only told.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [editor, tab.id, tab.document])

  const loaded = useStore(editor.session.registry, (state) => state.loaded)
  useEffect(() => {
    if (!stage || !loaded || !tab.unplaced) return
    editor.workspace.patch(tab.id, { unplaced: false })
    void arrangeFirst(tab.document, stage)
  }, [editor, stage, loaded, tab])

  const theme = useStore(editor.settings, (settings) => settings.theme)
  useEffect(() => stage?.recolor(), [stage, theme])

  return (
    <CanvasMenu stage={stage}>
      <div
        ref={container}
        className="stage"
        role="application"
        aria-label={t('canvas.label', {
          nodes: Object.keys(tab.document.graph().nodes).length,
          links: stage?.scene.allLinks().length ?? 0,
        })}
      >
        <canvas ref={layer} className="stage-layer" aria-hidden="true" />
        {stage && (
          <StageProvider value={stage}>
            {createPortal(<Decorations />, stage.view.content)}
            <NodePortals roots={stage.view.roots} />
            <Background stage={stage} />
          </StageProvider>
        )}
        <svg className="stage-overlay" aria-hidden="true">
          <path ref={pseudo} className="pseudo-link" />
        </svg>
      </div>
    </CanvasMenu>
  )
}

export function refusalText(reason: LinkRefusal, t: ReturnType<typeof useT>): string {
  switch (reason.why) {
    case 'same-side':
      return t(reason.side === 'input' ? 'refused.sameSide.input' : 'refused.sameSide.output')
    case 'missing':
      return t('refused.missing')
    case 'circle':
      return t('refused.circle', { nodes: reason.nodes.join(' → ') })
    case 'type':
      return t('refused.type', {
        inputLabel: reason.inputLabel,
        input: reason.input,
        output: reason.output,
        detail: `${reason.detail}.`,
      })
  }
}

/** Presses on the empty canvas: links under the pointer, the selection box, the search on double-click. */
function Background({ stage }: { readonly stage: Stage }) {
  const editor = useEditor()
  const tab = useTab()
  const [box, setBox] = useState<Box>()
  const { document } = tab
  useEffect(() => {
    const { container } = stage.view
    const isBackground = (event: Event): boolean =>
      event.target instanceof Element &&
      (event.target === container || event.target === stage.view.content || event.target.classList.contains('group'))
    const pressed = (event: PointerEvent): void => {
      if (event.button !== 0 || !isBackground(event)) return
      const focused = globalThis.document.activeElement
      if (focused instanceof HTMLElement) focused.blur()
      const at = stage.view.pointOf(event)
      const hit = stage.linkAt(at)
      if (hit) {
        stage.store.setState({ selectedLink: hit.key })
        document.select([])
        if (event.altKey) addReroute(hit.key, hit.piece, at)
        stage.schedule()
        return
      }
      stage.store.setState({ selectedLink: undefined })
      const { tool } = stage.store.getState()
      const adds = event.shiftKey || event.ctrlKey || event.metaKey
      if (event.pointerType !== 'touch' && (tool === 'select' || adds)) selectByBox(event, at, adds)
      else clickClears(event)
    }
    const addReroute = (key: string, piece: number, at: Point): void => {
      const points = [...stage.scene.reroutes(key)]
      points.splice(piece, 0, { x: Math.round(at.x), y: Math.round(at.y) })
      document.editGraph('reroute', (graph) => setReroutes(graph, key, points))
    }
    const selectByBox = (start: PointerEvent, from: Point, adds: boolean): void => {
      const before = adds ? [...document.store.getState().selection] : []
      const bounds = container.getBoundingClientRect()
      const move = (event: PointerEvent): void => {
        const to = stage.view.pointOf(event)
        const area = {
          x: Math.min(from.x, to.x),
          y: Math.min(from.y, to.y),
          width: Math.abs(to.x - from.x),
          height: Math.abs(to.y - from.y),
        }
        const { notes } = document.graph().layout ?? {}
        const inNotes = Object.entries(notes ?? {})
          .filter(([, note]) => overlaps(note, area))
          .map(([id]) => `note/${id}`)
        document.select([...before, ...stage.scene.nodesIn(area), ...inNotes])
        setBox({
          x: Math.min(start.clientX, event.clientX) - bounds.left,
          y: Math.min(start.clientY, event.clientY) - bounds.top,
          width: Math.abs(event.clientX - start.clientX),
          height: Math.abs(event.clientY - start.clientY),
        })
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
    const clickClears = (start: PointerEvent): void => {
      const up = (event: PointerEvent): void => {
        if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < 4) document.select([])
      }
      window.addEventListener('pointerup', up, { once: true })
    }
    const doubled = (event: MouseEvent): void => {
      if (!isBackground(event)) return
      const at = stage.view.pointOf(event)
      const hit = stage.linkAt(at)
      editor.surface.setState({
        search: { at, screen: { x: event.clientX, y: event.clientY }, ...(hit ? { insert: hit.key } : {}) },
      })
    }
    container.addEventListener('pointerdown', pressed)
    container.addEventListener('dblclick', doubled)
    return () => {
      container.removeEventListener('pointerdown', pressed)
      container.removeEventListener('dblclick', doubled)
    }
  }, [stage, document, editor])
  return box ? (
    <div className="selection-box" style={{ left: box.x, top: box.y, width: box.width, height: box.height }} />
  ) : null
}
