import { useState } from 'react'
import type { JsonValue, ValueInputManifest } from '@patchbay/engine/workflow'
import { evaluate, fit, nextSeed, parseSeed } from '../state/values/numbers.ts'
import { widgetOf } from '../canvas/widgets/widget.tsx'
import { useT } from '../contexts/editor-context.tsx'
import { IconButton } from './controls.tsx'

interface FormFieldProps {
  readonly id: string
  readonly input: ValueInputManifest
  readonly label: string
  readonly description: string | undefined
  readonly value: JsonValue
  readonly change: (value: JsonValue) => void
}

/** A value as a field of a form: plain controls, large enough for a finger. */
export function FormField(props: FormFieldProps) {
  const { id, label, description } = props
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      <Control {...props} />
      {description && <span className="faint">{description}</span>}
    </div>
  )
}

function Control({ id, input, label, value, change }: FormFieldProps) {
  const t = useT()
  const [typed, setTyped] = useState<string>()
  const { widget } = input
  switch (widget.type) {
    case 'int':
    case 'float':
      return (
        <div className="form-number">
          {widget.slider && (
            <input
              type="range"
              aria-label={label}
              min={widget.min}
              max={widget.max}
              step={widget.step}
              value={Number(value)}
              onChange={(event) => change(Number(event.currentTarget.value))}
            />
          )}
          <input
            id={id}
            className="field"
            inputMode="decimal"
            value={typed ?? String(value)}
            onChange={(event) => setTyped(event.currentTarget.value)}
            onBlur={() => {
              const number = evaluate(typed ?? '')
              if (number !== undefined) change(fit(number, { ...widget, type: widget.type }))
              setTyped(undefined)
            }}
          />
        </div>
      )
    case 'text':
      return widget.multiline ? (
        <textarea
          id={id}
          className="field"
          rows={4}
          placeholder={widget.placeholder}
          value={String(value ?? '')}
          onChange={(event) => change(event.currentTarget.value)}
        />
      ) : (
        <input
          id={id}
          className="field"
          placeholder={widget.placeholder}
          value={String(value ?? '')}
          onChange={(event) => change(event.currentTarget.value)}
        />
      )
    case 'choice':
      return (
        <select id={id} className="field" value={String(value)} onChange={(event) => change(event.currentTarget.value)}>
          {widget.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      )
    case 'seed':
      return (
        <div className="form-number">
          <input
            id={id}
            className="field"
            inputMode="numeric"
            value={typed ?? String(value)}
            onChange={(event) => {
              setTyped(event.currentTarget.value)
              const seed = parseSeed(event.currentTarget.value)
              if (seed !== undefined) change(seed)
            }}
            onBlur={() => setTyped(undefined)}
          />
          <IconButton icon="shuffle" label={t('widget.seedNew')} onClick={() => change(nextSeed(0, 'randomise'))} />
        </div>
      )
    case 'toggle':
    case 'file':
    case 'color':
    case 'curve':
    case 'json':
    case 'workflow':
      return widgetOf(widget, { id, label, spoken: label, value, change, node: id, input: input.name })
  }
}
