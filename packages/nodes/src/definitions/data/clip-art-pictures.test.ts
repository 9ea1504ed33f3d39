import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import { runNode } from '../../testing/run-node.ts'
import { clipArtCaptionsOf } from '../../dataset/clip-art-pictures.ts'
import type { Dataset } from '../../dataset/dataset.ts'
import { clipArtPictures } from './clip-art-pictures.ts'

let place: string
let source: string

const drawing = (
  title: string,
  { colour = 'red', licence = 'PublicDomain', maker = 'Ann', keywords = ['fruit'] } = {},
) =>
  '<svg xmlns="http://www.w3.org/2000/svg" xmlns:rdf="r" xmlns:cc="c" xmlns:dc="d" viewBox="0 0 10 10"><metadata>' +
  `<dc:title>${title}</dc:title><dc:creator><cc:Agent><dc:title>${maker}</dc:title></cc:Agent></dc:creator>` +
  `<rdf:Bag>${keywords.map((word) => `<rdf:li>${word}</rdf:li>`).join('')}</rdf:Bag>` +
  `<cc:license rdf:resource="http://web.resource.org/cc/${licence}"/></metadata>` +
  `<path fill="${colour}" d="M0 0h10v10h-10z"/></svg>`

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-clip-art-'))
  source = join(place, 'work/data/openclipart/svg')
  mkdirSync(join(source, 'food/fruit'), { recursive: true })
  mkdirSync(join(source, 'animals'))
  writeFileSync(join(source, 'food/fruit/apple.svg'), drawing('Red_Apple'))
  writeFileSync(join(source, 'food/broken.svg'), drawing('half a pear').slice(0, -20))
  writeFileSync(join(source, 'animals/dog.svg'), drawing('dog', { colour: 'blue', keywords: [] }))
})
afterEach(() => {
  rmSync(place, { recursive: true, force: true })
})

async function clipArt(inputs: Readonly<Record<string, unknown>> = {}): Promise<Dataset> {
  const services = createLocalServices({ output: join(place, 'output'), work: join(place, 'work'), folders: {} })
  return (await runNode(clipArtPictures, { size: 16, ...inputs }, { services })).outputs['dataset'] as Dataset
}

test('clip art is drawn with its titles, kind by kind, and what cannot be drawn is left out', async () => {
  const { pictures, pixels } = await clipArt()
  expect(pictures.map(({ concept, captions }) => [concept, captions.at(-1)])).toEqual([
    ['dog', 'a drawing of dog'],
    ['red-apple', 'red apple, fruit, clip art'],
  ])
  expect([...pixels.subarray(0, 4)]).toEqual([0, 0, 255, 255])
  expect([...pixels.subarray(16 * 16 * 4, 16 * 16 * 4 + 4)]).toEqual([255, 0, 0, 255])
})

test('kinds are kept by name, and drawn pictures are read again without the package', async () => {
  const food = await clipArt({ kinds: 'Food' })
  expect(food.pictures.map(({ concept }) => concept)).toEqual(['red-apple'])
  rmSync(source, { recursive: true })
  expect(await clipArt({ kinds: 'food' })).toEqual(food)
})

test('a kind that has no drawing is named with its folder', async () => {
  await expect(clipArt({ kinds: 'tools' })).rejects.toThrow(/openclipart.svg" holds no titled drawing of tools/)
})

test.each([
  ['a title that names the maker', drawing('Ann Smith', { maker: 'Ann Smith' })],
  ['no title', drawing('')],
  ['another licence', drawing('dog', { licence: 'Attribution' })],
])('a drawing with %s has no caption', (_, svg) => {
  expect(clipArtCaptionsOf(svg)).toEqual([])
})

test.each([
  ['Clipart by Nicu Buculei - book 01', 'book'],
  ['cake1', 'cake'],
  ['homes clipart', 'homes'],
  ['2 dead frogs', '2 dead frogs'],
])('%s is called as people say it', (title, caption) => {
  expect(clipArtCaptionsOf(drawing(title))[0]).toBe(caption)
})

test('keywords that say nothing are left out', () => {
  const keywords = ['hash', 'Ann', 'collantpuntarinforzata', 'sweet']
  expect(clipArtCaptionsOf(drawing('cake', { keywords })).at(-1)).toBe('cake, sweet, clip art')
})

test('signs in titles are read as XML writes them', () => {
  expect(clipArtCaptionsOf(drawing('Fish &amp; Chips'))[0]).toBe('fish & chips')
})

test('the makers of the clip art are named in NOTICE', () => {
  const notice = readFileSync(new URL('../../../../../NOTICE', import.meta.url), 'utf8')
  expect(notice).toMatch(/Open Clip Art Library, public domain/)
})
