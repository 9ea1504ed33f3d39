import { useRef, useState, type PointerEvent } from 'react'
import { say } from '../../state/editor.ts'
import { evaluate, fit } from '../../state/values/numbers.ts'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import type { WidgetProps } from './widget-props.ts'

/** Pixels of dragging that change a value by one step. */
const pixelsPerStep = 4

type NumberProps = WidgetProps<'int' | 'float'>

/** A number: drag to change, click to type, arithmetic when typing. With a slider where the manifest asks for one. */
export function NumberWidget(props: NumberProps) {
  const [typed, setTyped] = useState<string>()
  return typed === undefined ? (
    <NumberBox {...props} type={setTyped} />
  ) : (
    <NumberInput {...props} first={typed} done={() => setTyped(undefined)} />
  )
}

function numberOf(value: NumberProps['value']): number {
  return typeof value === 'number' ? value : Number(value ?? 0)
}

interface NumberInputProps extends NumberProps {
  /** What the field begins with: the number, or what a key began. */
  readonly first: string
  readonly done: () => void
}

/** The number as it is typed. What is out of range is taken to the nearest that fits, and that is said. */
function NumberInput({ widget, value, label, spoken, change, id, first, done }: NumberInputProps) {
  const t = useT()
  const { surface } = useEditor()
  const [typed, setTyped] = useState(first)
  const [bad, setBad] = useState(false)
  const range = t('widget.badNumber', { min: widget.min, max: widget.max })
  const commit = (): boolean => {
    const result = evaluate(typed)
    setBad(result === undefined)
    if (result === undefined) return false
    if (result < widget.min || result > widget.max) {
      say(surface, t('widget.clamped', { label, min: widget.min, max: widget.max }), 'bad')
    }
    change(fit(result, widget))
    return true
  }
  return (
    <div className="widget number typing" onPointerDown={(event) => event.stopPropagation()}>
      <input
        id={id}
        className="widget-input"
        autoFocus
        value={typed}
        inputMode="decimal"
        aria-label={spoken}
        aria-invalid={bad}
        title={bad ? range : undefined}
        onFocus={(event) => {
          // What a key began goes on behind it.
          if (typed === String(numberOf(value))) event.currentTarget.select()
        }}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => {
          commit()
          done()
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return
          if (event.key === 'Enter' && commit()) done()
          if (event.key === 'Escape') done()
        }}
      />
    </div>
  )
}

interface NumberBoxProps extends NumberProps {
  /** Begins to type, with a text. */
  readonly type: (text: string) => void
}

/** The number as it stands: dragged, stepped by the arrows, or clicked to be typed. */
function NumberBox({ widget, value, label, spoken, change, id, type }: NumberBoxProps) {
  const t = useT()
  const number = numberOf(value)
  const range = widget.max - widget.min
  const fraction = range > 0 && Number.isFinite(range) ? (number - widget.min) / range : 0
  const drag = useNumberDrag(widget, number, change, type)
  const step = (count: number): void => change(fit(number + count * widget.step, widget), 'step')
  return (
    <div
      id={id}
      className={`widget number${widget.slider ? ' slider' : ''}`}
      role="spinbutton"
      tabIndex={0}
      aria-label={spoken}
      aria-valuenow={number}
      aria-valuemin={widget.min}
      aria-valuemax={widget.max}
      title={t('widget.dragHint')}
      {...drag}
      onKeyDown={(event) => {
        // What is pressed with Ctrl is a command of the page.
        if (event.ctrlKey || event.metaKey) return
        const size = event.shiftKey ? 10 : 1
        if (event.key === 'ArrowUp' || event.key === 'ArrowRight') step(size)
        else if (event.key === 'ArrowDown' || event.key === 'ArrowLeft') step(-size)
        else if (event.key === 'Enter' || /^[\d.(-]$/.test(event.key))
          type(event.key === 'Enter' ? String(number) : event.key)
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

/** A press that moves changes the number; one that does not begins to type it. */
function useNumberDrag(
  widget: NumberProps['widget'],
  number: number,
  change: NumberProps['change'],
  type: (text: string) => void,
) {
  const drag = useRef<{ x: number; value: number; moved: boolean } | undefined>(undefined)
  const range = widget.max - widget.min
  return {
    onPointerDown: (event: PointerEvent<HTMLDivElement>): void => {
      event.stopPropagation()
      if (event.button !== 0) return
      drag.current = { x: event.clientX, value: number, moved: false }
      event.currentTarget.setPointerCapture(event.pointerId)
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>): void => {
      const start = drag.current
      if (!start) return
      const pixels = event.clientX - start.x
      if (Math.abs(pixels) < 3 && !start.moved) return
      start.moved = true
      if (widget.slider && Number.isFinite(range)) {
        const box = event.currentTarget.getBoundingClientRect()
        const at = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
        change(fit(widget.min + Math.round((at * range) / widget.step) * widget.step, widget), 'drag')
        return
      }
      const speed = event.shiftKey ? 10 : event.ctrlKey ? 0.1 : 1
      const steps = Math.round((pixels / pixelsPerStep) * speed)
      change(fit(start.value + steps * widget.step, widget), 'drag')
    },
    onPointerUp: (): void => {
      const start = drag.current
      drag.current = undefined
      if (start && !start.moved) type(String(number))
    },
  }
}
