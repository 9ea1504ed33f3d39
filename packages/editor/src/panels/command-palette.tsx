import { Dialog } from 'radix-ui'
import { useState } from 'react'
import { useStore } from 'zustand'
import { fuzzyScore } from '../state/registry/search.ts'
import { useEditor, useT, useTab } from '../contexts/editor-context.tsx'
import { commands } from '../commands/commands.ts'
import type { Stage } from '../canvas/stage.ts'
import { useKeyOf } from '../commands/use-key-of.ts'
import { Palette } from './palette.tsx'

/** Every command by name. */
export function CommandPalette({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const keyOf = useKeyOf()
  const open = useStore(editor.surface, (surface) => surface.commands)
  const [query, setQuery] = useState('')
  const close = (): void => {
    editor.surface.setState({ commands: false })
    setQuery('')
  }
  const entries = commands
    .map((command) => ({ command, label: t(command.label) }))
    .map((one) => ({ ...one, score: fuzzyScore(query.trim(), one.label) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ command, label }) => ({
      key: command.id,
      content: (
        <>
          {label}
          {keyOf(command.id) && <kbd>{keyOf(command.id)}</kbd>}
        </>
      ),
      choose: () => {
        close()
        void command.run({ editor, tab, stage })
      },
    }))
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="palette commands" aria-describedby={undefined}>
          <Dialog.Title className="hidden-text">{t('command.commands')}</Dialog.Title>
          <Palette
            id="command"
            label={t('shortcuts.search')}
            placeholder={t('shortcuts.search')}
            resultsLabel={t('command.commands')}
            entries={entries}
            entryClass="menu-choice"
            onQuery={setQuery}
            none={<p className="palette-none soft">{t('widget.nothing')}</p>}
          />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
