import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { Issue } from '@patchbay/engine/workflow'
import { useEditor } from '../contexts/editor-context.tsx'
import type { Tab } from '../state/documents/workspace.ts'
import { noCheck, type Editor } from '../state/editor.ts'

/** Edits that follow one another sooner than this are asked about once, in milliseconds. */
const restMs = 700

/**
 * Keeps what the server says of the workflow up to date while it is edited: its problems, and what a run will take.
 * Layout does not matter; files that come or go do.
 */
export function useCheck(tab: Tab | undefined): void {
  const editor = useEditor()
  const folders = useStore(editor.files.store, (state) => state.folders)
  const registry = useStore(editor.session.registry, (state) => state.registry)
  const isOpen = useStore(editor.session.store, (state) => state.connection === 'open')
  useEffect(() => {
    if (!tab) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => void check(editor, tab), restMs)
    }
    soon()
    const stop = tab.document.store.subscribe(({ workflow }, { workflow: before }) => {
      const isSame =
        workflow.nodes === before.nodes &&
        workflow.workflows === before.workflows &&
        workflow.parameters === before.parameters
      if (!isSame) soon()
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
    // What the server has decides as well.
  }, [editor, tab, folders, registry, isOpen])
}

async function check({ client, surface }: Editor, { id, document }: Tab): Promise<void> {
  const { workflow } = document.store.getState()
  const isEmpty = Object.keys(workflow.nodes).length === 0
  const { issues, estimates } = isEmpty ? noCheck : await client.validate(workflow).catch(() => noCheck)
  // A workflow that is being built need not run yet.
  const found = issues.filter((issue: Issue) => issue.code !== 'nothing-to-run')
  if (document.store.getState().workflow !== workflow) return
  surface.setState(({ checks }) => {
    const before = checks[id]
    const next = before?.refused === workflow ? { ...before, estimates } : { issues: found, estimates }
    return { checks: { ...checks, [id]: next } }
  })
}
