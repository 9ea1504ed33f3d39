import { useRef, useState, type PointerEvent } from 'react'
import { evaluate, fit } from '../../state/values/numbers.ts'
import { useT } from '../../contexts/editor-context.tsx'
import type { WidgetProps } from './widget-props.ts'

/** Pixels of dragging that change a value by one step. */
const pixelsPerStep = 4

/** A number: drag to change, click to type, arithmetic when typing. With a slider where the manifest asks for one. */
export function NumberWidget({ widget, value, label, change, id }: WidgetProps<'int' | 'float'>) {
  const t = useT()
  const [typed, setTyped] = useState<string>()
  const [bad, setBad] = useState(false)
  const drag = useRef<{ x: number; value: number; moved: boolean } | undefined>(undefined)
  const number = typeof value === 'number' ? value : Number(value ?? 0)
  const range = widget.max - widget.min
  const fraction = range > 0 && Number.isFinite(range) ? (number - widget.min) / range : 0

  const commit = (): void => {
    if (typed === undefined) return
    const result = evaluate(typed)
    if (result === undefined) {
      setBad(true)
      return
    }
    change(fit(result, widget))
    setTyped(undefined)
    setBad(false)
  }
  const step = (count: number): void => change(fit(number + count * widget.step, widget), 'step')

  const down = (event: PointerEvent<HTMLDivElement>): void => {
    event.stopPropagation()
    if (typed !== undefined || event.button !== 0) return
    drag.current = { x: event.clientX, value: number, moved: false }
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    const start = drag.current
    if (!start) return
    const pixels = event.clientX - start.x
    if (Math.abs(pixels) < 3 && !start.moved) return
    start.moved = true
    if (widget.slider && Number.isFinite(range)) {
      const box = event.currentTarget.getBoundingClientRect()
      const at = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
      const steps = Math.round((at * range) / widget.step)
      change(fit(widget.min + steps * widget.step, widget), 'drag')
      return
    }
    const speed = event.shiftKey ? 10 : event.ctrlKey ? 0.1 : 1
    const steps = Math.round((pixels / pixelsPerStep) * speed)
    change(fit(start.value + steps * widget.step, widget), 'drag')
  }
  const up = (): void => {
    const start = drag.current
    drag.current = undefined
    if (start && !start.moved) setTyped(String(number))
  }

  if (typed !== undefined) {
    return (
      <div className="widget number typing" onPointerDown={(event) => event.stopPropagation()}>
        <input
          id={id}
          className="widget-input"
          autoFocus
          value={typed}
          inputMode="decimal"
          aria-label={label}
          aria-invalid={bad}
          title={bad ? t('widget.badNumber', { min: widget.min, max: widget.max }) : undefined}
          onFocus={(event) => {
            // What a key began goes on behind it.
            if (typed === String(number)) event.currentTarget.select()
          }}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={() => {
            commit()
            setTyped(undefined)
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return
            if (event.key === 'Enter') commit()
            if (event.key === 'Escape') setTyped(undefined)
          }}
        />
      </div>
    )
  }
  return (
    <div
      id={id}
      className={`widget number${widget.slider ? ' slider' : ''}`}
      role="spinbutton"
      tabIndex={0}
      aria-label={label}
      aria-valuenow={number}
      aria-valuemin={widget.min}
      aria-valuemax={widget.max}
      title={t('widget.dragHint')}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onKeyDown={(event) => {
        const size = event.shiftKey ? 10 : 1
        if (event.key === 'ArrowUp' || event.key === 'ArrowRight') step(size)
        else if (event.key === 'ArrowDown' || event.key === 'ArrowLeft') step(-size)
        else if (event.key === 'Enter' || /^[\d.(-]$/.test(event.key))
          setTyped(event.key === 'Enter' ? String(number) : event.key)
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    >
      {widget.slider && (
        <span className="slider-fill" style={{ width: `${Math.max(0, Math.min(1, fraction)) * 100}%` }} />
      )}
      <span className="widget-label">{label}</span>
      <span className="widget-value">
        {String(number)}
        {widget.unit ? <small> {widget.unit}</small> : null}
      </span>
    </div>
  )
}
