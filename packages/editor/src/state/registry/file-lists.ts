import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client } from '@patchbay/client'

/** The names of the files in the server's folders, asked for once and shared by everything that shows them. */
export interface FileLists {
  readonly store: StoreApi<{ readonly folders: { readonly [folder: string]: readonly string[] } }>
  /** Asks for a folder that was not asked for yet. */
  readonly ensure: (folder: string) => void
  /** Asks again. */
  readonly load: (folder: string) => Promise<void>
  /** Asks again for every folder that was asked for. */
  readonly refresh: () => void
}

export function createFileLists(files: Pick<Client['files'], 'list'>): FileLists {
  const store: FileLists['store'] = createStore(() => ({ folders: {} }))
  const asked = new Set<string>()
  const load: FileLists['load'] = async (folder) => {
    asked.add(folder)
    try {
      const answer = await files.list(folder)
      const names = answer.files.map((file) => file.name)
      store.setState({ folders: { ...store.getState().folders, [folder]: names } })
    } catch {
      // A folder that cannot be listed is asked for again by the next that shows it.
      asked.delete(folder)
    }
  }
  return {
    store,
    load,
    ensure: (folder) => {
      if (!asked.has(folder)) void load(folder)
    },
    refresh: () => {
      for (const folder of asked) void load(folder)
    },
  }
}
