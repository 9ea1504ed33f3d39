import type { Workflow } from '@patchbay/engine/workflow'

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
  readonly order: number
  readonly touchedAt: number
}

export interface DraftStore {
  all(): Promise<readonly Draft[]>
  put(draft: Draft): Promise<void>
  remove(id: string): Promise<void>
}

export function memoryDrafts(): DraftStore {
  const drafts = new Map<string, Draft>()
  return {
    all: async () => [...drafts.values()],
    put: async (draft) => void drafts.set(draft.id, draft),
    remove: async (id) => void drafts.delete(id),
  }
}

/** Drafts in IndexedDB: room for large documents, and one store for all windows. */
export function browserDrafts(factory: IDBFactory): DraftStore {
  const opened = new Promise<IDBDatabase>((resolve, reject) => {
    const request = factory.open('patchbay', 1)
    request.onupgradeneeded = () => request.result.createObjectStore('drafts', { keyPath: 'id' })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('The browser refused to open its database.'))
  })
  const ask = async <Result>(
    mode: IDBTransactionMode,
    action: (store: IDBObjectStore) => IDBRequest<Result>,
  ): Promise<Result> => {
    const database = await opened
    return new Promise((resolve, reject) => {
      const request = action(database.transaction('drafts', mode).objectStore('drafts'))
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('The browser could not keep the draft.'))
    })
  }
  return {
    all: async () => {
      const drafts: readonly Draft[] = await ask('readonly', (store) => store.getAll())
      return drafts
    },
    put: async (draft) => void (await ask('readwrite', (store) => store.put(draft))),
    remove: async (id) => void (await ask('readwrite', (store) => store.delete(id))),
  }
}

/**
 * The drafts that a window takes over when it opens: its own from before a reload, and those of windows that are gone (a crash).
 * Drafts that another live window holds stay with it.
 */
export function adoptable(drafts: readonly Draft[], owner: string, liveOwners: ReadonlySet<string>): Draft[] {
  return drafts
    .filter((draft) => draft.owner === owner || !liveOwners.has(draft.owner))
    .sort((a, b) => a.order - b.order || a.touchedAt - b.touchedAt)
}
