import type { MemoStore } from './memo-store.ts'

/** Remembers nothing: every node runs every time. */
export function createNoMemoStore(): MemoStore {
  return { get: () => undefined, set: () => undefined, idle: () => Promise.resolve() }
}
