import {
  type HostResourcePool,
  type Memo,
  type MemoryMemoOptions,
  type MemoStore,
  createMemo,
  createMemoryMemoStore,
  createNoMemoStore,
  openDiskMemoStore,
} from '@patchbay/engine'
import type { MemoPolicy } from './messages.ts'

/** What is remembered from run to run. */
export interface RunMemory {
  readonly memo: Memo
  runEnded(): void
  /** Forgets what is in memory; what is on disk stays. */
  forget(): void
  /** Forgets only what side effects left. */
  forgetEffects(): void
}
export interface RunMemoryOptions {
  /** What results hold of it is let go when it runs short. */
  readonly resources: HostResourcePool
  /**
   * Where results that survive a restart are kept, and how many bytes of them. Only a memo that is bounded by bytes has
   * them.
   */
  readonly disk?: { readonly folder: string; readonly maxBytes: number }
  readonly onError?: (error: unknown) => void
}

export async function createRunMemory(
  policy: MemoPolicy,
  { resources, disk, onError }: RunMemoryOptions,
): Promise<RunMemory> {
  switch (policy.kind) {
    case 'bytes': {
      const further = disk && (await openDiskMemoStore({ ...disk, ...(onError ? { onError } : {}) }))
      return inMemory({ maxBytes: policy.limit }, resources, further ? [further] : [])
    }
    case 'count':
      return inMemory({ maxEntries: policy.limit }, resources)
    case 'last-run':
      return inMemory({ isTouched: true }, resources, [], true)
    case 'none':
      return { memo: createMemo(createNoMemoStore()), runEnded: nothing, forget: nothing, forgetEffects: nothing }
  }
}

function inMemory(
  bounds: MemoryMemoOptions,
  resources: HostResourcePool,
  further: readonly MemoStore[] = [],
  onlyLastRun = false,
): RunMemory {
  const store = createMemoryMemoStore(bounds, resources)
  resources.onShortage(store.releaseResources)
  let memo = createMemo(store, ...further)
  return {
    get memo() {
      return memo
    },
    runEnded: onlyLastRun ? store.forgetUntouched : () => undefined,
    forget() {
      store.clear()
      memo = createMemo(store, ...further)
    },
    forgetEffects() {
      memo.effects.forgetFiles()
    },
  }
}
const nothing = (): undefined => undefined
