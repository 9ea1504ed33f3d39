import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { CanvasView } from '../canvas/canvas-view.tsx'
import { TabProvider, useEditor, useT } from '../contexts/editor-context.tsx'
import { FaultBoundary } from '../contexts/fault-boundary.tsx'
import { downloadTab } from '../state/actions/document-actions.ts'
import type { Tab } from '../state/documents/workspace.ts'
import { CanvasMenu } from '../commands/menu/canvas-menu.tsx'
import type { Stage } from '../canvas/stage.ts'
import { SearchPalette } from './search-palette.tsx'
import { useCheck } from './use-check.ts'
import { useKeyboard } from './use-keyboard.ts'
import { AppView } from './app-view.tsx'
import { CommandPalette } from './command-palette.tsx'
import { Dialogs } from './dialogs/dialogs.tsx'
import { RightPanel } from './right/right-panel.tsx'
import { SidePanel } from './side/side-panel.tsx'
import { TopBar } from './top-bar.tsx'
import { CanvasTools } from './canvas-tools.tsx'
import { Toasts } from './toasts.tsx'
import { useDropped } from './use-dropped.ts'
import './shell.css'

/** Everything on the page, for the tab that is shown. */
export function AppShell() {
  const editor = useEditor()
  const tab = useStore(editor.workspace.store, (state) => state.tabs.find((one) => one.id === state.active))
  const [stage, setStage] = useState<Stage>()
  const theme = useStore(editor.settings, (settings) => settings.theme)
  const view = useStore(editor.surface, (surface) => surface.view)
  useTheme(theme, stage)
  useKeyboard(tab, stage)
  useCheck(tab)
  const dropping = useDropped(stage)
  if (!tab) return <Opening />
  return (
    <TabProvider value={tab}>
      <div className="shell" data-dropping={dropping || undefined}>
        <TopBar stage={stage} />
        <FaultBoundary scope="tab" resetBy={tab.id} actions={<TabRescue tab={tab} />}>
          <div className="middle">
            {view === 'graph' && <SidePanel stage={stage} />}
            <main className="workplace">
              {view === 'graph' ? (
                <CanvasMenu key={tab.id} stage={stage}>
                  <CanvasView stage={stage} onStage={setStage} />
                </CanvasMenu>
              ) : (
                <AppView key={tab.id} />
              )}
              {view === 'graph' && stage && <CanvasTools stage={stage} />}
            </main>
            <RightPanel stage={stage} />
          </div>
        </FaultBoundary>
        <SearchPalette stage={stage} />
        <CommandPalette stage={stage} />
        <Dialogs stage={stage} />
        <Toasts />
      </div>
    </TabProvider>
  )
}

/** Before the first workflow is there. */
function Opening() {
  const t = useT()
  return (
    <div className="opening-page">
      <main className="opening" role="status">
        {t('app.opening')}
      </main>
      <Toasts />
    </div>
  )
}

/** What can be done with a workflow that cannot be shown. */
function TabRescue({ tab }: { readonly tab: Tab }) {
  const t = useT()
  const { workspace } = useEditor()
  return (
    <>
      <button type="button" className="button" onClick={() => downloadTab(tab, t('app.untitled'))}>
        {t('fault.download')}
      </button>
      <button type="button" className="button danger" onClick={() => workspace.close(tab.id)}>
        {t('fault.closeTab')}
      </button>
    </>
  )
}

function useTheme(theme: 'system' | 'light' | 'dark', stage: Stage | undefined): void {
  useEffect(() => {
    const dark = window.matchMedia('(prefers-color-scheme: dark)')
    const apply = (): void => {
      document.documentElement.dataset['theme'] = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
      stage?.recolor()
    }
    apply()
    dark.addEventListener('change', apply)
    return () => dark.removeEventListener('change', apply)
  }, [theme, stage])
}
