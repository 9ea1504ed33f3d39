import { act, render, screen, waitFor, type RenderResult } from '@testing-library/react'
import { Tooltip } from 'radix-ui'
import type { ReactNode } from 'react'
import { expect, onTestFinished } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { App } from '../app.tsx'
import { EditorProvider, TabProvider } from '../contexts/editor-context.tsx'
import { createEditor } from '../state/actions/create-editor.ts'
import { memoryDrafts, type DraftStore } from '../state/documents/drafts.ts'
import type { OpenOptions, Tab } from '../state/documents/workspace.ts'
import type { Editor } from '../state/editor.ts'
import { MemoryServer } from './memory-server.ts'
import { pictureWorkflow } from './manifests.ts'

export interface TestEditor {
  readonly editor: Editor
  readonly server: MemoryServer
  readonly tab: Tab
  /** The texts that were said in toasts, the oldest first. */
  readonly said: string[]
}

export interface TestEditorOptions extends OpenOptions {
  readonly workflow?: Workflow
  readonly drafts?: DraftStore
  /** What the server is like before the editor asks it anything. */
  readonly prepare?: (server: MemoryServer) => void
}

/** The whole editor without a page, connected to a server in memory, with one workflow open. */
export async function createTestEditor(options: TestEditorOptions = {}): Promise<TestEditor> {
  const { workflow = pictureWorkflow, drafts = memoryDrafts(), prepare, ...open } = options
  const server = new MemoryServer()
  prepare?.(server)
  const editor = createEditor({
    client: server.client,
    drafts,
    owner: 'test',
    liveOwners: async () => new Set(),
    storage: undefined,
    language: 'en',
    draftDelayMs: 0,
  })
  const { session, surface } = editor
  const said: string[] = []
  surface.subscribe(({ toasts }, before) => {
    for (const toast of toasts) if (!before.toasts.includes(toast)) said.push(toast.text)
  })
  onTestFinished(() => session.close())
  server.connect()
  await waitFor(() => expect(session.registry.getState().loaded).toBe(true))
  const tab = editor.workspace.open(workflow, open)
  return { editor, server, tab, said }
}

/** The tab as the workspace has it by then. */
export function tabNow({ editor, tab }: Pick<TestEditor, 'editor' | 'tab'>): Tab {
  return editor.workspace.store.getState().tabs.find((one) => one.id === tab.id) ?? tab
}

/** Draws a part of the page that shows the open tab. */
export function renderInTab({ editor, tab }: Pick<TestEditor, 'editor' | 'tab'>, part: ReactNode): RenderResult {
  return render(
    <EditorProvider value={editor}>
      <Tooltip.Provider>
        <TabProvider value={tabNow({ editor, tab })}>{part}</TabProvider>
      </Tooltip.Provider>
    </EditorProvider>,
  )
}

/** Draws the whole page, and waits until the canvas has its nodes. */
export async function renderPage({ editor }: Pick<TestEditor, 'editor'>): Promise<RenderResult> {
  const page = render(<App editor={editor} />)
  await screen.findByRole('main', { hidden: true })
  await act(async () => {
    await new Promise((resolve) => setTimeout(resolve, 80))
  })
  return page
}
