import { describe, expect, test } from 'vitest'
import { SessionPool } from './session-pool.ts'

function fakePool(budget: number) {
  const log: string[] = []
  const pool = new SessionPool<{ dispose(): Promise<void> }>(budget)
  const use = (key: string, bytes: number): Promise<unknown> =>
    pool.use(key, bytes, async () => {
      log.push(`open ${key}`)
      return {
        dispose: async () => {
          log.push(`dispose ${key}`)
        },
      }
    })
  return { pool, use, log }
}

describe('a session pool', () => {
  test('opens a model once and keeps it', async () => {
    const { use, log } = fakePool(10)
    await use('a', 4)
    await use('a', 4)
    expect(log).toEqual(['open a'])
  })

  test('unloads the least recently used model where another would not fit', async () => {
    const { pool, use, log } = fakePool(10)
    await use('a', 4)
    await use('b', 4)
    await use('a', 4)
    await use('c', 4)
    expect(log).toEqual(['open a', 'open b', 'dispose b', 'open c'])
    expect(pool.keys).toEqual(['a', 'c'])
    expect(pool.bytes).toBe(8)
  })

  test('makes room before it opens, so that both never lie in memory', async () => {
    const { use, log } = fakePool(10)
    await use('a', 8)
    await use('b', 8)
    expect(log).toEqual(['open a', 'dispose a', 'open b'])
  })

  test('keeps a model alone that is larger than the whole budget', async () => {
    const { pool, use } = fakePool(10)
    await use('a', 4)
    await use('huge', 100)
    expect(pool.keys).toEqual(['huge'])
  })

  test('keeps nothing of a model that fails to open', async () => {
    const { pool } = fakePool(10)
    await expect(pool.use('a', 4, () => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory')
    expect(pool.keys).toEqual([])
  })
})
