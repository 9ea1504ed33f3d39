import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { CanvasView } from '../canvas/canvas-view.tsx'
import { TabProvider, useEditor } from '../contexts/editor-context.tsx'
import { CanvasMenu } from '../commands/menu/canvas-menu.tsx'
import type { Stage } from '../canvas/stage.ts'
import { SearchPalette } from './search-palette.tsx'
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
  const dropping = useDropped(tab, stage)
  if (!tab) return null
  return (
    <TabProvider value={tab}>
      <div className="shell" data-dropping={dropping || undefined}>
        <TopBar stage={stage} />
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
        <SearchPalette stage={stage} />
        <CommandPalette stage={stage} />
        <Dialogs stage={stage} />
        <Toasts />
      </div>
    </TabProvider>
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
