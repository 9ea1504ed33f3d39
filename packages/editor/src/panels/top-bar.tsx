import { DropdownMenu } from 'radix-ui'
import { useStore } from 'zustand'
import { Icon } from '../theme/icon.tsx'
import { useEditor, useT, useTab } from '../contexts/editor-context.tsx'
import { fileChooserId } from '../commands/document-commands.ts'
import { runCommand } from '../commands/keys.ts'
import { useKeyOf } from '../commands/use-key-of.ts'
import type { Stage } from '../canvas/stage.ts'
import { downloadTab, newTab, openFile } from '../state/actions/document-actions.ts'
import { say, showDialog } from '../state/editor.ts'
import type { Tab } from '../state/documents/workspace.ts'
import { Hint, IconButton } from './controls.tsx'
import { RunControls } from './run-controls.tsx'
import './top-bar.css'

/** The bar over everything: menu, open workflows, how to show them, and running. */
export function TopBar({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const editor = useEditor()
  const connection = useStore(editor.session.store, (state) => state.connection)
  const view = useStore(editor.surface, (surface) => surface.view)
  return (
    <header className="top-bar">
      <MainMenu stage={stage} />
      <Tabs />
      <div className="view-switch" role="radiogroup" aria-label={t('view.label')}>
        {(['graph', 'app'] as const).map((one) => (
          <button
            key={one}
            type="button"
            role="radio"
            aria-checked={view === one}
            aria-label={t(one === 'graph' ? 'view.graph' : 'view.app')}
            onClick={() => editor.surface.setState({ view: one })}
          >
            <Icon name={one === 'graph' ? 'nodes' : 'form'} />
            <span>{t(one === 'graph' ? 'view.graph' : 'view.app')}</span>
          </button>
        ))}
      </div>
      <RunControls stage={stage} />
      <NodesState />
      {(connection === 'waiting' || connection === 'closed') && (
        <p className="offline" role="alert">
          {t('app.offline')}
        </p>
      )}
    </header>
  )
}

/** While the server's nodes are not there yet, or could not be had. */
function NodesState() {
  const t = useT()
  const { session } = useEditor()
  const loaded = useStore(session.registry, (state) => state.loaded)
  const connection = useStore(session.store, (state) => state.connection)
  if (loaded || connection !== 'open') return null
  return (
    <p className="offline loading-nodes" role="status">
      {t('app.loading')}
    </p>
  )
}

function Tabs() {
  const t = useT()
  const editor = useEditor()
  const { workspace } = editor
  const tabs = useStore(workspace.store, (state) => state.tabs)
  const active = useStore(workspace.store, (state) => state.active)
  return (
    <nav className="tabs" aria-label={t('tabs.label')}>
      {tabs.map((tab, index) => (
        <TabButton key={tab.id} tab={tab} index={index} active={tab.id === active} />
      ))}
      <IconButton icon="plus" small label={t('menu.new')} onClick={() => void newTab(editor)} />
    </nav>
  )
}

function TabButton({ tab, index, active }: { readonly tab: Tab; readonly index: number; readonly active: boolean }) {
  const t = useT()
  const { workspace, surface } = useEditor()
  const dirty = useStore(tab.document.store, (state) => state.workflow !== state.saved)
  const empty = useStore(tab.document.store, (state) => Object.keys(state.workflow.nodes).length === 0)
  const title = tab.title || t('app.untitled')
  const close = (): void => {
    if (dirty && !empty) showDialog(surface, { type: 'close-tab', tab: tab.id })
    else workspace.close(tab.id)
  }
  return (
    <div
      className="tab"
      data-active={active || undefined}
      draggable
      onDragStart={(event) => event.dataTransfer.setData('application/x-patchbay-tab', tab.id)}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes('application/x-patchbay-tab')) event.preventDefault()
      }}
      onDrop={(event) => {
        const moved = event.dataTransfer.getData('application/x-patchbay-tab')
        if (moved) workspace.move(moved, index)
      }}
      onAuxClick={(event) => {
        if (event.button === 1) close()
      }}
    >
      <button
        type="button"
        aria-current={active ? 'page' : undefined}
        className="tab-title"
        title={title}
        onClick={() => workspace.activate(tab.id)}
        onDoubleClick={() => showDialog(surface, { type: 'details' })}
        onKeyDown={(event) => {
          const { tabs } = workspace.store.getState()
          const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
          const next = tabs[(index + step + tabs.length) % tabs.length]
          if (step === 0 || !next) return
          workspace.activate(next.id)
          const list = event.currentTarget.closest('nav')
          list?.querySelectorAll<HTMLElement>('.tab-title')[tabs.indexOf(next)]?.focus()
        }}
      >
        {title}
        {dirty && <i className="dirty" title={t('tabs.unsaved')} />}
        {dirty && <span className="hidden-text">, {t('tabs.unsaved')}</span>}
      </button>
      <button type="button" className="tab-close" aria-label={t('tabs.close', { title })} onClick={close}>
        <Icon name="close" />
      </button>
    </div>
  )
}

function MainMenu({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const settings = useStore(editor.settings)
  const keyOf = useKeyOf()
  const run = (id: string) => () => runCommand(id, { editor, tab, stage })
  const choice = (label: string, action: () => unknown, keys?: string) => (
    <DropdownMenu.Item className="menu-choice" onSelect={() => void action()}>
      {label}
      {keys && <kbd>{keys}</kbd>}
    </DropdownMenu.Item>
  )
  const command = (label: string, id: string) => choice(label, run(id), keyOf(id))
  const line = <DropdownMenu.Separator className="menu-line" />
  const link = async (): Promise<void> => {
    if (!tab.server) {
      say(editor.surface, t('docs.saveFirst'))
      return
    }
    await navigator.clipboard.writeText(`${location.origin}/?workflow=${encodeURIComponent(tab.server.id)}`)
    say(editor.surface, t('docs.linkCopied'), 'good')
  }
  return (
    <>
      <DropdownMenu.Root>
        <Hint text={t('menu.file')}>
          <DropdownMenu.Trigger className="brand" aria-label={t('menu.file')}>
            <Logo />
            <span>Patchbay</span>
            <Icon name="chevronDown" />
          </DropdownMenu.Trigger>
        </Hint>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="start" sideOffset={6}>
            {command(t('menu.new'), 'new')}
            {command(t('menu.open'), 'open')}
            {command(t('menu.templates'), 'templates')}
            {command(t('menu.save'), 'save')}
            {command(t('menu.saveAs'), 'save-as')}
            {choice(t('menu.versions'), () => showDialog(editor.surface, { type: 'versions' }))}
            {choice(t('menu.details'), () => showDialog(editor.surface, { type: 'details' }))}
            {line}
            {choice(t('menu.download'), () => downloadTab(tab, t('app.untitled')))}
            {stage &&
              choice(t('menu.picture'), async () =>
                (await import('./graph-picture.ts')).downloadPicture(stage, tab.title || t('app.untitled')),
              )}
            {choice(t('menu.link'), link)}
            {line}
            {command(t('command.undo'), 'undo')}
            {command(t('command.redo'), 'redo')}
            {command(t('command.commands'), 'commands')}
            {command(t('menu.shortcuts'), 'shortcuts')}
            {command(t('menu.settings'), 'settings')}
            {line}
            <DropdownMenu.Label className="menu-title">{t('menu.theme')}</DropdownMenu.Label>
            <DropdownMenu.RadioGroup
              value={settings.theme}
              onValueChange={(theme) => {
                if (theme === 'system' || theme === 'light' || theme === 'dark') editor.settings.setState({ theme })
              }}
            >
              {(['system', 'light', 'dark'] as const).map((theme) => (
                <DropdownMenu.RadioItem key={theme} value={theme} className="menu-choice">
                  {t(`menu.theme.${theme}`)}
                  {settings.theme === theme && <Icon name="check" />}
                </DropdownMenu.RadioItem>
              ))}
            </DropdownMenu.RadioGroup>
            <DropdownMenu.Label className="menu-title">{t('menu.language')}</DropdownMenu.Label>
            <DropdownMenu.RadioGroup
              value={settings.language}
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
                  {settings.language === code && <Icon name="check" />}
                </DropdownMenu.RadioItem>
              ))}
            </DropdownMenu.RadioGroup>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <FileChooser />
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
