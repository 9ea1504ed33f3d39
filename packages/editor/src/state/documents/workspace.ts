import { createStore, type StoreApi } from 'zustand/vanilla'
import { placeMissing, type Workflow } from '@patchbay/engine/workflow'
import { createDocument, type OpenDocument } from './document.ts'
import { adoptable, type Draft, type DraftStore } from './drafts.ts'
import { emptyWorkflow } from '../edits/graph.ts'

export interface Tab {
  readonly id: string
  readonly document: OpenDocument
  readonly title: string
  readonly server?: { readonly id: string; readonly version: number }
  /** The job whose run the tab shows. */
  readonly job?: string
  /** It came without places for its nodes, and is arranged once their sizes are known. */
  readonly unplaced: boolean
  /** Nodes whose advanced inputs are shown. */
  readonly advanced: StoreApi<{ readonly nodes: ReadonlySet<string> }>
}

export interface WorkspaceState {
  readonly tabs: readonly Tab[]
  readonly active: string | undefined
}

export interface OpenOptions {
  readonly title?: string
  readonly server?: { readonly id: string; readonly version: number }
  readonly job?: string
  /** The document differs from anything saved. */
  readonly dirty?: boolean
  readonly id?: string
}

/** The open tabs of one window. Every edit is kept as a draft within half a second. */
export interface Workspace {
  readonly store: StoreApi<WorkspaceState>
  readonly open: (workflow: Workflow, options?: OpenOptions) => Tab
  readonly close: (id: string) => void
  readonly activate: (id: string) => void
  readonly move: (id: string, to: number) => void
  readonly patch: (id: string, patch: Partial<Pick<Tab, 'title' | 'server' | 'job' | 'unplaced'>>) => void
  readonly restore: () => Promise<number>
  /** Writes drafts that wait, at once. */
  readonly flush: () => Promise<void>
  readonly active: () => Tab | undefined
}

export interface WorkspaceOptions {
  readonly drafts: DraftStore
  /** Names this window. */
  readonly owner: string
  readonly liveOwners: () => Promise<ReadonlySet<string>>
  readonly onDraftFailed?: (error: unknown) => void
  readonly delayMs?: number
}

export function createWorkspace({
  drafts,
  owner,
  liveOwners,
  onDraftFailed,
  delayMs = 400,
}: WorkspaceOptions): Workspace {
  const store = createStore<WorkspaceState>(() => ({ tabs: [], active: undefined }))
  const waiting = new Map<string, ReturnType<typeof setTimeout>>()
  const unsubscribes = new Map<string, () => void>()

  const keep = async (id: string): Promise<void> => {
    clearTimeout(waiting.get(id))
    waiting.delete(id)
    const { tabs } = store.getState()
    const order = tabs.findIndex((tab) => tab.id === id)
    const tab = tabs[order]
    if (!tab) return
    try {
      await drafts.put(draftOf(tab, owner, order))
    } catch (error) {
      onDraftFailed?.(error)
    }
  }
  const keepSoon = (id: string): void => {
    clearTimeout(waiting.get(id))
    waiting.set(
      id,
      setTimeout(() => void keep(id), delayMs),
    )
  }
  const open: Workspace['open'] = (workflow, options = {}) => {
    const document = createDocument(placed(workflow))
    if (options.dirty) document.store.setState({ saved: undefined })
    const tab: Tab = {
      id: options.id ?? crypto.randomUUID(),
      document,
      title: options.title ?? workflow.name ?? '',
      unplaced: Object.keys(workflow.nodes).length > 0 && Object.keys(workflow.layout?.nodes ?? {}).length === 0,
      advanced: createStore(() => ({ nodes: new Set<string>() })),
      ...(options.server ? { server: options.server } : {}),
      ...(options.job === undefined ? {} : { job: options.job }),
    }
    unsubscribes.set(
      tab.id,
      document.store.subscribe((state, before) => {
        if (state.workflow !== before.workflow || state.saved !== before.saved) keepSoon(tab.id)
      }),
    )
    store.setState({ tabs: [...store.getState().tabs, tab], active: tab.id })
    keepSoon(tab.id)
    return tab
  }
  return {
    store,
    open,
    close: (id) => {
      const { tabs, active } = store.getState()
      const index = tabs.findIndex((tab) => tab.id === id)
      if (index < 0) return
      unsubscribes.get(id)?.()
      unsubscribes.delete(id)
      clearTimeout(waiting.get(id))
      waiting.delete(id)
      void drafts.remove(id).catch((error: unknown) => onDraftFailed?.(error))
      const rest = tabs.filter((tab) => tab.id !== id)
      const next = active === id ? (rest[index] ?? rest[index - 1])?.id : active
      store.setState({ tabs: rest, active: next })
      if (rest.length === 0) open(emptyWorkflow())
    },
    activate: (id) => store.setState({ active: id }),
    move: (id, to) => {
      const { tabs } = store.getState()
      const tab = tabs.find((one) => one.id === id)
      if (!tab) return
      const rest = tabs.filter((one) => one.id !== id)
      store.setState({ tabs: [...rest.slice(0, to), tab, ...rest.slice(to)] })
      for (const one of tabs) keepSoon(one.id)
    },
    patch: (id, patch) => {
      store.setState({ tabs: store.getState().tabs.map((tab) => (tab.id === id ? { ...tab, ...patch } : tab)) })
      keepSoon(id)
    },
    restore: async () => {
      const found = adoptable(await drafts.all(), owner, await liveOwners())
      for (const draft of found) {
        open(draft.workflow, {
          id: draft.id,
          title: draft.title,
          dirty: draft.dirty,
          ...(draft.server ? { server: draft.server } : {}),
          ...(draft.job === undefined ? {} : { job: draft.job }),
        })
      }
      return found.length
    },
    flush: async () => {
      await Promise.all([...waiting.keys()].map((id) => keep(id)))
    },
    active: () => {
      const { tabs, active } = store.getState()
      return tabs.find((tab) => tab.id === active)
    },
  }
}

function draftOf(tab: Tab, owner: string, order: number): Draft {
  const { workflow, saved } = tab.document.store.getState()
  return {
    id: tab.id,
    owner,
    title: tab.title,
    workflow,
    dirty: workflow !== saved,
    ...(tab.server ? { server: tab.server } : {}),
    ...(tab.job === undefined ? {} : { job: tab.job }),
    order,
    touchedAt: Date.now(),
  }
}

/** The workflow with a place for every node, also inside its sub-workflows. */
function placed(workflow: Workflow): Workflow {
  const { workflows } = workflow
  return {
    ...workflow,
    layout: placeMissing(workflow, workflow.layout),
    ...(workflows
      ? {
          workflows: Object.fromEntries(
            Object.entries(workflows).map(([name, sub]) => [name, { ...sub, layout: placeMissing(sub, sub.layout) }]),
          ),
        }
      : {}),
  }
}

export function isDirty(document: OpenDocument): boolean {
  const { workflow, saved } = document.store.getState()
  return workflow !== saved
}
