import { Dialog } from 'radix-ui'
import { useState } from 'react'
import { useStore } from 'zustand'
import { fuzzyScore } from '../state/search.ts'
import { Icon } from '../theme/icon.tsx'
import { useEditor, useT, useTab } from '../canvas/context.tsx'
import { commands } from '../canvas/commands.ts'
import type { Stage } from '../canvas/stage.ts'
import './palette.css'

/** Every command by name. */
export function CommandPalette({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const open = useStore(editor.surface, (surface) => surface.commands)
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const shown = commands
    .map((command) => ({ command, label: t(command.label) }))
    .map((one) => ({ ...one, score: fuzzyScore(query.trim(), one.label) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
  const close = (): void => {
    editor.surface.setState({ commands: false })
    setQuery('')
    setActive(0)
  }
  const choose = (index: number): void => {
    const chosen = shown[index]
    close()
    if (chosen) void chosen.command.run({ editor, tab, stage })
  }
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="palette commands" aria-describedby={undefined}>
          <Dialog.Title className="hidden-text">{t('command.commands')}</Dialog.Title>
          <div className="palette-field">
            <Icon name="search" />
            <input
              autoFocus
              role="combobox"
              aria-expanded="true"
              aria-controls="command-list"
              aria-label={t('shortcuts.search')}
              placeholder={t('shortcuts.search')}
              value={query}
              onChange={(event) => {
                setQuery(event.currentTarget.value)
                setActive(0)
              }}
              onKeyDown={(event) => {
                if (event.key === 'ArrowDown') setActive((at) => Math.min(shown.length - 1, at + 1))
                else if (event.key === 'ArrowUp') setActive((at) => Math.max(0, at - 1))
                else if (event.key === 'Enter') choose(active)
                else return
                event.preventDefault()
              }}
            />
          </div>
          <ul id="command-list" role="listbox" aria-label={t('command.commands')} className="palette-list">
            {shown.map(({ command, label }, index) => (
              <li
                key={command.id}
                role="option"
                aria-selected={index === active}
                className="menu-choice"
                data-highlighted={index === active ? '' : undefined}
                ref={(element) => {
                  if (index === active) element?.scrollIntoView({ block: 'nearest' })
                }}
                onPointerMove={() => setActive(index)}
                onClick={() => choose(index)}
              >
                {label}
                {command.keys?.[0] && <kbd>{command.keys[0]}</kbd>}
              </li>
            ))}
          </ul>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
