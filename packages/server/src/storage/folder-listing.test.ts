import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createFolderListing } from './folder-listing.ts'

const longAgo = new Date('2024-01-01')

/** A folder `models/sub` with one file, which nobody has changed for long. */
function makeFolder() {
  const root = mkdtempSync(join(tmpdir(), 'patchbay-listing-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
  mkdirSync(join(root, 'sub'))
  const add = (name: string) => writeFileSync(join(root, 'sub', name), '')
  const age = () => {
    for (const folder of [root, join(root, 'sub')]) utimesSync(folder, longAgo, longAgo)
  }
  add('one.safetensors')
  return { root, add, age }
}

test('a list is kept while the times of its folders stay, and made again when one of them changes', async () => {
  const { root, add, age } = makeFolder()
  age()
  const list = createFolderListing()
  expect((await list(root)).files).toEqual(['sub/one.safetensors'])
  add('two.safetensors')
  expect((await list(root)).files).toHaveLength(2)
  // Its time says that nothing has changed since the last list that was kept, so nothing is read.
  age()
  expect((await list(root)).files).toHaveLength(2)
  add('three.safetensors')
  age()
  expect((await list(root)).files).toHaveLength(2)
})

test('a list of a folder that has only just changed is not kept: one more change may not show in its time', async () => {
  const { root, add } = makeFolder()
  const list = createFolderListing()
  const now = new Date()
  utimesSync(join(root, 'sub'), now, now)
  expect((await list(root)).files).toHaveLength(1)
  add('two.safetensors')
  utimesSync(join(root, 'sub'), now, now)
  expect((await list(root)).files).toHaveLength(2)
})

test('a folder that is not there is empty, until it is', async () => {
  const { root } = makeFolder()
  const list = createFolderListing()
  expect((await list(join(root, 'later'))).files).toEqual([])
  mkdirSync(join(root, 'later'))
  writeFileSync(join(root, 'later', 'a.bin'), '')
  expect((await list(join(root, 'later'))).files).toEqual(['a.bin'])
})
