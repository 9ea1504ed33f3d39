import type { Memo } from '@patchbay/engine'
import { createMemo, createMemoryMemoStore, createNoMemoStore } from '@patchbay/engine'
import type { MemoPolicy } from './messages.ts'

/** What is remembered from run to run. */
export interface RunMemory {
  readonly memo: Memo
  runEnded(): void
}

export function createRunMemory(policy: MemoPolicy): RunMemory {
  switch (policy.kind) {
    case 'bytes':
      return { memo: createMemo(createMemoryMemoStore({ maxBytes: policy.limit })), runEnded: () => undefined }
    case 'count':
      return { memo: createMemo(createMemoryMemoStore({ maxEntries: policy.limit })), runEnded: () => undefined }
    case 'last-run': {
      const store = createMemoryMemoStore()
      return { memo: createMemo(store), runEnded: store.forgetUntouched }
    }
    case 'none':
      return { memo: createMemo(createNoMemoStore()), runEnded: () => undefined }
  }
}
