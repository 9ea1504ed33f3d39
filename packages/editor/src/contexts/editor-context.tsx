import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import type { Editor } from '../state/editor.ts'
import { graphOf, type Graph } from '../state/edits/graph.ts'
import type { DocumentState, OpenDocument } from '../state/documents/document.ts'
import { manifestOfNode, type Registry } from '../state/registry/registry.ts'
import type { JobRun } from '../state/runs/run.ts'
import type { Tab } from '../state/documents/workspace.ts'
import type { Translate } from '../messages/translate.ts'

const EditorContext = createContext<Editor | undefined>(undefined)
const TabContext = createContext<Tab | undefined>(undefined)

export const EditorProvider = EditorContext.Provider
export const TabProvider = TabContext.Provider

export function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`${name} is only there inside its provider.`)
  return value
}

export function useEditor(): Editor {
  return required(useContext(EditorContext), 'The editor')
}

export function useT(): Translate {
  return useStore(useEditor().language, (language) => language.t)
}

export function useTab(): Tab {
  return required(useContext(TabContext), 'The tab')
}

export function useDocument(): OpenDocument {
  return useTab().document
}

export function useDocumentState<Result>(select: (state: DocumentState) => Result): Result {
  return useStore(useDocument().store, select)
}

export function useGraph<Result>(select: (graph: Graph) => Result): Result {
  return useDocumentState((state) => select(graphOf(state.workflow, state.path)))
}

export function useRegistry(): Registry {
  return useStore(useEditor().session.registry, (state) => state.registry)
}

/** Something of the run that the tab shows; undefined before the first. */
export function useRun<Result>(select: (run: JobRun) => Result): Result | undefined {
  const { session } = useEditor()
  const { job } = useTab()
  return useStore(session.store, (state) => {
    const run = job === undefined ? undefined : state.runs[job]
    return run && select(run)
  })
}

/** The path of node ids that leads to a node inside entered sub-workflows. */
export function useRunKey(id: string): string {
  return useDocumentState((state) => state.path.map(({ node }) => `${node}/`).join('') + id)
}

/** The title of a node of the shown graph: its own, else that of its kind. */
export function useTitleOf(id: string | undefined): string {
  const registry = useRegistry()
  return useDocumentState(({ workflow, path }) => {
    const graph = graphOf(workflow, path)
    const instance = id === undefined ? undefined : graph.nodes[id]
    if (id === undefined || !instance) return id ?? ''
    return graph.layout?.nodes?.[id]?.title ?? manifestOfNode(registry, workflow, instance)?.label ?? instance.type
  })
}
