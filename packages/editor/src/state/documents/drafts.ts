import { clear, createStore, del, set, setMany, values, type UseStore } from 'idb-keyval'
import type { Workflow } from '@patchbay/engine/workflow'
import { checkDocument } from './check-document.ts'

/** An open tab as it is kept in the browser, so that a crash or a reload loses nothing. */
export interface Draft {
  readonly id: string
  /** The window that has it open. */
  readonly owner: string
  readonly title: string
  readonly workflow: Workflow
  /** Whether it differs from what was last saved. */
  readonly dirty: boolean
  readonly server?: { readonly id: string; readonly version: number }
  /** The job whose run the tab shows. */
  readonly job?: string
  /** Jobs of the tab that come after it. */
  readonly waiting?: readonly string[]
  readonly order: number
  readonly touchedAt: number
}

/** A draft that cannot be shown. It stays where it is kept until a person removes it. */
export interface SetAside {
  readonly draft: Draft
  readonly reason: string
}

export interface DraftStore {
  all(): Promise<readonly Draft[]>
  put(draft: Draft): Promise<void>
  remove(id: string): Promise<void>
}

/** Drafts that last as long as the page: where the browser keeps nothing. */
export function memoryDrafts(): DraftStore {
  const drafts = new Map<string, Draft>()
  return {
    all: async () => [...drafts.values()],
    put: async (draft) => void drafts.set(draft.id, draft),
    remove: async (id) => void drafts.delete(id),
  }
}

/** Drafts in IndexedDB: room for large documents, and one store for all windows. */
export function browserDrafts(): DraftStore {
  const store = createStore('patchbay-drafts', 'drafts')
  // Where storage is blocked, the first use throws: in an asynchronous function it is a refusal like any other.
  return {
    all: async () => {
      await takeOverEarlierDrafts(store)
      return values<Draft>(store)
    },
    put: async (draft) => set(draft.id, draft, store),
    remove: async (id) => del(id, store),
  }
}

/**
 * Builds of 0.1.0 and before kept drafts in a database whose entries name themselves, which this store cannot write to.
 */
async function takeOverEarlierDrafts(store: UseStore): Promise<void> {
  const earlier = createStore('patchbay', 'drafts')
  const drafts = await values<Draft>(earlier)
  if (drafts.length === 0) return
  await setMany(
    drafts.map((draft) => [draft.id, draft]),
    store,
  )
  await clear(earlier)
}

/**
 * The drafts of a store that answers within `limitMs` milliseconds, else drafts in memory. `onBlocked` is told why,
 * once.
 */
export function draftsOrMemory(store: DraftStore, limitMs: number, onBlocked: (error: unknown) => void): DraftStore {
  let current = store
  return {
    all: async () => {
      try {
        return await withTimeLimit(store.all(), limitMs)
      } catch (error) {
        current = memoryDrafts()
        onBlocked(error)
        return []
      }
    },
    put: (draft) => current.put(draft),
    remove: (id) => current.remove(id),
  }
}

/** The answer, or an error when it takes longer than `limitMs` milliseconds. */
export async function withTimeLimit<Answer>(answer: Promise<Answer>, limitMs: number): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${limitMs / 1000} s.`)), limitMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The drafts that a window takes over when it opens: its own from before a reload, and those of windows that are gone
 * (a crash). Drafts that another live window holds stay with it.
 */
export function adoptable(drafts: readonly Draft[], owner: string, liveOwners: ReadonlySet<string>): Draft[] {
  return drafts
    .filter((draft) => draft.owner === owner || !liveOwners.has(draft.owner))
    .sort((a, b) => a.order - b.order || a.touchedAt - b.touchedAt)
}

/**
 * A draft that can be shown, or why it cannot: another version of the editor, or a fault in it, may have written
 * anything.
 */
export function checkDraft(draft: Draft): { readonly draft: Draft } | { readonly reason: string } {
  const title: unknown = draft.title
  if (typeof title !== 'string') return { reason: 'Its title is no text.' }
  const checked = checkDocument(draft.workflow as unknown as Parameters<typeof checkDocument>[0])
  return checked.ok ? { draft: { ...draft, workflow: checked.workflow } } : { reason: checked.message }
}
