import { afterEach, describe, expect, test } from 'vitest'
import type { ArtifactStore } from './artifact-store.ts'

/** What every store of kept files does. `open` gives an empty one, and how to end it. */
export function describeArtifactStore(open: () => Promise<{ store: ArtifactStore; end: () => Promise<void> }>): void {
  let opened: Awaited<ReturnType<typeof open>>
  afterEach(() => opened.end())
  const begin = async () => {
    opened = await open()
    return opened.store
  }
  const bytes = Buffer.from('a picture of a fox')
  const absent = `sha256:${'0'.repeat(64)}`
  const listOf = async (store: ArtifactStore) => {
    const files: string[] = []
    for await (const { hash, bytes: size } of store.kept()) files.push(`${hash} ${size}`)
    return files
  }

  describe('a kept file', () => {
    test('has the hash of its content, is kept once, and is read whole or in part', async () => {
      const store = await begin()
      const hash = await store.save(bytes)
      expect(await store.save(Uint8Array.from(bytes))).toBe(hash)
      expect(await listOf(store)).toEqual([`${hash} ${bytes.length}`])
      expect([await store.size(hash), await store.read(hash)]).toEqual([bytes.length, bytes])
      const parts = await store.open(hash, { start: 2, end: 8 }).toArray()
      expect(Buffer.concat(parts).toString()).toBe('picture')
    })

    test('kept by many at once is whole for each of them', async () => {
      const store = await begin()
      const large = Buffer.alloc(1_000_000, 7)
      const hashes = await Promise.all(Array.from({ length: 20 }, () => store.save(large)))
      expect(new Set(hashes).size).toBe(1)
      expect((await store.read(hashes[0] ?? ''))?.equals(large)).toBe(true)
    })

    test('that is removed is gone, and one that is not there is told apart from an empty one', async () => {
      const store = await begin()
      const [hash, empty] = [await store.save(bytes), await store.save(new Uint8Array())]
      await store.remove(hash)
      await store.remove(hash)
      expect([await store.size(hash), await store.read(hash), await listOf(store)]).toEqual([
        undefined,
        undefined,
        [`${empty} 0`],
      ])
      expect([await store.size(empty), (await store.read(empty))?.length]).toEqual([0, 0])
      await expect(store.open(absent).toArray()).rejects.toThrow()
    })

    test('tells when it was last kept', async () => {
      const store = await begin()
      const before = Date.now()
      const hash = await store.save(bytes)
      await new Promise((resolve) => setTimeout(resolve, 30))
      const between = Date.now()
      await store.save(bytes)
      for await (const file of store.kept()) {
        expect(file.hash).toBe(hash)
        expect(file.changedAt).toBeGreaterThan(before - 20)
        expect(file.changedAt).toBeGreaterThan(between - 20)
      }
    })
  })
}
