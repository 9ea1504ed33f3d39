import { describe, expect, test } from 'vitest'
import type { TextStore } from '../settings/settings.ts'
import { claimWindow } from './window-owner.ts'

function storage(): TextStore {
  const texts = new Map<string, string>()
  return { getItem: (key) => texts.get(key) ?? null, setItem: (key, value) => void texts.set(key, value) }
}

/** As much of the browser's locks as is used: one holder a name, for ever. */
function lockManager(): LockManager {
  const held = new Set<string>()
  const request = async (name: string, _options: unknown, take: (lock: unknown) => unknown): Promise<void> => {
    const isFree = !held.has(name)
    held.add(name)
    await take(isFree ? {} : null)
  }
  return { request, query: async () => ({ held: [...held].map((name) => ({ name })) }) } as unknown as LockManager
}

describe('the name of a window', () => {
  test('stays over a reload, when the lock was let go', async () => {
    const session = storage()
    const before = await claimWindow(session, lockManager())
    const after = await claimWindow(session, lockManager())
    expect(after.owner).toBe(before.owner)
  })
  test('is another in a duplicated window, whose storage was copied', async () => {
    const session = storage()
    const locks = lockManager()
    const first = await claimWindow(session, locks)
    const second = await claimWindow(session, locks)
    expect(second.owner).not.toBe(first.owner)
    expect(await second.liveOwners()).toEqual(new Set([first.owner, second.owner]))
  })
  test('stays over a reload where the browser has no locks', async () => {
    const session = storage()
    const first = await claimWindow(session, undefined)
    expect((await claimWindow(session, undefined)).owner).toBe(first.owner)
    expect(await first.liveOwners()).toEqual(new Set())
  })
})
