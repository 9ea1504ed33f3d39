import { createElement, useEffect, useRef, type RefObject } from 'react'
import { createPortal } from 'react-dom'
import { useStore } from 'zustand'
import { say } from '../state/editor.ts'
import { useEditor, useT, useTab } from '../contexts/editor-context.tsx'
import { FaultBoundary } from '../contexts/fault-boundary.tsx'
import { StageProvider } from './stage-context.tsx'
import { Decorations } from './decorations/decorations.tsx'
import { arrangeFirst, spreadFirst } from './arrange-graph.ts'
import { Background } from './background.tsx'
import type { LinkRefusal } from './linking.ts'
import { NodePortals } from './node-roots.tsx'
import { NodeView } from './node/node-view.tsx'
import { Stage } from './stage.ts'
import './stage.css'

interface CanvasViewProps {
  /** The stage that `onStage` was given last. */
  readonly stage: Stage | undefined
  readonly onStage: (stage: Stage | undefined) => void
}

interface StageElements {
  readonly container: RefObject<HTMLDivElement | null>
  readonly layer: RefObject<HTMLCanvasElement | null>
  readonly pseudo: RefObject<SVGPathElement | null>
}

/** Makes the stage of the tab, for as long as its elements are in the page. */
function useNewStage({ container, layer, pseudo }: StageElements, onStage: CanvasViewProps['onStage']): void {
  const editor = useEditor()
  const tab = useTab()
  useEffect(() => {
    if (!container.current || !layer.current || !pseudo.current) return
    const { client, session, settings, surface, language, workspace } = editor
    const job = (): string | undefined => workspace.store.getState().tabs.find((one) => one.id === tab.id)?.job
    const created = new Stage(
      {
        container: container.current,
        layer: layer.current,
        pseudo: pseudo.current,
        renderNode: (id) => createElement(FaultBoundary, { scope: 'node', children: createElement(NodeView, { id }) }),
      },
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
        pictureAddress: (picture) =>
          picture.kind === 'artifact' ? client.artifacts.thumbnailUrl(picture.artifact.hash, 512) : undefined,
        advanced: tab.advanced,
      },
      {
        refused: (reason) => say(surface, refusalText(reason, language.getState().t), 'bad'),
        linkDropped: (fixed, at, screen) =>
          surface.setState({ search: { at, screen, fixed, types: created.links.typesOf(fixed) } }),
      },
    )
    onStage(created)
    return () => {
      onStage(undefined)
      created.destroy()
    }
    // A tab's document never changes, and `onStage` is only told.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [editor, tab.id, tab.document])
}

/** The canvas of one tab. */
export function CanvasView({ stage: latest, onStage }: CanvasViewProps) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const container = useRef<HTMLDivElement>(null)
  const layer = useRef<HTMLCanvasElement>(null)
  const pseudo = useRef<SVGPathElement>(null)
  useNewStage({ container, layer, pseudo }, onStage)
  // Just after a change of tabs it is the stage of the one before.
  const stage = latest?.context.document === tab.document ? latest : undefined

  const loaded = useStore(editor.session.registry, (state) => state.loaded)
  useEffect(() => {
    if (!stage || !loaded) return
    if (tab.unplaced) {
      editor.workspace.patch(tab.id, { unplaced: false, crowded: false })
      void arrangeFirst(tab.document, stage)
    } else if (tab.crowded) {
      editor.workspace.patch(tab.id, { crowded: false })
      spreadFirst(tab.document, stage)
    }
  }, [editor, stage, loaded, tab])

  const theme = useStore(editor.settings, (settings) => settings.theme)
  useEffect(() => stage?.recolor(), [stage, theme])

  return (
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
