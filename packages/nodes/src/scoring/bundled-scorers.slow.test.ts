import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { statSync } from 'node:fs'
import { decodeImage } from '../image/codec.ts'
import { resizeToFit } from '../image/fit.ts'
import { imageFrom, type ImageTensor } from '../image/image.ts'
import { createLocalServices } from '../host/local-services.ts'
import { cosineSimilarity } from '../metrics/index.ts'
import { encodePictures } from '../networks/image-encoder.ts'
import { judgePictures, openPictureJudge } from './picture-judge.ts'
import { embedTexts, openScoreTowers } from './score-towers.ts'

const asset = (path: string) => fileURLToPath(new URL(`../../assets/${path}`, import.meta.url))
const services = createLocalServices({ output: tmpdir() })
const towersFile = asset('score_models/patchbay-towers/model.safetensors')
const judgeFile = asset('score_models/patchbay-discriminator/model.safetensors')

async function apple(): Promise<ImageTensor> {
  const { image, alpha } = await decodeImage(await readFile(asset('input/example-apple.svg')))
  const { shape, data } = image
  const white = imageFrom({ batch: 1, height: shape[1] ?? 0, width: shape[2] ?? 0, channels: 3 }, (_, y, x, c) => {
    const pixel = y * (shape[2] ?? 0) + x
    const opaque = alpha?.data[pixel] ?? 1
    return (data[pixel * 3 + c] ?? 0) * opaque + 1 - opaque
  })
  return resizeToFit(white, { width: 64, height: 64 }, 'contain', 'area')
}

test('the bundled towers say which of ten things an apple is', async () => {
  const towers = openScoreTowers(towersFile)
  const names = [
    'a house',
    'a dog',
    'a red apple',
    'a car',
    'a guitar',
    'a fish',
    'a tree',
    'a book',
    'a rocket',
    'a key',
  ]
  const texts = await embedTexts(services, towers, names)
  const { values } = await encodePictures(services.sessions, towers.image, 'embedding', [await apple()])
  const cosines = names.map((_, k) => cosineSimilarity(values, texts.values.subarray(k * 512, (k + 1) * 512)))
  expect(names[cosines.indexOf(Math.max(...cosines))]).toBe('a red apple')
})

test('the bundled discriminator tells a right text from a wrong one', async () => {
  const judge = openPictureJudge(judgeFile)
  const [right, wrong] = [
    await judgePictures(services, judge, await apple(), 'a red apple'),
    await judgePictures(services, judge, await apple(), 'a guitar'),
  ]
  expect(right.match[0]).toBeGreaterThan(0.5)
  expect(wrong.match[0]).toBeLessThan(0.5)
  expect(right.realism).toEqual(wrong.realism)
})

test('both stay small enough to ship', () => {
  expect(statSync(towersFile).size).toBeLessThan(6e6)
  expect(statSync(judgeFile).size).toBeLessThan(4e6)
})
