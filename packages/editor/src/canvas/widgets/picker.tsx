import { useState, type KeyboardEvent } from 'react'
import { Popover } from 'radix-ui'
import { fuzzyScore } from '../../state/registry/search.ts'
import { Icon } from '../../theme/icon.tsx'
import { useT } from '../../contexts/editor-context.tsx'
import { keepInside } from './plain-widgets.tsx'

export interface PickerProps {
  readonly id: string
  readonly label: string
  /** The label for who hears it; `label` where it is the same. */
  readonly spoken?: string
  readonly current: string
  readonly options: readonly string[]
  readonly change: (value: string) => void
  readonly missing?: string | undefined
  /** In place of an empty list. */
  readonly empty?: string | undefined
  readonly pictureOf?: (option: string) => string | undefined
  readonly onOpen?: () => void
}

/** One of many options: a button that shows the current one, and a list with a filter. */
export function Picker(props: PickerProps) {
  const { id, label, spoken = label, current, change, missing, onOpen } = props
  const t = useT()
  const [open, setOpen] = useState(false)
  return (
    <Popover.Root
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        if (next) onOpen?.()
      }}
    >
      <Popover.Trigger
        id={id}
        className="widget choice"
        aria-label={`${spoken}: ${current || t('widget.choose')}`}
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
          aria-label={spoken}
          onPointerDown={(event) => event.stopPropagation()}
        >
          <PickerList
            {...props}
            choose={(option) => {
              change(option)
              setOpen(false)
            }}
            close={() => setOpen(false)}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

interface PickerListProps extends PickerProps {
  readonly choose: (option: string) => void
  readonly close: () => void
}

/** The field to filter by, and what is left; the arrow keys and Enter choose. */
function PickerList({ id, label, current, options, empty, pictureOf, choose, close }: PickerListProps) {
  const t = useT()
  const [filter, setFilter] = useState('')
  const [active, setActive] = useState(() => Math.max(0, options.indexOf(current)))
  const shown = filtered(options, filter)
  const keys = (event: KeyboardEvent): void => {
    // What is pressed with Ctrl is a command of the page.
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return
    event.stopPropagation()
    const option = shown[active]
    if (event.key === 'ArrowDown') setActive((at) => Math.min(shown.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setActive((at) => Math.max(0, at - 1))
    else if (event.key === 'Enter' && option !== undefined) choose(option)
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
  }
  return (
    <>
      <input
        className="field"
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={shown[active] === undefined ? undefined : `${id}-${active}`}
        placeholder={t('widget.filter')}
        aria-label={t('widget.filter')}
        value={filter}
        onChange={(event) => {
          setFilter(event.currentTarget.value)
          setActive(0)
        }}
        onKeyDown={keys}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={label} className="picker-list" tabIndex={0} onKeyDown={keys}>
        {shown.map((option, index) => (
          <li
            key={option}
            id={`${id}-${index}`}
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
            {pictureOf?.(option) && <img src={pictureOf(option)} alt="" loading="lazy" className="picker-picture" />}
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
    </>
  )
}

function filtered(options: readonly string[], filter: string): readonly string[] {
  if (filter === '') return options
  return options
    .map((option) => ({ option, score: fuzzyScore(filter, option) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ option }) => option)
}
