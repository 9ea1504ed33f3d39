import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { loadIconPictures } from './captioned-pictures.ts'
import { keywordPackage, namePackage, type IconPackage } from './icon-packages.ts'

const folders: string[] = []
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })))
})

const flat = iconPackage('@test/flat', 'flat', 'flat style')
const round = iconPackage('@test/round', 'round', 'round style')

function iconPackage(name: string, style: string, styleWords: string): IconPackage {
  return { name, version: '1.0.0', style, styleWords, licence: 'MIT', attribution: 'nobody' }
}

const square = (colour: string): { body: string } => ({ body: `<path fill="${colour}" d="M0 0h10v10H0z"/>` })

/** A cache folder that already holds tiny packages, as if they had been fetched. */
async function cacheWith(icons: Readonly<Record<string, Record<string, { body: string }>>>): Promise<string> {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'patchbay-pictures-'))
  folders.push(cacheFolder)
  const put = async (name: string, version: string, files: Record<string, unknown>): Promise<void> => {
    const prefix = join(cacheFolder, 'packages', `${name.replaceAll('/', '+')}@${version}`)
    for (const [file, json] of Object.entries({ 'package.json': {}, ...files })) {
      const path = join(prefix, 'node_modules', name, file)
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(path, JSON.stringify(json))
    }
  }
  await put(namePackage.name, namePackage.version, {
    'data-by-emoji.json': {
      '🐶': { name: 'dog face', slug: 'dog_face', group: 'Animals & Nature' },
      '🍎': { name: 'red apple', slug: 'red_apple', group: 'Food & Drink' },
      '🇫🇷': { name: 'flag France', slug: 'flag_france', group: 'Flags' },
    },
  })
  await put(keywordPackage.name, keywordPackage.version, {
    'dist/emoji-en-US.json': { '🐶': ['dog_face', 'puppy'], '🍎': ['fruit'] },
  })
  for (const [name, collection] of Object.entries(icons)) {
    await put(name, '1.0.0', { 'icons.json': { width: 10, height: 10, icons: collection } })
  }
  return cacheFolder
}

test('pictures are drawn in every style that has the concept, in the order of styles and concepts', async () => {
  const cacheFolder = await cacheWith({
    '@test/flat': { 'red-apple': square('red'), 'dog-face': square('blue'), 'flag-france': square('white') },
    '@test/round': { 'red-apple': square('#804000') },
  })
  const set = await loadIconPictures({ cacheFolder, size: 2, packages: [flat, round] })
  expect(set.pictures.map(({ concept, style }) => `${style} ${concept}`)).toEqual([
    'flat dog-face',
    'flat red-apple',
    'round red-apple',
  ])
  expect([...set.pixels.subarray(0, 4)]).toEqual([0, 0, 255, 255])
  expect([...set.pixels.subarray(16, 20)]).toEqual([255, 0, 0, 255])
  expect([...set.pixels.subarray(32, 36)]).toEqual([128, 64, 0, 255])
})

test('a second load reads what was drawn and needs the packages no more', async () => {
  const cacheFolder = await cacheWith({ '@test/flat': { 'red-apple': square('red') } })
  const first = await loadIconPictures({ cacheFolder, size: 2, packages: [flat] })
  await rm(join(cacheFolder, 'packages'), { recursive: true })
  const second = await loadIconPictures({ cacheFolder, size: 2, packages: [flat] })
  expect(second).toEqual(first)
})

test('a held-out style is marked as such, so that training can leave it alone', async () => {
  const cacheFolder = await cacheWith({
    '@test/flat': { 'red-apple': square('red') },
    '@test/round': { 'red-apple': square('red') },
  })
  const splitRule = { heldOutStyle: 'round', heldOutShare: 0 }
  const { pictures } = await loadIconPictures({ cacheFolder, size: 2, packages: [flat, round], splitRule })
  expect(pictures.map(({ split }) => split)).toEqual(['train', 'held-out-style'])
})

test('an icon file of another form is named in the error', async () => {
  const cacheFolder = await cacheWith({ '@test/flat': { 'red-apple': JSON.parse('{}') as { body: string } } })
  await expect(loadIconPictures({ cacheFolder, size: 2, packages: [flat] })).rejects.toThrow(
    /Icon "red-apple" in ".*icons\.json" has no "body" text/,
  )
})
