import { useStore } from 'zustand'
import { Icon } from '../theme/icon.tsx'
import { useEditor, useT } from '../contexts/editor-context.tsx'
import type { Stage } from '../canvas/stage.ts'
import { newTab } from '../state/actions/document-actions.ts'
import { showDialog } from '../state/editor.ts'
import type { Tab } from '../state/documents/workspace.ts'
import { IconButton } from './controls.tsx'
import { MainMenu } from './main-menu.tsx'
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
