import type { TextStore } from '../settings/settings.ts'

const key = 'patchbay.window'
const prefix = 'patchbay.window.'

/**
 * Names this window for as long as it lives, also over a reload. A lock tells other windows that it is there; a
 * duplicated window (which copies the session storage) finds the name locked and takes another.
 */
export async function claimWindow(
  session: TextStore | undefined,
  locks: LockManager | undefined,
): Promise<{ readonly owner: string; readonly liveOwners: () => Promise<ReadonlySet<string>> }> {
  const before = session?.getItem(key) ?? null
  const owner = before !== null && (await hold(before, locks)) ? before : await freshName(locks)
  session?.setItem(key, owner)
  return {
    owner,
    liveOwners: async () => {
      const { held = [] } = (await locks?.query().catch(() => undefined)) ?? {}
      return new Set(held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name.slice(prefix.length)] : [])))
    },
  }
}

async function freshName(locks: LockManager | undefined): Promise<string> {
  const name = Math.random().toString(36).slice(2)
  await hold(name, locks)
  return name
}

/** Takes the lock of a name until the page goes; false when another window has it. */
function hold(name: string, locks: LockManager | undefined): Promise<boolean> {
  if (!locks) return Promise.resolve(true)
  return new Promise((resolve) => {
    const taken = locks.request(`${prefix}${name}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock === null ? undefined : new Promise<never>(() => undefined)
    })
    // Where the browser refuses locks (its storage is blocked), no other window can be told of this one either.
    taken.catch(() => resolve(true))
  })
}
