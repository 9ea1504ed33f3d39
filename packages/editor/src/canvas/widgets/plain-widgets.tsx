import { useState, type KeyboardEvent, type SyntheticEvent } from 'react'
import { parseJson } from '@patchbay/engine/workflow'
import { weighted } from '../../state/values/prompt-weight.ts'
import { useT } from '../../contexts/editor-context.tsx'
import type { WidgetProps } from './widget-props.ts'

/**
 * Presses inside a field belong to the field, not to the canvas. Its keys are no commands but for those that always
 * work.
 */
export const keepInside = {
  onPointerDown: (event: SyntheticEvent) => event.stopPropagation(),
  onDoubleClick: (event: SyntheticEvent) => event.stopPropagation(),
}

export function TextWidget({ widget, value, label, spoken, change, id }: WidgetProps<'text'>) {
  const text = typeof value === 'string' ? value : String(value ?? '')
  const keys = (event: KeyboardEvent<HTMLTextAreaElement | HTMLInputElement>): void => {
    // Escape and the arrows choose among what an input method offers.
    if (event.nativeEvent.isComposing) return
    const field = event.currentTarget
    if (event.key === 'Escape') field.blur()
    if (
      (event.ctrlKey || event.metaKey) &&
      (event.key === 'ArrowUp' || event.key === 'ArrowDown') &&
      widget.multiline
    ) {
      event.preventDefault()
      const edited = weighted(
        text,
        field.selectionStart ?? 0,
        field.selectionEnd ?? 0,
        event.key === 'ArrowUp' ? 0.05 : -0.05,
      )
      change(edited.text, 'weight')
      requestAnimationFrame(() => field.setSelectionRange(edited.start, edited.end))
    }
  }
  if (widget.multiline) {
    return (
      <textarea
        id={id}
        className="widget-text"
        value={text}
        aria-label={spoken}
        placeholder={widget.placeholder ?? label}
        spellCheck={false}
        onChange={(event) => change(event.currentTarget.value, 'type')}
        onKeyDown={keys}
        onWheel={(event) => {
          if (event.currentTarget.scrollHeight > event.currentTarget.clientHeight && !event.ctrlKey)
            event.stopPropagation()
        }}
        {...keepInside}
      />
    )
  }
  return (
    <label className="widget" {...keepInside}>
      <span className="widget-label">{label}</span>
      <input
        id={id}
        className="widget-input"
        aria-label={spoken}
        value={text}
        placeholder={widget.placeholder}
        onChange={(event) => change(event.currentTarget.value, 'type')}
        onKeyDown={keys}
      />
    </label>
  )
}

export function ToggleWidget({ value, label, spoken, change, id }: WidgetProps<'toggle'>) {
  const t = useT()
  const on = value === true
  return (
    <button
      type="button"
      id={id}
      className="widget toggle"
      role="switch"
      aria-checked={on}
      aria-label={spoken}
      onClick={() => change(!on)}
      {...keepInside}
    >
      <span className="widget-label">{label}</span>
      <span className="widget-value">{on ? t('widget.on') : t('widget.off')}</span>
      <span className="toggle-track" data-on={on} />
    </button>
  )
}

export function ColorWidget({ value, label, spoken, change, id }: WidgetProps<'color'>) {
  const color = typeof value === 'string' ? value : '#000000'
  return (
    <label className="widget color" {...keepInside}>
      <span className="widget-label">{label}</span>
      <span className="widget-value">{color}</span>
      <input
        id={id}
        type="color"
        aria-label={spoken}
        value={color.slice(0, 7)}
        onChange={(event) => change(event.currentTarget.value, 'color')}
      />
    </label>
  )
}

export function JsonWidget({ value, label, spoken, change, id }: WidgetProps<'json'>) {
  const t = useT()
  const [typed, setTyped] = useState<string>()
  const parsed = typed === undefined ? undefined : parseJson(typed)
  const reason = parsed && !parsed.ok ? parsed.message : undefined
  return (
    <textarea
      id={id}
      className="widget-text mono"
      value={typed ?? JSON.stringify(value)}
      aria-label={spoken}
      aria-invalid={reason !== undefined}
      title={reason === undefined ? label : t('widget.badJson', { reason })}
      spellCheck={false}
      onChange={(event) => {
        const text = event.currentTarget.value
        setTyped(text)
        const result = parseJson(text)
        if (result.ok) change(result.value, 'type')
      }}
      onBlur={() => {
        if (reason === undefined) setTyped(undefined)
      }}
      {...keepInside}
    />
  )
}
