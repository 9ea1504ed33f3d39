import { createStore, type StoreApi } from 'zustand/vanilla'
import type { NodeId, Workflow } from '@patchbay/engine/workflow'
import type { Picked } from '../edits/clipboard.ts'
import { graphOf, withGraph, type Entered, type Graph } from '../edits/graph.ts'

/** How many steps can be undone. */
export const undoDepth = 200
/** Edits with the same merge key within this many milliseconds are one step. */
const mergeWithinMs = 1500

export interface DocumentState {
  readonly workflow: Workflow
  /** The sub-workflows entered, outermost first; none at the top. */
  readonly path: readonly Entered[]
  /** Node ids; groups and notes as `group/<id>` and `note/<id>` (a node id never holds a slash). */
  readonly selection: ReadonlySet<string>
  readonly past: readonly Step[]
  readonly future: readonly Step[]
  /** The document as it was last saved or opened; `workflow !== saved` means that there is something to save. */
  readonly saved: Workflow | undefined
}
interface Step {
  readonly label: string
  readonly workflow: Workflow
  readonly path: readonly Entered[]
  readonly selection: ReadonlySet<string>
}

export interface EditOptions {
  /** Consecutive edits of one key (typing in one widget) are undone together. */
  readonly merge?: string
  /** Edits of one gesture are one step too, however long it takes. */
  readonly gesture?: string
  readonly select?: Iterable<string>
}

/** One open document: the workflow, where one is in it, what is selected, and everything that can be undone. */
export interface OpenDocument {
  readonly store: StoreApi<DocumentState>
  readonly graph: () => Graph
  readonly edit: (label: string, change: (workflow: Workflow) => Workflow, options?: EditOptions) => void
  readonly editGraph: (label: string, change: (graph: Graph) => Graph, options?: EditOptions) => void
  /** Replaces the document without a step to undo: for what a run or a save does to it, and for its view. */
  readonly settle: (change: (workflow: Workflow) => Workflow) => void
  readonly undo: () => boolean
  readonly redo: () => boolean
  readonly select: (keys: Iterable<string>) => void
  readonly enter: (node: NodeId, workflow: string) => void
  /** Goes back to the given depth; 0 is the top. */
  readonly leaveTo: (depth: number) => void
  readonly markSaved: () => void
}

export function createDocument(initial: Workflow, now: () => number = () => performance.now()): OpenDocument {
  const store = createStore<DocumentState>(() => ({
    workflow: initial,
    path: [],
    selection: new Set(),
    past: [],
    future: [],
    saved: initial,
  }))
  const { edit, undo, redo } = createHistory(store, now)
  return {
    store,
    graph: () => graphOf(store.getState().workflow, store.getState().path),
    edit,
    editGraph: (label, change, options) => {
      const { path } = store.getState()
      edit(
        label,
        (workflow) => {
          const before = graphOf(workflow, path)
          const after = change(before)
          return after === before ? workflow : withGraph(workflow, path, after)
        },
        options,
      )
    },
    settle: (change) => {
      const { workflow, saved } = store.getState()
      const settled = change(workflow)
      store.setState({ workflow: settled, saved: saved === workflow ? settled : saved })
    },
    undo,
    redo,
    select: (keys) => {
      const selection = new Set(keys)
      const before = store.getState().selection
      const same = selection.size === before.size && [...selection].every((key) => before.has(key))
      if (!same) store.setState({ selection })
    },
    enter: (node, workflow) => {
      store.setState({ path: [...store.getState().path, { node, workflow }], selection: new Set() })
    },
    leaveTo: (depth) => {
      const { path } = store.getState()
      const left = path[depth]
      if (left) store.setState({ path: path.slice(0, depth), selection: new Set([left.node]) })
    },
    markSaved: () => store.setState({ saved: store.getState().workflow }),
  }
}

/** Edits as steps that can be undone; edits that belong together are one step. */
function createHistory(
  store: StoreApi<DocumentState>,
  now: () => number,
): Pick<OpenDocument, 'edit' | 'undo' | 'redo'> {
  let merging: { key: string; at: number } | undefined

  const edit: OpenDocument['edit'] = (label, change, options = {}) => {
    const state = store.getState()
    const workflow = change(state.workflow)
    const selection = options.select ? new Set(options.select) : state.selection
    if (workflow === state.workflow) {
      if (options.select) store.setState({ selection })
      return
    }
    const at = now()
    const key = options.gesture ?? options.merge
    const inTime = merging !== undefined && (options.gesture !== undefined || at - merging.at < mergeWithinMs)
    const merges = key !== undefined && merging?.key === key && inTime
    merging = key === undefined ? undefined : { key, at }
    const past = merges && state.past.length > 0 ? state.past : [...state.past, stepOf(label, state)].slice(-undoDepth)
    store.setState({ workflow, selection: existing(selection, graphOf(workflow, state.path)), past, future: [] })
  }

  const travel = (from: 'past' | 'future', to: 'past' | 'future'): boolean => {
    const state = store.getState()
    const step = state[from].at(-1)
    if (!step) return false
    merging = undefined
    store.setState({
      workflow: step.workflow,
      path: step.path,
      selection: existing(step.selection, graphOf(step.workflow, step.path)),
      [from]: state[from].slice(0, -1),
      [to]: [...state[to], stepOf(step.label, state)],
    })
    return true
  }
  return { edit, undo: () => travel('past', 'future'), redo: () => travel('future', 'past') }
}

const stepOf = (label: string, { workflow, path, selection }: DocumentState): Step => ({
  label,
  workflow,
  path,
  selection,
})

function existing(selection: ReadonlySet<string>, graph: Graph): ReadonlySet<string> {
  const kept = [...selection].filter((key) => {
    const [kind, id] = key.split('/')
    if (id === undefined) return key in graph.nodes
    return id in ((kind === 'group' ? graph.layout?.groups : graph.layout?.notes) ?? {})
  })
  return kept.length === selection.size ? selection : new Set(kept)
}

/** Selected nodes alone. */
export function selectedNodes(state: Pick<DocumentState, 'selection'>): NodeId[] {
  return [...state.selection].filter((key) => !key.includes('/'))
}

/** Ids of the selected groups or notes. */
export function selectedOf(state: Pick<DocumentState, 'selection'>, kind: 'group' | 'note'): string[] {
  return [...state.selection].filter((key) => key.startsWith(`${kind}/`)).map((key) => key.slice(kind.length + 1))
}

/** Everything that is selected, by kind. */
export function pickedIn(state: Pick<DocumentState, 'selection'>): Picked {
  return { nodes: selectedNodes(state), groups: selectedOf(state, 'group'), notes: selectedOf(state, 'note') }
}
