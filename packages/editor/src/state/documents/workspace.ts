import { createStore, type StoreApi } from 'zustand/vanilla'
import { placeMissing, type Workflow } from '@patchbay/engine/workflow'
import { createDocument, type OpenDocument } from './document.ts'
import { adoptable, checkDraft, type Draft, type DraftStore, type SetAside } from './drafts.ts'
import { emptyWorkflow } from '../edits/graph.ts'

export interface Tab {
  readonly id: string
  readonly document: OpenDocument
  readonly title: string
  readonly server?: { readonly id: string; readonly version: number }
  /** The job whose run the tab shows. */
  readonly job?: string
  /** Jobs of the tab that come after it. */
  readonly waiting: readonly string[]
  /** It came without places for its nodes, and is arranged once their sizes are known. */
  readonly unplaced: boolean
  /** It came with places for nodes of other sizes, and is spread once the sizes are known. */
  readonly crowded: boolean
  /** Nodes whose advanced inputs are shown. */
  readonly advanced: StoreApi<{ readonly nodes: ReadonlySet<string> }>
  /** The nodes that the workflow had when its shown job was queued; undefined where that is not known. */
  readonly ran?: ReadonlySet<string>
}

export interface WorkspaceState {
  readonly tabs: readonly Tab[]
  readonly active: string | undefined
  /** Drafts that could not be opened. */
  readonly aside: readonly SetAside[]
}

export interface OpenOptions {
  readonly title?: string
  readonly server?: { readonly id: string; readonly version: number }
  readonly job?: string
  readonly waiting?: readonly string[]
  /** The document differs from anything saved. */
  readonly dirty?: boolean
  readonly id?: string
  /** Its nodes have the places of another editor. */
  readonly crowded?: boolean
}

/** The open tabs of one window. Every edit is kept as a draft within half a second. */
export interface Workspace {
  readonly store: StoreApi<WorkspaceState>
  readonly open: (workflow: Workflow, options?: OpenOptions) => Tab
  readonly close: (id: string) => void
  readonly activate: (id: string) => void
  readonly move: (id: string, to: number) => void
  readonly patch: (
    id: string,
    patch: Partial<Pick<Tab, 'title' | 'server' | 'job' | 'waiting' | 'unplaced' | 'crowded' | 'ran'>>,
  ) => void
  /**
   * Opens the drafts of this window, one by one; answers how many tabs there are. One that cannot be shown is set
   * aside.
   */
  readonly restore: () => Promise<number>
  readonly removeAside: (id: string) => void
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

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const { drafts, owner, liveOwners, onDraftFailed } = options
  const store = createStore<WorkspaceState>(() => ({ tabs: [], active: undefined, aside: [] }))
  const keeper = createDraftKeeper(options, store)
  const unsubscribes = new Map<string, () => void>()

  const open: Workspace['open'] = (workflow, how = {}) => {
    const tab = createTab(workflow, how)
    unsubscribes.set(
      tab.id,
      tab.document.store.subscribe((state, before) => {
        if (state.workflow !== before.workflow || state.saved !== before.saved) keeper.keepSoon(tab.id)
      }),
    )
    store.setState({ tabs: [...store.getState().tabs, tab], active: tab.id })
    keeper.keepSoon(tab.id)
    return tab
  }
  const remove = (id: string): void => void drafts.remove(id).catch((error: unknown) => onDraftFailed?.(error))
  return {
    store,
    open,
    close: (id) => {
      const { tabs, active } = store.getState()
      const index = tabs.findIndex((tab) => tab.id === id)
      if (index < 0) return
      unsubscribes.get(id)?.()
      unsubscribes.delete(id)
      keeper.forget(id)
      remove(id)
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
      for (const one of tabs) keeper.keepSoon(one.id)
    },
    patch: (id, patch) => {
      store.setState({ tabs: store.getState().tabs.map((tab) => (tab.id === id ? { ...tab, ...patch } : tab)) })
      keeper.keepSoon(id)
    },
    restore: async () => {
      const adopted = adoptable(await drafts.all(), owner, await liveOwners())
      for (const draft of adopted) {
        const checked = checkDraft(draft)
        if ('reason' in checked) {
          store.setState({ aside: [...store.getState().aside, { draft, reason: checked.reason }] })
        } else open(checked.draft.workflow, openOptionsOf(checked.draft))
      }
      return store.getState().tabs.length
    },
    removeAside: (id) => {
      store.setState({ aside: store.getState().aside.filter(({ draft }) => draft.id !== id) })
      remove(id)
    },
    flush: keeper.flush,
    active: () => {
      const { tabs, active } = store.getState()
      return tabs.find((tab) => tab.id === active)
    },
  }
}

interface DraftKeeper {
  readonly keepSoon: (id: string) => void
  /** A tab is gone: nothing of it waits to be kept. */
  readonly forget: (id: string) => void
  readonly flush: () => Promise<void>
}

/** Writes the draft of a tab a moment after its last edit. */
function createDraftKeeper(
  { drafts, owner, onDraftFailed, delayMs = 400 }: WorkspaceOptions,
  store: StoreApi<WorkspaceState>,
): DraftKeeper {
  const waiting = new Map<string, ReturnType<typeof setTimeout>>()
  const forget = (id: string): void => {
    clearTimeout(waiting.get(id))
    waiting.delete(id)
  }
  const keep = async (id: string): Promise<void> => {
    forget(id)
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
  return {
    forget,
    keepSoon: (id) => {
      clearTimeout(waiting.get(id))
      waiting.set(
        id,
        setTimeout(() => void keep(id), delayMs),
      )
    },
    flush: async () => {
      await Promise.all([...waiting.keys()].map((id) => keep(id)))
    },
  }
}

function createTab(workflow: Workflow, options: OpenOptions): Tab {
  const document = createDocument(placed(workflow))
  if (options.dirty) document.store.setState({ saved: undefined })
  return {
    id: options.id ?? crypto.randomUUID(),
    document,
    title: options.title ?? workflow.name ?? '',
    waiting: options.waiting ?? [],
    unplaced: Object.keys(workflow.nodes).length > 0 && Object.keys(workflow.layout?.nodes ?? {}).length === 0,
    crowded: options.crowded ?? false,
    advanced: createStore(() => ({ nodes: new Set<string>() })),
    ...(options.server ? { server: options.server } : {}),
    ...(options.job === undefined ? {} : { job: options.job }),
  }
}

function openOptionsOf({ id, title, dirty, server, job, waiting }: Draft): OpenOptions {
  return {
    id,
    title,
    dirty,
    ...(server ? { server } : {}),
    ...(job === undefined ? {} : { job }),
    ...(waiting ? { waiting } : {}),
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
    ...(tab.waiting.length > 0 ? { waiting: tab.waiting } : {}),
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

/** The jobs whose runs are shown by a tab, or wait for it. */
export function jobsOfTabs({ tabs }: Pick<WorkspaceState, 'tabs'>): ReadonlySet<string> {
  return new Set(tabs.flatMap(({ job, waiting }) => (job === undefined ? waiting : [job, ...waiting])))
}
