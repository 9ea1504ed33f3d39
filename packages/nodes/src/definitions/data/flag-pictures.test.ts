import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import { runNode } from '../../testing/run-node.ts'
import type { Dataset } from '../../dataset/dataset.ts'
import { flagCaptionsOf, flagPackage } from '../../dataset/flag-pictures.ts'
import { flagPictures } from './flag-pictures.ts'

let place: string
let source: string

const stripes = (...colours: string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480">${colours
    .map((colour, i) => `<path fill="${colour}" d="M${i * 320} 0h320v480h-320z"/>`)
    .join('')}</svg>`

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-flags-'))
  const { name, version } = flagPackage
  source = join(place, 'work/data/packages', `${name}@${version}`, 'node_modules', name)
  mkdirSync(source, { recursive: true })
  const flags = { xx: ['Unknown', 'gray'], fr: ['France', 'blue'], nl: ['Netherlands', 'red'] } as const
  for (const [code, [, colour]] of Object.entries(flags)) {
    writeFileSync(join(source, `${code}.svg`), stripes(colour, 'white'))
  }
  const list = Object.entries(flags).map(([code, [name]]) => ({ name, flag_4x3: `${code}.svg` }))
  writeFileSync(join(source, 'country.json'), JSON.stringify(list))
  writeFileSync(join(source, 'package.json'), '{}')
})
afterEach(() => {
  rmSync(place, { recursive: true, force: true })
})

async function flags(inputs: Readonly<Record<string, unknown>> = {}): Promise<Dataset> {
  const services = createLocalServices({ output: join(place, 'output'), work: join(place, 'work'), folders: {} })
  return (await runNode(flagPictures, { size: 16, ...inputs }, { services })).outputs['dataset'] as Dataset
}

test('every flag of a known place is there under its plainest caption', async () => {
  const { title, pictures } = await flags()
  expect(title).toBe('flags')
  expect(pictures.map(({ concept, captions: [caption] }) => [concept, caption])).toEqual([
    ['flag-france', 'flag of France'],
    ['flag-netherlands', 'flag of the Netherlands'],
  ])
})

test('flags are drawn three high by four wide, the same bytes each time', async () => {
  const first = await flags()
  rmSync(join(place, `work/data/flags-16-${flagPackage.version}-1`), { recursive: true })
  const again = await flags()
  const hash = ({ pixels }: Dataset) => createHash('sha256').update(pixels).digest('hex')
  expect(hash(again)).toBe(hash(first))
  const at = (y: number, x: number) => [...first.pixels.subarray((y * 16 + x) * 4, (y * 16 + x) * 4 + 4)]
  expect([at(0, 2), at(8, 2), at(8, 13)]).toEqual([
    [0, 0, 0, 0],
    [0, 0, 255, 255],
    [255, 255, 255, 255],
  ])
  const expected = new Uint8Array(2 * 16 * 16 * 4)
  for (let i = 0; i < 2 * 16 * 16; i++) {
    const [y, x, left] = [(i >> 4) & 15, i & 15, i < 256 ? [0, 0, 255, 255] : [255, 0, 0, 255]]
    if (y >= 2 && y < 14) expected.set(x < 8 ? left : [255, 255, 255, 255], i * 4)
  }
  expect(hash(first)).toBe(createHash('sha256').update(expected).digest('hex'))
})

test('what was drawn is read again without the package', async () => {
  const first = await flags()
  rmSync(source, { recursive: true })
  expect(await flags()).toEqual(first)
})

test('places are kept by name in any case, and one that has no flag is named', async () => {
  expect((await flags({ places: 'netherlands' })).pictures.map(({ row }) => row)).toEqual([1])
  await expect(flags({ places: 'Atlantis' })).rejects.toThrow(
    'None of the 2 pictures of "flags" shows the flag of Atlantis',
  )
})

test('a list of another form is named with the entry that is wrong', async () => {
  writeFileSync(join(source, 'country.json'), '[{ "name": "France", "flag_4x3": "fr.svg" }, { "name": "Japan" }]')
  await expect(flags()).rejects.toThrow(/country\.json" lists no flags \(entry 1\): expected an array/)
})

test.each([
  ['Virgin Islands (U.S.)', 'flag of the U.S. Virgin Islands'],
  ['United Nations', 'flag of the United Nations'],
  ['Cocos (Keeling) Islands', 'flag of the Cocos (Keeling) Islands'],
  ['South Georgia and the South Sandwich Islands', 'flag of South Georgia and the South Sandwich Islands'],
  ['Christmas Island', 'flag of Christmas Island'],
])('the flag of %s is called as people say it', (name, caption) => {
  expect(flagCaptionsOf(name)[0]).toBe(caption)
})

test('the makers of the flags are named in NOTICE', () => {
  const notice = readFileSync(new URL('../../../../../NOTICE', import.meta.url), 'utf8')
  expect(notice).toMatch(/flag-icons, Panayiotis Lipiridis, MIT/)
})
