import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { encodeImage } from '../../image/codec.ts'
import { imageFrom, type ImageTensor } from '../../image/image.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { PictureFeatures } from '../../scoring/picture-features.ts'
import type { Services } from '../../host/services.ts'
import { concatBatch, sliceBatch } from '../../tensor/index.ts'
import { runNode } from '../../testing/run-node.ts'
import { writeTinyScorers } from '../../testing/tiny-scorers.ts'
import { bestOfN } from './best-of-n.ts'
import { classProbabilities } from './class-probabilities.ts'
import { clipScore } from './clip-score.ts'
import { featureDistance } from './feature-distance.ts'
import { folderFeatures } from './folder-features.ts'
import { frechetInceptionDistance } from './frechet-inception-distance.ts'
import { ganDiscriminator } from './gan-discriminator.ts'
import { imageFeatures } from './image-features.ts'
import { inceptionScore } from './inception-score.ts'
import { joinFeatures } from './join-features.ts'
import { kernelInceptionDistance } from './kernel-inception-distance.ts'
import { loadDiscriminator } from './load-discriminator.ts'
import { loadFeatureModel } from './load-feature-model.ts'
import { loadScoreTowers } from './load-score-towers.ts'
import { precisionRecall } from './precision-recall.ts'
import { psnrNode } from './psnr.ts'
import { scoreReport } from './score-report.ts'
import { ssimNode } from './ssim.ts'

let place: string
let services: Services

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-scores-'))
  writeTinyScorers(join(place, 'score_models'))
  mkdirSync(join(place, 'input/many/below'), { recursive: true })
  services = createLocalServices({
    output: join(place, 'output'),
    folders: { score_models: [join(place, 'score_models')], input: [join(place, 'input')] },
  })
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

/** Pictures that differ from one another. */
const pictures = (batch: number, first = 0, side = 32): ImageTensor =>
  imageFrom(
    { batch, height: side, width: side, channels: 3 },
    (k, y, x, c) => (((first + k + 1) * (x + 2 * c) + (y * y) / (k + 2)) % 7) / 6,
  )

const outputsOf = async (...args: Parameters<typeof runNode>) => (await runNode(args[0], args[1], { services })).outputs
const towers = async () => (await outputsOf(loadScoreTowers))['towers']
const model = async () => (await outputsOf(loadFeatureModel))['model']
const featuresOf = async (...images: ImageTensor[]) =>
  (await outputsOf(imageFeatures, { model: await model(), images }))['features'] as PictureFeatures
const features = (rows: number[][], name = 'a', kind: PictureFeatures['kind'] = 'features'): PictureFeatures => ({
  model: name,
  kind,
  tensor: float32([rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat())),
})

describe('CLIPScore', () => {
  test('scores each picture of a batch by itself and gives their mean', async () => {
    const inputs = { towers: await towers(), text: 'a red apple' }
    const image = pictures(3)
    const { score, scores } = await outputsOf(clipScore, { ...inputs, image })
    const alone = await outputsOf(clipScore, { ...inputs, image: sliceBatch(image, 1, 2) })
    expect(scores).toHaveLength(3)
    expect(score).toBeGreaterThan(0)
    expect((scores as number[])[1]).toBeCloseTo(alone['score'] as number, 4)
    expect(score).toBeCloseTo(
      (scores as number[]).reduce((sum, each) => sum + each / 3, 0),
      6,
    )
  })

  test('says with which towers it was measured', async () => {
    const { shown } = await runNode(clipScore, { towers: await towers(), image: pictures(1), text: 'x' }, { services })
    expect(shown).toMatchObject({ metric: 'clip-score:patchbay-towers' })
  })

  test('depends on the text', async () => {
    const inputs = { towers: await towers(), image: pictures(1) }
    const [a, b] = [
      await outputsOf(clipScore, { ...inputs, text: 'a dog' }),
      await outputsOf(clipScore, { ...inputs, text: 'a house' }),
    ]
    expect(Math.max(a['score'] as number, b['score'] as number)).toBeGreaterThan(0)
    expect(a['score']).not.toBe(b['score'])
  })

  test('cannot be had from a file that is no tower', async () => {
    await expect(outputsOf(loadScoreTowers, { towers: 'patchbay-discriminator/model.safetensors' })).rejects.toThrow(
      'model.safetensors holds no image tower',
    )
  })
})

describe('features', () => {
  test('of many batches are the features of each picture, in order, whatever the batches', async () => {
    const image = pictures(20)
    const whole = await featuresOf(image)
    const parts = await featuresOf(sliceBatch(image, 0, 3), sliceBatch(image, 3, 20))
    expect(whole.tensor.shape).toEqual([20, 24])
    parts.tensor.data.forEach((value, i) => expect(value).toBeCloseTo(whole.tensor.data[i] ?? NaN, 4))
  })

  test('of a folder are those of the pictures in it, of any size, below it too', async () => {
    const [small, large] = [pictures(1), pictures(1, 5, 48)]
    writeFileSync(join(place, 'input/many/a.png'), await encodeImage(small, 0, { format: 'png' }))
    writeFileSync(join(place, 'input/many/below/b.png'), await encodeImage(large, 0, { format: 'png' }))
    writeFileSync(join(place, 'input/many/notes.txt'), 'no picture')
    const found = (await outputsOf(folderFeatures, { model: await model(), folder: 'many' }))[
      'features'
    ] as PictureFeatures
    expect(found.tensor.shape).toEqual([2, 24])
    const [first] = [await featuresOf(small)]
    // Eight bits a channel on the way.
    first.tensor.data.forEach((value, i) => expect(value).toBeCloseTo(found.tensor.data[i] ?? NaN, 1))
  })

  test('of a folder with a damaged picture name it', async () => {
    writeFileSync(join(place, 'input/many/c.png'), 'nothing')
    await expect(outputsOf(folderFeatures, { model: await model(), folder: 'many' })).rejects.toThrow('many/c.png: ')
    rmSync(join(place, 'input/many/c.png'))
  })

  test('of an empty folder are refused with its name', async () => {
    await expect(outputsOf(folderFeatures, { model: await model(), folder: 'none' })).rejects.toThrow(
      'There is no picture in "none" of input.',
    )
  })

  test('change their fingerprint with the files of the folder', async () => {
    const print = () => folderFeatures.fingerprint?.({ values: { place: 'input', folder: 'many' } }, services)
    const before = await print()
    expect(await print()).toBe(before)
    writeFileSync(join(place, 'input/many/d.png'), await encodeImage(pictures(1), 0, { format: 'png' }))
    expect(await print()).not.toBe(before)
  })

  test('of two runs are joined into one set', async () => {
    const joined = (await outputsOf(joinFeatures, { features: [features([[1, 2]]), features([[3, 4]])] }))['features']
    expect(joined).toEqual(
      features([
        [1, 2],
        [3, 4],
      ]),
    )
  })
})

describe('distances of sets', () => {
  const a = features([
    [0, 0],
    [1, 0],
    [0, 2],
    [1, 2],
    [3, 1],
  ])
  const shifted = features([
    [3, 0],
    [4, 0],
    [3, 2],
    [4, 2],
    [6, 1],
  ])

  test('FID of a set and the same set moved is the squared move', async () => {
    expect((await outputsOf(frechetInceptionDistance, { real: a, generated: shifted }))['distance']).toBeCloseTo(9, 4)
  })

  test('name the features they compare, and how many', async () => {
    const { shown } = await runNode(frechetInceptionDistance, { real: a, generated: shifted })
    expect(shown).toMatchObject({ metric: 'fid:a', real: 5, generated: 5 })
  })

  test('cannot be had between features of two models', async () => {
    await expect(outputsOf(kernelInceptionDistance, { real: a, generated: features([[1, 2]], 'b') })).rejects.toThrow(
      'KID compares features of one model, but these come from a and b',
    )
  })

  test('KID is near nothing between halves of a set and larger to what was moved', async () => {
    const row = (i: number) => [(i * 7) % 5, (i * 3) % 4]
    const [one, two, far] = [0, 40, 80].map((from, part) =>
      features(Array.from({ length: 40 }, (_, i) => row(from + i).map((x) => x + (part === 2 ? 3 : 0)))),
    )
    const kid = async (generated: unknown) =>
      (await outputsOf(kernelInceptionDistance, { real: one, generated, subsets: 10, subsetSize: 20 }))[
        'distance'
      ] as number
    expect(Math.abs(await kid(two))).toBeLessThan(0.05 * (await kid(far)))
  })

  test('precision and recall tell fidelity from variety', async () => {
    const grid = features(Array.from({ length: 25 }, (_, i) => [i % 5, Math.floor(i / 5)]))
    const corner = features(Array.from({ length: 25 }, (_, i) => [(i % 5) / 10, Math.floor(i / 5) / 10]))
    const { precision, recall } = await outputsOf(precisionRecall, { real: grid, generated: corner })
    expect(precision).toBe(1)
    expect(recall).toBeLessThan(0.2)
  })
})

test('the inception score of classes by texts names towers and texts, and wants probabilities', async () => {
  const inputs = { towers: await towers(), images: [pictures(6)], classes: 'a dog\n\n a cat \na house' }
  const probabilities = (await outputsOf(classProbabilities, inputs))['probabilities'] as PictureFeatures
  expect(probabilities.tensor.shape).toEqual([6, 3])
  for (let k = 0; k < 6; k++) {
    expect(probabilities.tensor.data.subarray(k * 3, k * 3 + 3).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5)
  }
  const { outputs, shown } = await runNode(inceptionScore, { probabilities, splits: 2 })
  expect(outputs['score']).toBeGreaterThanOrEqual(1)
  expect(shown).toMatchObject({ metric: 'inception-score:patchbay-towers, 3 texts', pictures: 6 })
  await expect(outputsOf(inceptionScore, { probabilities: features([[1]]) })).rejects.toThrow(
    'link InceptionClasses or ClassProbabilities',
  )
})

test('a discriminator judges each picture and its patches, from 0 to 1', async () => {
  const { discriminator } = await outputsOf(loadDiscriminator)
  const found = await outputsOf(ganDiscriminator, { discriminator, image: pictures(2, 0, 40), text: 'a dog' })
  const patches = found['realismPatches'] as Tensor
  expect(patches.shape).toEqual([2, 40, 40])
  expect((found['matchPatches'] as Tensor).shape).toEqual([2, 40, 40])
  for (const value of [
    ...patches.data,
    ...(found['realismScores'] as number[]),
    ...(found['matchScores'] as number[]),
  ]) {
    expect(value).toBeGreaterThan(0)
    expect(value).toBeLessThan(1)
  }
  expect(found['realismScores']).toHaveLength(2)
})

test('a file that is no discriminator is no discriminator', async () => {
  await expect(outputsOf(loadDiscriminator, { discriminator: 'patchbay-towers/model.safetensors' })).rejects.toThrow(
    'model.safetensors is no discriminator',
  )
})

describe('pictures in pairs', () => {
  const image = pictures(2)

  test('of equal pictures have the best PSNR, SSIM and feature distance', async () => {
    const pair = { image, original: image }
    expect((await outputsOf(psnrNode, pair))['scores']).toEqual([Infinity, Infinity])
    expect((await outputsOf(ssimNode, pair))['score']).toBeCloseTo(1, 6)
    expect((await outputsOf(featureDistance, { model: await model(), ...pair }))['distance']).toBeCloseTo(0, 5)
  })

  test('are compared one by one, a single original with each', async () => {
    const { scores } = await outputsOf(psnrNode, { image, original: sliceBatch(image, 1, 2) })
    expect(scores).toEqual([expect.any(Number), Infinity])
    expect(Number.isFinite((scores as number[])[0])).toBe(true)
    await expect(outputsOf(ssimNode, { image, original: pictures(3) })).rejects.toThrow('there are 2 and 3')
  })

  test('show an infinite score as a word, which JSON has no number for', async () => {
    expect((await runNode(psnrNode, { image, original: image })).shown).toMatchObject({
      scores: ['Infinity', 'Infinity'],
    })
  })
})

describe('the best of n', () => {
  const image = concatBatch([pictures(2), pictures(1, 7)])

  test('is the picture with the highest score, or the lowest', async () => {
    const best = await outputsOf(bestOfN, { images: [image], scores: [3, 9, 5] })
    expect(best).toMatchObject({ score: 9, index: 1, ranking: [1, 2, 0] })
    expect(best['image']).toEqual(sliceBatch(image, 1, 2))
    expect((await outputsOf(bestOfN, { images: [image], scores: [3, 9, 5], best: 'lowest' }))['index']).toBe(0)
  })

  test('keeps several, best first, and puts what is no number last', async () => {
    const best = await outputsOf(bestOfN, { images: [image], scores: [3, NaN, 5], keep: 2 })
    expect(best['image']).toEqual(concatBatch([sliceBatch(image, 2, 3), sliceBatch(image, 0, 1)]))
    expect(best['ranking']).toEqual([2, 0, 1])
  })

  test('wants one score for each picture', async () => {
    await expect(outputsOf(bestOfN, { images: [image], scores: [1] })).rejects.toThrow(
      'There are 3 pictures and 1 scores',
    )
  })
})

test('a report keeps the numbers as JSON and draws them', async () => {
  const inputs = {
    scores: [1, 2, 2, 5],
    against: [2, 4, 4, 10],
    labels: ['a', 'b', 'c', 'd <x>'],
    name: 'match',
    bins: 2,
  }
  const { outputs, shown, artifacts, previews } = await runNode(scoreReport, inputs, { services })
  expect(outputs['table']).toBe('\tmatch\tsecond score\na\t1\t2\nb\t2\t4\nc\t2\t4\nd <x>\t5\t10')
  expect(shown).toMatchObject({ name: 'match', count: 4, mean: 2.5, median: 2, least: 1, most: 5 })
  expect(shown['correlation']).toBeCloseTo(1, 6)
  expect(previews).toMatchObject([{ width: 720, height: 360 }])
  const kept: unknown = JSON.parse(readFileSync(join(place, 'output', artifacts[0]?.name ?? ''), 'utf8'))
  expect(kept).toMatchObject({
    histogram: { edges: [1, 3, 5], counts: [3, 1] },
    rows: [{ label: 'a', match: 1 }, {}, {}, {}],
  })
})

test('a report of scores without labels for all is refused', async () => {
  await expect(runNode(scoreReport, { scores: [1, 2], labels: ['a'] }, { services })).rejects.toThrow(
    'There are 2 scores and 1 labels',
  )
})
