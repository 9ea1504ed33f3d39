import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { Icon } from '../../theme/icon.tsx'
import { PictureImage } from '../../canvas/node/node-pictures.tsx'
import { useEditor, useRun, useT, useTab } from '../../contexts/editor-context.tsx'
import { openJob } from '../../state/actions/run-actions.ts'
import type { Picture } from '../../state/runs/run.ts'
import { IconButton, Sheet } from '../controls.tsx'

interface ResultViewerProps {
  readonly node: string
  readonly index: number
  readonly close: () => void
}
const none: readonly Picture[] = []

/** A result, large: zoom and move, step through the batch, compare with the run before by a slider, and what it is. */
export function ResultViewer({ node, index, close }: ResultViewerProps) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const pictures = useRun((run) => run.pictures[node]) ?? none
  const before = useStore(editor.session.store, (state) =>
    Object.values(state.runs).findLast(
      (run) => run.job !== tab.job && run.artifacts[node]?.some((one) => one.kind === 'image'),
    ),
  )
  const [at, setAt] = useState(index)
  const [compares, setCompares] = useState(false)
  const [split, setSplit] = useState(50)
  const picture = pictures[Math.min(at, pictures.length - 1)]
  const other = before?.artifacts[node]?.filter((one) => one.kind === 'image')[at] ?? before?.artifacts[node]?.[0]
  const artifact = picture?.kind === 'artifact' ? picture.artifact : undefined
  return (
    <Sheet title={artifact?.name ?? t('result.label')} onClose={close} wide>
      <Zoomable>
        {picture && <PictureImage picture={picture} />}
        {compares && other && (
          <div className="compare" style={{ clipPath: `inset(0 ${100 - split}% 0 0)` }}>
            <PictureImage picture={{ kind: 'artifact', artifact: other }} />
          </div>
        )}
      </Zoomable>
      {compares && (
        <input
          type="range"
          min={0}
          max={100}
          value={split}
          aria-label={t('result.compare')}
          onChange={(event) => setSplit(Number(event.currentTarget.value))}
        />
      )}
      <div className="result-bar">
        <IconButton icon="chevronLeft" label={t('result.previous')} disabled={at === 0} onClick={() => setAt(at - 1)} />
        <span className="faint">
          {pictures.length === 0 ? 0 : at + 1} / {pictures.length}
        </span>
        <IconButton
          icon="chevronRight"
          label={t('result.next')}
          disabled={at >= pictures.length - 1}
          onClick={() => setAt(at + 1)}
        />
        <IconButton
          icon="compare"
          label={t('result.compare')}
          pressed={compares}
          disabled={!other}
          onClick={() => setCompares(!compares)}
        />
        {artifact && (
          <a
            className="button"
            href={editor.client.artifacts.url(artifact.hash, artifact.name)}
            download={artifact.name}
          >
            <Icon name="download" />
            {t('result.download')}
          </a>
        )}
        {tab.job !== undefined && (
          <button
            type="button"
            className="button"
            onClick={() => {
              close()
              void openJob(editor, tab.job ?? '')
            }}
          >
            {t('result.openWorkflow')}
          </button>
        )}
        {artifact && (
          <span className="faint">
            {artifact.width} × {artifact.height} · {artifact.mime} · {Math.round(artifact.bytes / 1024)} kB ·{' '}
            {artifact.hash.slice(0, 19)}…
          </span>
        )}
      </div>
    </Sheet>
  )
}

function Zoomable({ children }: { readonly children: React.ReactNode }) {
  const t = useT()
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ x: 0, y: 0, k: 1 })
  useEffect(() => {
    const element = box.current
    if (!element) return
    const wheel = (event: WheelEvent): void => {
      event.preventDefault()
      const bounds = element.getBoundingClientRect()
      const px = event.clientX - bounds.left - bounds.width / 2
      const py = event.clientY - bounds.top - bounds.height / 2
      setView((from) => {
        const k = Math.min(16, Math.max(1, from.k * (event.deltaY < 0 ? 1.15 : 1 / 1.15)))
        const ratio = k / from.k
        return k === 1 ? { x: 0, y: 0, k } : { x: px - (px - from.x) * ratio, y: py - (py - from.y) * ratio, k }
      })
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  }, [])
  return (
    <div
      ref={box}
      className="result-large"
      title={t('result.zoomHint')}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (event.buttons === 1 && view.k > 1)
          setView({ ...view, x: view.x + event.movementX, y: view.y + event.movementY })
      }}
      onDoubleClick={() => setView({ x: 0, y: 0, k: 1 })}
    >
      <div className="result-content" style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.k})` }}>
        {children}
      </div>
    </div>
  )
}
