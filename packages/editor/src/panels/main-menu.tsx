import { DropdownMenu } from 'radix-ui'
import { useStore } from 'zustand'
import { Icon } from '../theme/icon.tsx'
import { useEditor, useT, useTab } from '../contexts/editor-context.tsx'
import { fileChooserId } from '../commands/document-commands.ts'
import { runCommand } from '../commands/keys.ts'
import { useKeyOf } from '../commands/use-key-of.ts'
import type { Stage } from '../canvas/stage.ts'
import { copyText } from '../state/actions/copy-text.ts'
import { downloadTab, openFile } from '../state/actions/document-actions.ts'
import { say, showDialog, type Editor } from '../state/editor.ts'
import type { Tab } from '../state/documents/workspace.ts'
import { Hint } from './controls.tsx'

interface MenuProps {
  readonly stage: Stage | undefined
}

/** Everything about the open workflow, and how the page looks. */
export function MainMenu({ stage }: MenuProps) {
  const t = useT()
  return (
    <>
      {/* Not modal: what is behind it stays there for screen readers. */}
      <DropdownMenu.Root modal={false}>
        <Hint text={t('menu.file')}>
          <DropdownMenu.Trigger className="brand" aria-label={t('menu.file')}>
            <Logo />
            <span>Patchbay</span>
            <Icon name="chevronDown" />
          </DropdownMenu.Trigger>
        </Hint>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="start" sideOffset={6} collisionPadding={8}>
            <DocumentChoices stage={stage} />
            <Line />
            <PageChoices stage={stage} />
            <Line />
            <ThemeChoice />
            <LanguageChoice />
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <FileChooser />
    </>
  )
}

function Line() {
  return <DropdownMenu.Separator className="menu-line" />
}

interface ItemProps {
  readonly label: string
  readonly onSelect: () => unknown
  readonly keys?: string | undefined
}

function Item({ label, onSelect, keys }: ItemProps) {
  return (
    <DropdownMenu.Item className="menu-choice" onSelect={() => void onSelect()}>
      {label}
      {keys && <kbd>{keys}</kbd>}
    </DropdownMenu.Item>
  )
}

function CommandItem({ label, id, stage }: MenuProps & { readonly label: string; readonly id: string }) {
  const editor = useEditor()
  const tab = useTab()
  const keyOf = useKeyOf()
  return <Item label={label} onSelect={() => runCommand(id, { editor, tab, stage })} keys={keyOf(id)} />
}

function DocumentChoices({ stage }: MenuProps) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const title = tab.title || t('app.untitled')
  return (
    <>
      <CommandItem label={t('menu.new')} id="new" stage={stage} />
      <CommandItem label={t('menu.open')} id="open" stage={stage} />
      <CommandItem label={t('menu.templates')} id="templates" stage={stage} />
      <CommandItem label={t('menu.save')} id="save" stage={stage} />
      <CommandItem label={t('menu.saveAs')} id="save-as" stage={stage} />
      <Item label={t('menu.versions')} onSelect={() => showDialog(editor.surface, { type: 'versions' })} />
      <Item label={t('menu.details')} onSelect={() => showDialog(editor.surface, { type: 'details' })} />
      <Line />
      <Item label={t('menu.download')} onSelect={() => downloadTab(tab, t('app.untitled'))} />
      {stage && (
        <Item
          label={t('menu.picture')}
          onSelect={async () => (await import('./graph-picture.ts')).downloadPicture(stage, title)}
        />
      )}
      <Item label={t('menu.link')} onSelect={() => copyLink(editor, tab)} />
    </>
  )
}

async function copyLink(editor: Editor, { server }: Tab): Promise<void> {
  const { t } = editor.language.getState()
  if (!server) {
    say(editor.surface, t('docs.saveFirst'))
    return
  }
  await copyText(editor, `${location.origin}/?workflow=${encodeURIComponent(server.id)}`, t('docs.linkCopied'))
}

function PageChoices({ stage }: MenuProps) {
  const t = useT()
  return (
    <>
      <CommandItem label={t('command.undo')} id="undo" stage={stage} />
      <CommandItem label={t('command.redo')} id="redo" stage={stage} />
      <CommandItem label={t('command.commands')} id="commands" stage={stage} />
      <CommandItem label={t('menu.shortcuts')} id="shortcuts" stage={stage} />
      <CommandItem label={t('menu.settings')} id="settings" stage={stage} />
    </>
  )
}

function ThemeChoice() {
  const t = useT()
  const { settings } = useEditor()
  const current = useStore(settings, ({ theme }) => theme)
  return (
    <>
      <DropdownMenu.Label className="menu-title">{t('menu.theme')}</DropdownMenu.Label>
      <DropdownMenu.RadioGroup
        className="menu-row"
        value={current}
        onValueChange={(theme) => {
          if (theme === 'system' || theme === 'light' || theme === 'dark') settings.setState({ theme })
        }}
      >
        {(['system', 'light', 'dark'] as const).map((theme) => (
          <DropdownMenu.RadioItem key={theme} value={theme} className="menu-choice">
            {t(`menu.theme.${theme}`)}
            {current === theme && <Icon name="check" />}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </>
  )
}

function LanguageChoice() {
  const t = useT()
  const editor = useEditor()
  const current = useStore(editor.settings, ({ language }) => language)
  return (
    <>
      <DropdownMenu.Label className="menu-title">{t('menu.language')}</DropdownMenu.Label>
      <DropdownMenu.RadioGroup
        className="menu-row"
        value={current}
        onValueChange={(code) => {
          const language = code === 'zh' ? 'zh' : 'en'
          editor.settings.setState({ language })
          document.documentElement.lang = language
          void editor.language.speak(language)
        }}
      >
        {(['en', 'zh'] as const).map((code) => (
          <DropdownMenu.RadioItem key={code} value={code} className="menu-choice">
            <span lang={code}>{code === 'en' ? 'English' : '中文'}</span>
            {current === code && <Icon name="check" />}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </>
  )
}

/** The browser's file dialog, opened by the command. */
function FileChooser() {
  const editor = useEditor()
  return (
    <input
      id={fileChooserId}
      type="file"
      hidden
      multiple
      accept=".json,.png,.webp,.jpg,.jpeg,application/json,image/*"
      onChange={(event) => {
        for (const file of event.currentTarget.files ?? []) void openFile(editor, file)
        event.currentTarget.value = ''
      }}
    />
  )
}

function Logo() {
  return (
    <svg className="logo" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="6" cy="7" r="3.2" />
      <circle cx="18" cy="17" r="3.2" />
      <path d="M9 7c7 0-1 10 6 10" />
    </svg>
  )
}
