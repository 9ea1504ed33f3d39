// The theme comes first, so that what a panel says of itself counts more.
import './theme/tokens.css'
import './theme/base.css'
import { Tooltip } from 'radix-ui'
import type { Editor } from './state/editor.ts'
import { EditorProvider } from './contexts/editor-context.tsx'
import { FaultBoundary } from './contexts/fault-boundary.tsx'
import { AppShell } from './panels/app-shell.tsx'

export function App({ editor }: { readonly editor: Editor }) {
  return (
    <EditorProvider value={editor}>
      <Tooltip.Provider delayDuration={500}>
        <FaultBoundary scope="page">
          <AppShell />
        </FaultBoundary>
      </Tooltip.Provider>
    </EditorProvider>
  )
}
