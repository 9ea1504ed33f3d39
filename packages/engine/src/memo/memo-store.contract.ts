import { describe, expect, test } from 'vitest'
import { digest } from '../planning/fingerprint.ts'
import { ValueList } from '../definition/flowing.ts'
import { Blocked, Float, listOf, type MemoStore, socketType } from '../index.ts'

const outputs = { value: Float, all: listOf(Float) }
const key = digest('a node')

/** What every memo store must do. `create` makes an empty one. */
export function memoStoreContract(name: string, create: () => Promise<MemoStore> | MemoStore): void {
  describe(`the memo store "${name}"`, () => {
    test('gives back what was set, lists as lists and blocked as blocked', async () => {
      const store = await create()
      store.set(key, { value: 1.5, all: new ValueList([1, new Blocked('too small'), 3]) }, outputs)
      await store.idle()
      const found = await store.get(key, outputs)
      expect(found?.results).toEqual({ value: 1.5, all: new ValueList([1, new Blocked('too small'), 3]) })
      expect(found?.results['all']).toBeInstanceOf(ValueList)
    })

    test('knows nothing that was not set', async () => {
      const store = await create()
      expect(await store.get(key, outputs)).toBeUndefined()
      store.set(key, { value: 1, all: new ValueList([]) }, outputs)
      await store.idle()
      expect(await store.get(digest('another node'), outputs)).toBeUndefined()
    })

    test('never fails for a value that it cannot keep', async () => {
      const odd = socketType<'odd', unknown>('odd')
      const store = await create()
      for (const value of [() => 1, Symbol('x'), new Map([[1, 2]]), NaN, 2n]) store.set(key, { odd: value }, { odd })
      await store.idle()
      const found = await store.get(key, { odd })
      expect(found === undefined || 'odd' in found.results).toBe(true)
    })
  })
}
