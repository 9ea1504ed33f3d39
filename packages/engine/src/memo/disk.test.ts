import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { digest } from '../planning/fingerprint.ts'
import { Float, openDiskMemoStore, socketType } from '../index.ts'
import { memoStoreContract } from './memo-store.contract.ts'

const parent = await mkdtemp(join(tmpdir(), 'patchbay-memo-'))
afterAll(() => rm(parent, { recursive: true }))
const freshFolder = () => mkdtemp(join(parent, 'store-'))
const files = async (folder: string) =>
  (await readdir(folder, { recursive: true })).filter((name) => name.includes('.'))

memoStoreContract('disk', async () => openDiskMemoStore({ folder: await freshFolder() }))

const key = digest('a node')
const outputs = { value: Float }

describe('the disk store', () => {
  test('survives a restart', async () => {
    const folder = await freshFolder()
    const before = await openDiskMemoStore({ folder })
    before.set(key, { value: 42 }, outputs)
    await before.idle()
    const after = await openDiskMemoStore({ folder })
    expect(await after.get(key, outputs)).toEqual({ results: { value: 42 }, from: 'disk' })
  })

  test.each(['cut short', 'one byte changed', 'emptied', 'another format'])(
    'takes an entry that is %s as a miss',
    async (damage) => {
      const folder = await freshFolder()
      const store = await openDiskMemoStore({ folder })
      store.set(key, { value: 42 }, outputs)
      await store.idle()
      const [name = ''] = await files(folder)
      const bytes = await readFile(join(folder, name))
      const changed = Buffer.from(bytes)
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
      const damaged = {
        'cut short': bytes.subarray(0, -1),
        'one byte changed': changed,
        emptied: '',
        'another format': 'PNG',
      }[damage]
      await writeFile(join(folder, name), damaged ?? '')
      expect(await store.get(key, outputs)).toBeUndefined()
      await store.idle()
      expect(await files(folder)).toEqual([])
    },
  )

  test('keeps values by the codec of their socket type, and none without', async () => {
    const Pixels = socketType<'pixels', Float32Array>('pixels', {
      codec: {
        name: 'float32',
        encode: (value) => new Uint8Array(value.buffer),
        decode: (bytes) => new Float32Array(bytes.buffer),
      },
    })
    const Bare = socketType<'bare', Float32Array>('bare')
    const store = await openDiskMemoStore({ folder: await freshFolder() })
    store.set(key, { pixels: new Float32Array([1, 2.5]) }, { pixels: Pixels })
    store.set(digest('bare'), { bare: new Float32Array([1]) }, { bare: Bare })
    await store.idle()
    expect((await store.get(key, { pixels: Pixels }))?.results).toEqual({ pixels: new Float32Array([1, 2.5]) })
    expect(await store.get(digest('bare'), { bare: Bare })).toBeUndefined()
  })

  test('does not read what another codec wrote', async () => {
    const coded = (name: string) =>
      socketType<'n', number>('n', { codec: { name, encode: (n) => new Uint8Array([n]), decode: ([n = 0]) => n } })
    const store = await openDiskMemoStore({ folder: await freshFolder() })
    store.set(key, { n: 7 }, { n: coded('v1') })
    await store.idle()
    expect(await store.get(key, { n: coded('v2') })).toBeUndefined()
  })

  test('removes the least recently used entries beyond its budget, and what was left half written', async () => {
    const folder = await freshFolder()
    const store = await openDiskMemoStore({ folder, maxBytes: 400 })
    for (const name of ['a', 'b', 'c', 'd']) {
      store.set(digest(name), { value: 1 }, outputs)
      await store.idle()
      await store.get(digest('a'), outputs)
    }
    await store.idle()
    expect(store.bytes).toBeLessThanOrEqual(400)
    expect(await store.get(digest('a'), outputs)).toBeDefined()
    expect(await store.get(digest('b'), outputs)).toBeUndefined()
    await writeFile(join(folder, 'x.memo.1-1.part'), 'half')
    await openDiskMemoStore({ folder })
    expect((await files(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('tells of what it cannot write, and goes on', async () => {
    const errors: unknown[] = []
    const folder = await freshFolder()
    const store = await openDiskMemoStore({ folder, onError: (error) => errors.push(error) })
    const Broken = socketType<'broken', number>('broken', {
      codec: {
        name: 'b',
        encode: () => {
          throw new Error('no')
        },
        decode: () => 1,
      },
    })
    store.set(key, { broken: 1 }, { broken: Broken })
    await store.idle()
    expect(errors).toHaveLength(1)
  })
})
