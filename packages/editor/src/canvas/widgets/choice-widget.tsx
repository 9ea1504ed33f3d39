import { useState } from 'react'
import { Popover } from 'radix-ui'
import { fuzzyScore } from '../../state/registry/search.ts'
import { Icon } from '../../theme/icon.tsx'
import { useDocumentState, useT } from '../../contexts/editor-context.tsx'
import { keepInside } from './plain-widgets.tsx'
import type { WidgetProps } from './widget-props.ts'

/** One of some options, with a filter to type into. */
export function ChoiceWidget({ widget, value, label, change, id }: WidgetProps<'choice'>) {
  const current = typeof value === 'string' ? value : ''
  return <Picker id={id} label={label} current={current} options={widget.options} change={change} />
}

/** One of the document's sub-workflows. */
export function SubWorkflowWidget({ value, label, change, id }: WidgetProps<'workflow'>) {
  const workflows = useDocumentState((state) => state.workflow.workflows)
  const current = typeof value === 'string' ? value : ''
  return <Picker id={id} label={label} current={current} options={Object.keys(workflows ?? {})} change={change} />
}

export interface PickerProps {
  readonly id: string
  readonly label: string
  readonly current: string
  readonly options: readonly string[]
  readonly change: (value: string) => void
  readonly missing?: string | undefined
  readonly empty?: string | undefined
  readonly pictureOf?: (option: string) => string | undefined
  readonly onOpen?: () => void
}

export function Picker({ id, label, current, options, change, missing, empty, pictureOf, onOpen }: PickerProps) {
  const t = useT()
  const [open, setOpen] = useState(false)
  const [filter, setFilter] = useState('')
  const [active, setActive] = useState(0)
  const shown =
    filter === ''
      ? options
      : options
          .map((option) => ({ option, score: fuzzyScore(filter, option) }))
          .filter(({ score }) => score > 0)
          .sort((a, b) => b.score - a.score)
          .map(({ option }) => option)
  const choose = (option: string | undefined): void => {
    if (option === undefined) return
    change(option)
    setOpen(false)
  }
  return (
    <Popover.Root
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        setFilter('')
        setActive(Math.max(0, options.indexOf(current)))
        if (next) onOpen?.()
      }}
    >
      <Popover.Trigger
        id={id}
        className="widget choice"
        aria-label={`${label}: ${current || t('widget.choose')}`}
        aria-invalid={missing !== undefined}
        title={missing ?? current}
        {...keepInside}
      >
        <span className="widget-label">{label}</span>
        <span className="widget-value">{current || t('widget.choose')}</span>
        <Icon name="chevronDown" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="menu picker"
          align="start"
          sideOffset={4}
          onPointerDown={(event) => event.stopPropagation()}
        >
          <input
            className="field"
            autoFocus
            placeholder={t('widget.filter')}
            aria-label={t('widget.filter')}
            value={filter}
            onChange={(event) => {
              setFilter(event.currentTarget.value)
              setActive(0)
            }}
            onKeyDown={(event) => {
              event.stopPropagation()
              if (event.nativeEvent.isComposing) return
              if (event.key === 'ArrowDown') setActive((at) => Math.min(shown.length - 1, at + 1))
              else if (event.key === 'ArrowUp') setActive((at) => Math.max(0, at - 1))
              else if (event.key === 'Enter') choose(shown[active])
              else if (event.key === 'Escape') setOpen(false)
              else return
              event.preventDefault()
            }}
          />
          <ul role="listbox" aria-label={label} className="picker-list">
            {shown.map((option, index) => (
              <li
                key={option}
                role="option"
                aria-selected={option === current}
                className="menu-choice"
                data-highlighted={index === active ? '' : undefined}
                ref={(element) => {
                  if (index === active) element?.scrollIntoView({ block: 'nearest' })
                }}
                onPointerEnter={() => setActive(index)}
                onClick={() => choose(option)}
              >
                {pictureOf?.(option) && (
                  <img src={pictureOf(option)} alt="" loading="lazy" className="picker-picture" />
                )}
                <span className="picker-text">{option}</span>
                {option === current && <Icon name="check" />}
              </li>
            ))}
          </ul>
          {shown.length === 0 && (
            <p className="faint picker-empty">
              {options.length === 0 ? (empty ?? t('widget.nothing')) : t('widget.nothing')}
            </p>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
