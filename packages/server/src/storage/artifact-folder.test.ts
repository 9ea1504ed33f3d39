import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeArtifactStore } from '../store/artifact-store.contract.ts'
import { createArtifactFolder } from './artifact-folder.ts'

async function begin() {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-artifacts-'))
  const store = createArtifactFolder(join(folder, 'kept'))
  return { folder, store, end: () => rm(folder, { recursive: true, force: true }) }
}

describe('artifacts in a folder', () => describeArtifactStore(begin))

test('a file is published without taking space, under a name that nobody else gets', async () => {
  const { folder, store, end } = await begin()
  const hash = await store.save(Buffer.from('fox'))
  const path = join(folder, 'out', 'p_00001_.png')
  const claimed = await Promise.all(Array.from({ length: 10 }, () => store.publish(hash, path)))
  expect(claimed.filter(Boolean)).toHaveLength(1)
  expect((await stat(path)).nlink).toBe(2)
  expect(await readFile(path, 'utf8')).toBe('fox')
  await end()
})

test('what lies under a name is the file only while its content is', async () => {
  const { folder, store, end } = await begin()
  const hash = await store.save(Buffer.from('fox'))
  const path = join(folder, 'p.png')
  expect(await store.isPublished(hash, path)).toBe(false)
  await writeFile(path, 'fox')
  expect(await store.isPublished(hash, path)).toBe(true)
  await writeFile(path, 'cat')
  expect(await store.isPublished(hash, path)).toBe(false)
  await end()
})
