import { afterEach, describe, expect, test } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import type { OpenStores } from './contracts/job-scene.contract.ts'
import type { Stores } from './stores.ts'

const document: Workflow = { format: 'patchbay-workflow', version: 1, nodes: {}, name: 'A fox', tags: ['animal'] }

/** What every store of settings does. */
export function describeSettingsStore(open: OpenStores): void {
  let stores: Stores
  afterEach(() => stores.close())

  test('settings that are too much together are refused, and none of them is kept', async () => {
    stores = await open({})
    const { settings } = stores
    await settings.set({ a: 'x'.repeat(600_000) })
    await expect(settings.set({ b: 1, c: 'x'.repeat(600_000) })).rejects.toMatchObject({ code: 'too-large' })
    expect(Object.keys(await settings.all())).toEqual(['a'])
  })

  test('settings are kept by key, changed together, and removed one by one', async () => {
    stores = await open({})
    const { settings } = stores
    expect([await settings.all(), await settings.get('a')]).toEqual([{}, undefined])
    await settings.set({ b: { deep: [1, null] }, a: 1 })
    await settings.set({ a: 'two' })
    expect(await settings.all()).toEqual({ a: 'two', b: { deep: [1, null] } })
    await settings.remove('a')
    expect([await settings.get('a'), await settings.get('b')]).toEqual([undefined, { deep: [1, null] }])
  })
}

/** What every store of workflows does. */
export function describeWorkflowStore(open: OpenStores): void {
  let stores: Stores
  let time = 1_000
  afterEach(() => stores.close())
  const begin = async () => {
    stores = await open({ now: () => time })
    return stores.workflows
  }

  describe('a saved workflow', () => {
    test('keeps every version, and the newest is what is asked for without a number', async () => {
      const workflows = await begin()
      await workflows.create({ id: 'w', document, message: 'first' })
      time++
      const second = { ...document, name: 'Two foxes' }
      expect(await workflows.save('w', { document: second, basedOn: 1 })).toMatchObject({
        version: 2,
        name: 'Two foxes',
      })
      expect(await workflows.get('w')).toMatchObject({
        version: 2,
        document: second,
        createdAt: 1_000,
        updatedAt: 1_001,
      })
      expect(await workflows.get('w', 1)).toMatchObject({ version: 1, document, tags: ['animal'] })
      expect(await workflows.versions('w')).toMatchObject([{ version: 2 }, { version: 1, message: 'first' }])
    })

    test('is not overwritten from an older version', async () => {
      const workflows = await begin()
      await workflows.create({ id: 'w', document })
      await workflows.save('w', { document })
      expect(await workflows.save('w', { document, basedOn: 1 })).toMatchObject({ newest: { version: 2 } })
      expect(await workflows.versions('w')).toHaveLength(2)
    })

    test('is listed by its last change, and gone with all its versions', async () => {
      const workflows = await begin()
      for (const id of ['a', 'b']) {
        time++
        await workflows.create({ id, document, name: id })
      }
      expect((await workflows.list()).map(({ id }) => id)).toEqual(['b', 'a'])
      expect([await workflows.remove('b'), await workflows.remove('b')]).toEqual([true, false])
      expect([
        await workflows.get('b'),
        await workflows.versions('b'),
        await workflows.save('b', { document }),
      ]).toEqual([undefined, undefined, undefined])
      expect(await workflows.get('a', 9)).toBeUndefined()
    })
  })
}
