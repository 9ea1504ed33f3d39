import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolders } from '../../../storage/folders.ts'
import { pngOf } from '../../../testing/png.ts'
import { createAssetStore } from './asset-store.ts'

test('fifty changes of one asset at once are all kept', async () => {
  const root = await mkdtemp(join(tmpdir(), 'patchbay-assets-'))
  const folders = createFolders({ input: [root], output: root, temp: root, models: {} })
  const store = createAssetStore(join(root, 'store'), folders)
  const { asset } = await store.add('fox.png', pngOf(2, 2, [1, 2, 3]))
  const tags = Array.from({ length: 50 }, (_, index) => `tag ${index}`)
  await Promise.all(tags.map((tag) => store.update(asset.id, (now) => ({ tags: [...now.tags, tag] }))))
  expect((await store.get(asset.id))?.tags).toEqual(tags)
  expect((await createAssetStore(join(root, 'store'), folders).get(asset.id))?.tags).toEqual(tags)
  await rm(root, { recursive: true, force: true })
})
