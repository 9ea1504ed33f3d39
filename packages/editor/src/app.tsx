import { Tooltip } from 'radix-ui'
import type { Editor } from './state/editor.ts'
import { EditorProvider } from './contexts/editor-context.tsx'
import { AppShell } from './panels/app-shell.tsx'
import './theme/tokens.css'
import './theme/base.css'

export function App({ editor }: { readonly editor: Editor }) {
  return (
    <EditorProvider value={editor}>
      <Tooltip.Provider delayDuration={500}>
        <AppShell />
      </Tooltip.Provider>
    </EditorProvider>
  )
}
