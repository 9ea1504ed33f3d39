import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Blocked } from '@patchbay/engine'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tensor } from '@patchbay/onnx/tensor'
import { encodeImage } from '../../image/codec.ts'
import { imageFrom } from '../../image/image.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { Services } from '../../host/services.ts'
import { runNode } from '../../testing/run-node.ts'
import { writeIconCache } from '../../testing/icon-cache.ts'
import { digestOf, type Dataset } from '../../dataset/dataset.ts'
import { augmentPictures } from './augment-pictures.ts'
import { datasetImages } from './dataset-images.ts'
import { emojiPictures } from './emoji-pictures.ts'
import { loadPictureFolder } from './load-picture-folder.ts'
import { pickPictures } from './pick-pictures.ts'
import { previewDataset } from './preview-dataset.ts'
import { splitPictures } from './split-pictures.ts'

let place: string
let services: Services

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-data-'))
  const folder = join(place, 'datasets/own')
  mkdirSync(folder, { recursive: true })
  // Half clear red on the left, clear on the right; twice as wide as high.
  const image = imageFrom({ batch: 1, height: 2, width: 4, channels: 4 }, (_, __, x, c) =>
    x < 2 ? ([1, 0, 0, 0.5][c] ?? 0) : 0,
  )
  writeFileSync(join(folder, 'a.png'), await encodeImage(image, 0, { format: 'png' }))
  writeFileSync(join(folder, 'b.png'), 'no picture')
  writeFileSync(join(folder, 'a.txt'), 'a red wall')
  writeIconCache(join(place, 'work/data'))
  services = createLocalServices({
    output: join(place, 'output'),
    work: join(place, 'work'),
    folders: { datasets: [join(place, 'datasets')] },
  })
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

async function datasetFrom(
  definition: Parameters<typeof runNode>[0],
  inputs: Readonly<Record<string, unknown>>,
): Promise<Dataset> {
  return (await runNode(definition, inputs, { services })).outputs['dataset'] as Dataset
}
const emoji = (inputs: Readonly<Record<string, unknown>> = {}) => datasetFrom(emojiPictures, { size: 16, ...inputs })

describe('the emoji pictures', () => {
  test('are there in every style, or in those that are named', async () => {
    expect(new Set((await emoji()).pictures.map(({ style }) => style)).size).toBeGreaterThan(3)
    const some = await emoji({ styles: 'noto, fluent-flat', concepts: 'red apple' })
    expect(some.pictures.map(({ style, concept }) => `${style} ${concept}`)).toEqual([
      'noto red-apple',
      'fluent-flat red-apple',
    ])
  })

  test('of an unknown style are refused with the known ones before anything runs', async () => {
    expect(await emojiPictures.validate?.({ values: { styles: 'noto,comic' }, links: {} }, services)).toEqual([
      { input: 'styles', message: expect.stringMatching(/no style comic; there is noto, noto-v1/) as string },
    ])
  })
})

describe('a folder of pictures', () => {
  test('that has bad rows is refused before anything runs, each row named', async () => {
    const [finding] = (await loadPictureFolder.validate?.({ values: { folder: 'own' }, links: {} }, services)) ?? []
    expect(finding).toMatchObject({
      input: 'folder',
      message: expect.stringContaining('b.png: there is no b.txt beside it') as string,
    })
  })

  test('names every file that is no picture', async () => {
    writeFileSync(join(place, 'datasets/own/b.txt'), 'nothing')
    await expect(datasetFrom(loadPictureFolder, { folder: 'own' })).rejects.toThrow(
      /1 to mend:\nb\.png: The file is no picture/,
    )
  })

  test('may be named by any file in it, and is cut to squares or filled up', async () => {
    rmSync(join(place, 'datasets/own/b.png'))
    const cut = await datasetFrom(loadPictureFolder, { folder: 'own/a.txt', size: 8, fit: 'cover' })
    const filled = await datasetFrom(loadPictureFolder, { folder: 'own', size: 8, fit: 'contain' })
    expect(cut.pictures).toEqual([{ row: 0, captions: ['a red wall'] }])
    const alphaAt = ({ pixels }: Dataset, y: number, x: number) => pixels[(y * 8 + x) * 4 + 3]
    expect([alphaAt(cut, 0, 0), alphaAt(cut, 0, 7)]).toEqual([128, 0])
    expect([alphaAt(filled, 0, 0), alphaAt(filled, 3, 0)]).toEqual([0, 128])
    // Premultiplied: half clear red is a red of one half.
    expect([...cut.pixels.subarray(0, 4)]).toEqual([128, 0, 0, 128])
  })

  test('changes its fingerprint with a caption', async () => {
    const fingerprint = () => loadPictureFolder.fingerprint?.({ values: { folder: 'own' } }, services)
    const before = await fingerprint()
    expect(await fingerprint()).toBe(before)
    writeFileSync(join(place, 'datasets/own/a.txt'), 'a wall that is red')
    expect(await fingerprint()).not.toBe(before)
  })

  test('ships: ten pictures of one robot', async () => {
    const robot = await datasetFrom(loadPictureFolder, {})
    expect(robot.pictures).toHaveLength(10)
    expect(robot.pictures.every(({ captions: [caption = ''] }) => caption.startsWith('patchy the robot'))).toBe(true)
  })
})

describe('a split', () => {
  const split = async (inputs: Readonly<Record<string, unknown>>) =>
    (await runNode(splitPictures, { dataset: await emoji(), ...inputs })).outputs as Record<string, Dataset | Blocked>

  test('keeps a style and some things apart, in every style, and loses nothing', async () => {
    const parts = await split({ heldOutShare: 0.5, heldOutStyle: 'noto' })
    const named = Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [name, part instanceof Blocked ? [] : part.pictures]),
    )
    const concepts = (name: string) => new Set(named[name]?.map(({ concept }) => concept))
    expect(named['heldOutStyle']?.every(({ style }) => style === 'noto')).toBe(true)
    expect(named['training']?.some(({ style }) => style === 'noto')).toBe(false)
    expect([...concepts('training')].some((concept) => concepts('heldOut').has(concept))).toBe(false)
    expect(Object.values(named).flat()).toHaveLength((await emoji()).pictures.length)
  })

  test('that keeps nothing apart blocks that part', async () => {
    const { heldOutStyle } = await split({ heldOutShare: 0, heldOutStyle: '' })
    expect(heldOutStyle).toBeInstanceOf(Blocked)
  })
})

test('a few pictures are picked by a word of their captions', async () => {
  const picked = await datasetFrom(pickPictures, { dataset: await emoji(), containing: 'Puppy', first: 1, count: 1 })
  expect(picked.pictures).toMatchObject([{ concept: 'dog-face' }])
  await expect(datasetFrom(pickPictures, { dataset: picked, containing: 'fish' })).rejects.toThrow(
    'None of the 1 pictures of "emoji" has "fish" in a caption.',
  )
})

test('pictures come out on white with their plainest captions', async () => {
  const { image, captions } = (await runNode(datasetImages, { dataset: await emoji({ styles: 'noto' }), count: 2 }))
    .outputs
  expect((image as Tensor).shape).toEqual([2, 16, 16, 3])
  expect(captions).toEqual(['dog', 'red apple'])
  // The icon of the apple is a red square in one corner.
  const values = (image as Tensor).data
  expect([...values.subarray(values.length / 2, values.length / 2 + 3)]).toEqual([1, 0, 0])
  expect([...values.subarray(values.length - 3)]).toEqual([1, 1, 1])
})

test('a sheet shows all at once', async () => {
  const { previews, shown } = await runNode(previewDataset, { dataset: await emoji({ styles: 'noto' }) })
  expect(previews).toMatchObject([{ width: 34, height: 16 }])
  expect(shown).toMatchObject({ captions: ['dog', 'red apple'] })
})

test('what training sees of a set names it: pixels, captions and augmentation', async () => {
  const set = await emoji()
  const varied = await datasetFrom(augmentPictures, { dataset: set })
  const renamed = { ...set, pictures: set.pictures.map((picture) => ({ ...picture, captions: ['x'] })) }
  expect(digestOf(await emoji())).toBe(digestOf(set))
  expect(new Set([set, varied, renamed].map(digestOf)).size).toBe(3)
})

test('names that leave a folder, or hide in it, are no names to save under', async () => {
  for (const name of ['../x', '/x', 'a//b', '.hidden', 'a/../../b', '']) {
    await expect(services.newPath('datasets', name), name).rejects.toThrow('is no name to save under')
    await expect(services.workFolder(name), name).rejects.toThrow('is no name to save under')
  }
  expect(await services.newPath('datasets', 'a/b')).toBe(join(place, 'datasets/a/b'))
  await expect(services.newPath('checkpoints', 'a')).rejects.toThrow('no folder of its own for checkpoints')
})
