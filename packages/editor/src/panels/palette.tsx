import { useState, type ReactNode } from 'react'
import { Icon } from '../theme/icon.tsx'
import './palette.css'

export interface PaletteEntry {
  readonly key: string
  readonly content: ReactNode
  readonly choose: () => void
}

interface PaletteProps {
  /** Names the list for the page and for screen readers. */
  readonly id: string
  readonly label: string
  readonly placeholder: string
  readonly resultsLabel: string
  readonly entries: readonly PaletteEntry[]
  readonly entryClass: string
  readonly onQuery: (query: string) => void
  readonly onEscape?: () => void
  /** Between the field and the list. */
  readonly note?: ReactNode
  /** In place of an empty list. */
  readonly none?: ReactNode
}

/** A field to type into and what was found, chosen by the arrow keys and Enter or by a press. */
export function Palette({
  id,
  label,
  placeholder,
  resultsLabel,
  entries,
  entryClass,
  onQuery,
  onEscape,
  note,
  none,
}: PaletteProps) {
  const [active, setActive] = useState(0)
  return (
    <>
      <div className="palette-field">
        <Icon name="search" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={entries[active] ? `${id}-${active}` : undefined}
          aria-label={label}
          placeholder={placeholder}
          onChange={(event) => {
            onQuery(event.currentTarget.value)
            setActive(0)
          }}
          onKeyDown={(event) => {
            // Enter takes what an input method offers.
            if (event.nativeEvent.isComposing) return
            if (event.key === 'ArrowDown') setActive((at) => Math.min(entries.length - 1, at + 1))
            else if (event.key === 'ArrowUp') setActive((at) => Math.max(0, at - 1))
            else if (event.key === 'Enter') entries[active]?.choose()
            else if (event.key === 'Escape' && onEscape) onEscape()
            else return
            event.preventDefault()
            event.stopPropagation()
          }}
        />
      </div>
      {note}
      <ul id={`${id}-list`} role="listbox" aria-label={resultsLabel} className="palette-list">
        {entries.map((entry, index) => (
          <li
            key={entry.key}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            className={entryClass}
            data-highlighted={index === active ? '' : undefined}
            ref={(element) => {
              if (index === active) element?.scrollIntoView({ block: 'nearest' })
            }}
            onPointerMove={() => setActive(index)}
            onClick={entry.choose}
          >
            {entry.content}
          </li>
        ))}
      </ul>
      {entries.length === 0 && none}
    </>
  )
}
