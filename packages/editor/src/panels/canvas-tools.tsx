import { memo, useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import { boundsOf, type Box } from '@patchbay/engine/workflow'
import { Icon } from '../theme/icon.tsx'
import { useDocumentState, useDocument, useEditor, useRegistry, useT, useTab } from '../contexts/editor-context.tsx'
import { runCommand } from '../commands/keys.ts'
import type { Stage } from '../canvas/stage.ts'
import { ComparisonBar } from './comparison-bar.tsx'
import { MissingBar } from './missing-bar.tsx'
import { IconButton } from './controls.tsx'
import './canvas-tools.css'

/** What floats over the canvas: the way out of sub-workflows, tools, zoom, minimap and legend. */
export function CanvasTools({ stage }: { readonly stage: Stage }) {
  return (
    <>
      <Breadcrumbs />
      <EmptyHint stage={stage} />
      <ComparisonBar />
      <MissingBar />
      <Tools stage={stage} />
      <Legend />
      <Minimap stage={stage} />
    </>
  )
}

function Breadcrumbs() {
  const t = useT()
  const document = useDocument()
  const path = useDocumentState((state) => state.path)
  const workflows = useDocumentState((state) => state.workflow.workflows)
  if (path.length === 0) return null
  return (
    <nav className="breadcrumbs" aria-label={t('canvas.top')}>
      <button type="button" onClick={() => document.leaveTo(0)}>
        {t('canvas.top')}
      </button>
      {path.map(({ node, workflow }, depth) => (
        <span key={node}>
          <Icon name="chevronRight" />
          <button type="button" disabled={depth === path.length - 1} onClick={() => document.leaveTo(depth + 1)}>
            {workflows?.[workflow]?.label ?? workflow}
          </button>
        </span>
      ))}
    </nav>
  )
}

function EmptyHint({ stage }: { readonly stage: Stage }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const empty = useDocumentState((state) => state.path.length === 0 && Object.keys(state.workflow.nodes).length === 0)
  if (!empty) return null
  return (
    <div className="empty-hint">
      <h2>{t('canvas.empty')}</h2>
      <p className="soft">{t('canvas.emptyHint')}</p>
      <div className="empty-actions">
        <button type="button" className="button primary" onClick={() => runCommand('search', { editor, tab, stage })}>
          <Icon name="plus" />
          {t('canvas.addNode')}
        </button>
        <button type="button" className="button" onClick={() => runCommand('templates', { editor, tab, stage })}>
          {t('canvas.templates')}
        </button>
      </div>
    </div>
  )
}

function Tools({ stage }: { readonly stage: Stage }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const tool = useStore(stage.store, (state) => state.tool)
  const percent = useStore(stage.store, (state) => Math.round(state.transform.k * 100))
  const settings = useStore(editor.settings)
  const run = (id: string) => () => runCommand(id, { editor, tab, stage })
  return (
    <div className="tools" role="toolbar" aria-label={t('menu.view')}>
      <IconButton icon="plus" label={t('canvas.addNode')} onClick={run('search')} />
      <span className="tools-line" />
      <IconButton icon="hand" label={t('canvas.hand')} pressed={tool === 'hand'} onClick={run('hand')} />
      <IconButton icon="pointer" label={t('canvas.select')} pressed={tool === 'select'} onClick={run('box')} />
      <span className="tools-line" />
      <IconButton icon="minus" label={t('canvas.zoomOut')} onClick={run('zoom-out')} />
      <button
        type="button"
        className="zoom"
        aria-label={t('canvas.zoom', { percent })}
        onClick={() => void stage.view.moveTo({ ...stage.view.transform, k: 1 })}
      >
        {percent} %
      </button>
      <IconButton icon="plus" label={t('canvas.zoomIn')} onClick={run('zoom-in')} />
      <IconButton icon="fit" label={t('canvas.fit')} onClick={run('fit')} />
      <span className="tools-line" />
      <IconButton icon="arrange" label={t('canvas.arrange')} onClick={run('arrange')} />
      <IconButton icon="grid" label={t('canvas.snap')} pressed={settings.snap} onClick={run('snap')} />
      <IconButton icon="link" label={t('canvas.links')} pressed={!settings.linksHidden} onClick={run('links')} />
      <IconButton
        icon="palette"
        label={t('canvas.legend')}
        pressed={settings.legend}
        onClick={() => editor.settings.setState({ legend: !settings.legend })}
      />
      <IconButton icon="map" label={t('canvas.minimap')} pressed={settings.minimap} onClick={run('minimap')} />
    </div>
  )
}

/** The socket types in use, with their colours. */
function Legend() {
  const t = useT()
  const editor = useEditor()
  const shown = useStore(editor.settings, (settings) => settings.legend)
  const registry = useRegistry()
  if (!shown) return null
  return (
    <aside className="legend" aria-label={t('canvas.legend')}>
      <h3>{t('canvas.legend')}</h3>
      <ul>
        {registry.manifest.socketTypes.map((type) => (
          <li key={type.name} title={type.description}>
            <i style={{ background: type.color }} />
            {type.label}
          </li>
        ))}
      </ul>
    </aside>
  )
}

const mapSize = { width: 190, height: 120 }

const Minimap = memo(function Minimap({ stage }: { readonly stage: Stage }) {
  const t = useT()
  const editor = useEditor()
  const shown = useStore(editor.settings, (settings) => settings.minimap)
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (!shown) return
    let frame = 0
    const draw = (): void => {
      frame = 0
      const context = canvas.current?.getContext('2d')
      if (context) paintMap(context, stage)
    }
    const soon = (): void => {
      if (frame === 0) frame = requestAnimationFrame(draw)
    }
    soon()
    const stops = [
      stage.store.subscribe(soon),
      stage.context.document.store.subscribe(soon),
      stage.context.subscribeRun(soon),
      stage.context.registry.subscribe(soon),
      editor.settings.subscribe(soon),
    ]
    return () => {
      cancelAnimationFrame(frame)
      for (const stop of stops) stop()
    }
  }, [stage, shown, editor.settings])
  if (!shown) return null
  const jump = (event: React.PointerEvent<HTMLCanvasElement>): void => {
    if (event.buttons !== 1) return
    const box = event.currentTarget.getBoundingClientRect()
    const { bounds, scale, left, top } = mapFrame(stage)
    const x = (event.clientX - box.left - left) / scale + bounds.x
    const y = (event.clientY - box.top - top) / scale + bounds.y
    const area = stage.area()
    const { k } = stage.view.transform
    void stage.view.moveTo({ x: -(x - area.width / 2) * k, y: -(y - area.height / 2) * k, k })
  }
  const ratio = window.devicePixelRatio || 1
  return (
    <canvas
      ref={canvas}
      className="minimap"
      width={mapSize.width * ratio}
      height={mapSize.height * ratio}
      style={mapSize}
      role="img"
      aria-label={t('canvas.minimap')}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        jump(event)
      }}
      onPointerMove={jump}
    />
  )
})

function mapFrame(stage: Stage): { bounds: Box; scale: number; left: number; top: number } {
  const bounds = boundsOf([...stage.scene.boxes().values(), stage.area()]) ?? { x: 0, y: 0, width: 1, height: 1 }
  const scale = Math.min((mapSize.width - 12) / bounds.width, (mapSize.height - 12) / bounds.height)
  return {
    bounds,
    scale,
    left: (mapSize.width - bounds.width * scale) / 2,
    top: (mapSize.height - bounds.height * scale) / 2,
  }
}

function paintMap(context: CanvasRenderingContext2D, stage: Stage): void {
  const ratio = window.devicePixelRatio || 1
  const { bounds, scale, left, top } = mapFrame(stage)
  const style = getComputedStyle(context.canvas)
  const token = (name: string): string => style.getPropertyValue(`--${name}`)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, mapSize.width, mapSize.height)
  const rect = ({ x, y, width, height }: Box): [number, number, number, number] => [
    left + (x - bounds.x) * scale,
    top + (y - bounds.y) * scale,
    Math.max(1.5, width * scale),
    Math.max(1.5, height * scale),
  ]
  context.fillStyle = token('surface-strong')
  for (const group of Object.values(stage.context.document.graph().layout?.groups ?? {}))
    context.fillRect(...rect(group))
  const states = {
    running: token('running'),
    failed: token('failed'),
    finished: token('finished'),
    reused: token('reused'),
  }
  for (const [id, box] of stage.scene.boxes()) {
    const run = stage.runOf(id)?.state
    const tint = stage.scene.nodes.get(id)?.layout?.color
    context.fillStyle =
      (run === 'running' || run === 'failed' || run === 'finished' || run === 'reused' ? states[run] : tint) ??
      token('border-strong')
    context.fillRect(...rect(box))
  }
  context.strokeStyle = token('accent')
  context.lineWidth = 1.5
  context.strokeRect(...rect(stage.area()))
}
