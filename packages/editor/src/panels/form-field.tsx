import { type ChangeEvent, useState } from 'react'
import type { JsonValue, ValueInputManifest, Widget } from '@patchbay/engine/workflow'
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

function Control(props: FormFieldProps) {
  const { id, input, label, value, change } = props
  const { widget } = input
  switch (widget.type) {
    case 'int':
    case 'float':
      return <NumberControl {...props} widget={widget} />
    case 'text':
      return <TextControl {...props} widget={widget} />
    case 'choice':
      return (
        <select id={id} className="field" value={String(value)} onChange={(event) => change(event.currentTarget.value)}>
          {widget.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      )
    case 'seed':
      return <SeedControl {...props} />
    case 'toggle':
    case 'file':
    case 'color':
    case 'curve':
    case 'json':
    case 'workflow':
      return widgetOf(widget, { id, label, spoken: label, value, change, node: id, input: input.name })
  }
}

type ControlProps<Type extends Widget['type']> = FormFieldProps & { readonly widget: Extract<Widget, { type: Type }> }

/** A number, or arithmetic that gives one when the field is left; with a slider where the widget asks for one. */
function NumberControl({ id, label, value, change, widget }: ControlProps<'int' | 'float'>) {
  const [typed, setTyped] = useState<string>()
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
}

function TextControl({ id, value, change, widget }: ControlProps<'text'>) {
  const field = {
    id,
    className: 'field',
    placeholder: widget.placeholder,
    value: String(value ?? ''),
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => change(event.currentTarget.value),
  }
  return widget.multiline ? <textarea rows={4} {...field} /> : <input {...field} />
}

function SeedControl({ id, value, change }: FormFieldProps) {
  const t = useT()
  const [typed, setTyped] = useState<string>()
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
}
