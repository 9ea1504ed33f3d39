import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useT } from '../../contexts/editor-context.tsx'

/** What is in it is made larger by the wheel, moved by dragging, and put back by a double-click. */
export function Zoomable({ children }: { readonly children: ReactNode }) {
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
