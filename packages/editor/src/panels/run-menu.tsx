import { DropdownMenu } from 'radix-ui'
import { useStore } from 'zustand'
import { Icon } from '../theme/icon.tsx'
import { useEditor, useT, useTab } from '../contexts/editor-context.tsx'
import { runCommand } from '../commands/keys.ts'
import { useKeyOf } from '../commands/use-key-of.ts'
import type { Stage } from '../canvas/stage.ts'
import { showDialog } from '../state/editor.ts'

const counts = [1, 2, 4, 8, 16] as const

/** Other ways to run, and how often. */
export function RunMenu({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const keyOf = useKeyOf()
  const { surface } = editor
  const runs = useStore(surface, (state) => state.runs)
  const choice = (label: string, onSelect: () => void, keys?: string) => (
    <DropdownMenu.Item className="menu-choice" onSelect={onSelect}>
      {label}
      {keys && <kbd>{keys}</kbd>}
    </DropdownMenu.Item>
  )
  const run = (id: string) => () => runCommand(id, { editor, tab, stage })
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button primary run-more" aria-label={t('app.more')}>
        <Icon name="chevronDown" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          {choice(t('run.front'), run('run-front'), keyOf('run-front'))}
          {choice(t('run.selected'), run('run-selected'))}
          {choice(t('run.grid'), () => showDialog(surface, { type: 'grid' }))}
          <DropdownMenu.Separator className="menu-line" />
          <DropdownMenu.Label className="menu-title">{t('run.count')}</DropdownMenu.Label>
          <DropdownMenu.RadioGroup
            value={String(runs)}
            onValueChange={(count) => surface.setState({ runs: Number(count) })}
          >
            {counts.map((count) => (
              <DropdownMenu.RadioItem key={count} value={String(count)} className="menu-choice">
                {count}
                {count === runs && <Icon name="check" />}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
