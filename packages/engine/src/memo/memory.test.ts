import { describe, expect, test } from 'vitest'
import { createMemoryMemoStore, createNoMemoStore, createResourcePool, Float, Resource, socketType } from '../index.ts'
import type { MemoryMemoOptions } from './memory.ts'
import { Blocked } from '../definition/blocked.ts'
import { memoStoreContract } from './memo-store.contract.ts'

const Bytes = socketType<'bytes', Uint8Array>('bytes')

memoStoreContract('memory', () => createMemoryMemoStore())

describe('the memory store', () => {
  test('forgets the least recently used first when it passes its budget', async () => {
    const store = createMemoryMemoStore({ maxBytes: 3500 })
    const set = (key: string) => {
      store.set(key, { bytes: new Uint8Array(1000) }, { bytes: Bytes })
    }
    const has = async (key: string) => (await store.get(key, { bytes: Bytes })) !== undefined
    set('a')
    set('b')
    expect(await has('a')).toBe(true)
    set('c')
    expect([await has('a'), await has('b'), await has('c')]).toEqual([true, false, true])
    expect(store.bytes).toBeLessThanOrEqual(3500)
  })

  test('counts what a socket type says of the size of its values', () => {
    const Model = socketType<'model', object>('model', { bytesOf: () => 5000 })
    const store = createMemoryMemoStore({ maxBytes: 4000 })
    store.set('model', { model: {} }, { model: Model })
    expect(store.size).toBe(0)
  })

  test('keeps a result of which a part was blocked, though its type tells sizes', () => {
    const Sized = socketType<'sized', Uint8Array>('sized', { bytesOf: ({ byteLength }) => byteLength })
    const store = createMemoryMemoStore({ maxBytes: 4000 })
    store.set('split', { a: new Uint8Array(8), b: new Blocked() }, { a: Sized, b: Sized })
    expect(store.size).toBe(1)
  })

  test('keeps at most so many results, the least recently touched forgotten first', async () => {
    const store = createMemoryMemoStore({ maxEntries: 2 })
    const set = (key: string) => {
      store.set(key, { value: 1 }, { value: Float })
    }
    set('a')
    set('b')
    store.touch?.('a')
    set('c')
    const known = ['a', 'b', 'c'].map((key) => store.get(key, { value: Float }))
    expect(known.map(Boolean)).toEqual([true, false, true])
  })

  test('has runs look at every node only where it counts entries or is asked to', () => {
    const isTouched = (options?: MemoryMemoOptions) => createMemoryMemoStore(options).touch !== undefined
    expect([isTouched(), isTouched({ maxEntries: 9 }), isTouched({ isTouched: true })]).toEqual([false, true, true])
  })

  test('forgets on demand what no run had a part in since the last time', async () => {
    const store = createMemoryMemoStore({ isTouched: true })
    for (const key of ['a', 'b']) store.set(key, { value: 1 }, { value: Float })
    store.forgetUntouched()
    expect(store.size).toBe(2)
    store.touch?.('a')
    store.forgetUntouched()
    expect([Boolean(await store.get('a', { value: Float })), store.size]).toEqual([true, 1])
  })

  test('holds the resources in its entries, and lets them go with the entry', async () => {
    const pool = createResourcePool()
    const store = createMemoryMemoStore({}, pool)
    const { resource, release } = await pool.acquire({ key: 'weights', bytes: 10, load: () => 1 })
    store.set('a', { value: resource }, { value: Float })
    release()
    expect(pool.keys).toEqual(['weights'])
    expect((await store.get('a', { value: Float }))?.results['value']).toBeInstanceOf(Resource)
    store.clear()
    expect(pool.keys).toEqual([])
  })
})

test('the store that remembers nothing gives nothing', async () => {
  const store = createNoMemoStore()
  store.set('a', { value: 1 }, { value: Float })
  expect(await store.get('a', { value: Float })).toBeUndefined()
})
