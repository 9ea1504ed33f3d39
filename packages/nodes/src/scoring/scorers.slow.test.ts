import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bindWeights,
  createWeightSource,
  evaluate,
  featureMap,
  float32,
  Graph,
  mergeWeights,
  Scope,
  serializeSafetensors,
  weightOf,
} from '@patchbay/onnx'
import { afterAll, expect, test } from 'vitest'
import { inceptionProbabilities, inceptionV3 } from '../architectures/scorers/inception-v3.ts'
import { imageFrom, picturesOf } from '../image/image.ts'
import { createLocalServices } from '../host/local-services.ts'
import { clipScore, cosineSimilarity } from '../metrics/index.ts'
import { referenceInput, referenceModel, referenceWeights, weightValues } from '../testing/reference-models.ts'
import { inceptionClasses } from '../definitions/scores/inception-classes.ts'
import { runNode } from '../testing/run-node.ts'
import { openFeatureModel } from './feature-model.ts'
import { encodePictures } from '../networks/image-encoder.ts'
import type { PictureFeatures } from './picture-features.ts'
import { embedTexts, openScoreTowers } from './score-towers.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-scorers-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})
const services = createLocalServices({ output: folder })
const clip = referenceModel('clip', 'scorers')

/** Two pictures whose channels are spread over 0 to 1, as the script makes them. */
function pictures() {
  const values = referenceInput('pictures', 2, 3, 32, 32)
  return imageFrom(
    { batch: 2, height: 32, width: 32, channels: 3 },
    (k, y, x, c) => ((values[((k * 3 + c) * 32 + y) * 32 + x] ?? 0) / Math.fround(1.7)) * 0.5 + 0.5,
  )
}

/** The weights as a user has them: one file, its config beside it or not. */
function clipFile(name: string, rename: (weight: string) => string, config?: unknown): string {
  const source = referenceWeights(clip)
  const weights = source.names.map((weight) =>
    weightOf(
      rename(weight),
      float32([...(clip.weights[weight] ?? [])], weightValues(weight, clip.weights[weight] ?? [])),
    ),
  )
  const path = join(folder, name)
  writeFileSync(path, serializeSafetensors(createWeightSource(weights)))
  if (config !== undefined) writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  return path
}

test('the CLIP score of a small CLIP agrees with transformers within 1e-4', async () => {
  const towers = openScoreTowers(clipFile('clip.safetensors', (name) => name, clip.config))
  const seen = await encodePictures(
    services.sessions,
    towers.image,
    'embedding',
    [pictures()].flatMap((image) =>
      [0, 1].map((k) => ({ ...image, shape: [1, 32, 32, 3], data: image.data.slice(k * 3072, (k + 1) * 3072) })),
    ),
  )
  const texts = await embedTexts(services, towers, ['a photo of a cat', 'a dog'])
  const row = (vectors: typeof seen, k: number) => vectors.values.subarray(k * 24, (k + 1) * 24)
  for (const [i, expected] of (clip.outputs['cosines']?.values ?? []).entries()) {
    const [picture, text] = [row(seen, Math.floor(i / 2)), row(texts, i % 2)]
    expect(cosineSimilarity(picture, text)).toBeCloseTo(expected, 4)
    expect(Math.abs(clipScore(picture, text) - (clip.outputs['scores']?.values[i] ?? NaN))).toBeLessThan(1e-2)
  }
  expect(towers.name).toBe('clip')
})

const inception = referenceModel('inception-v3', 'scorers')

/** Variances are positive, so the script shifts what the names give. */
const inceptionWeights = () =>
  createWeightSource(
    Object.entries(inception.weights).map(([name, shape]) => {
      const values = weightValues(name, shape)
      return weightOf(
        name,
        float32([...shape], name.endsWith('running_var') ? values.map((value) => Math.abs(value) + 0.5) : values),
      )
    }),
  )

test('a narrow Inception v3 gives the features and the class probabilities of torchvision’s network within 1e-4', async () => {
  const [width, classes] = [128, 10]
  const last = weightOf('fc.weight', float32([classes, width], weightValues('fc.weight', [classes, width])))
  const graph = new Graph()
  const image = featureMap(graph.input('image', 'float32', [1, 3, 299, 299]))
  const scope = new Scope(graph)
  const features = inceptionV3(scope, { width: 1 / 16 }, image)
  graph.output('features', features)
  graph.output('probabilities', inceptionProbabilities(scope, classes, features))
  const values = referenceInput('picture', 1, 3, 299, 299).map((value) => value / Math.fround(1.7))
  const found = await evaluate(
    graph,
    { image: float32([1, 3, 299, 299], values) },
    bindWeights(mergeWeights([inceptionWeights(), createWeightSource([last])])),
  )
  const errorOf = (output: string): number => {
    const expected = inception.outputs[output]?.values ?? []
    const given = found[output]
    if (given?.dtype !== 'float32') throw new Error('expected float32')
    expect(given.data).toHaveLength(expected.length)
    return Math.hypot(...expected.map((value, i) => value - (given.data[i] ?? NaN))) / Math.hypot(...expected)
  }
  expect(inception.outputs['probabilities']?.values).toHaveLength(classes)
  expect(errorOf('features')).toBeLessThan(1e-4)
  expect(errorOf('probabilities')).toBeLessThan(1e-4)
})

test('Inception weights in a file serve as a feature model under the name of the file', async () => {
  const path = join(folder, 'pt_inception.safetensors')
  writeFileSync(path, serializeSafetensors(inceptionWeights()))
  const model = openFeatureModel(path)
  const image = imageFrom({ batch: 1, height: 20, width: 30, channels: 3 }, (_, y, x, c) => ((x + y * c) % 5) / 4)
  const { width } = await encodePictures(services.sessions, model, 'features', [image])
  expect([model.name, model.input.size, width]).toEqual(['pt_inception', 299, 128])
})

test('the last layer of Inception gives class probabilities without its bias, as the published score takes them', async () => {
  const image = imageFrom({ batch: 2, height: 20, width: 30, channels: 3 }, (k, y, x, c) => ((x + y * c + k) % 5) / 4)
  const width = 128
  const weight = weightValues('fc.weight', [10, width])
  const source = inceptionWeights()
  const own = source.names.flatMap((name) => source.get(name) ?? [])
  const last = [
    weightOf('fc.weight', float32([10, width], weight)),
    weightOf(
      'fc.bias',
      float32(
        [10],
        new Float32Array(10).map((_, i) => i),
      ),
    ),
  ]
  const path = join(folder, 'pt_inception_fc.safetensors')
  writeFileSync(path, serializeSafetensors(createWeightSource([...own, ...last])))
  const model = openFeatureModel(path)
  const [features, found] = [
    await encodePictures(services.sessions, model, 'features', picturesOf([image])),
    (await runNode(inceptionClasses, { model, images: [image] }, { services })).outputs['probabilities'],
  ]
  const expected = [0, 1].flatMap((k) => {
    const row = features.values.subarray(k * width, (k + 1) * width)
    const powers = Array.from({ length: 10 }, (_, c) =>
      Math.exp(row.reduce((sum, value, i) => sum + value * (weight[c * width + i] ?? NaN), 0)),
    )
    const all = powers.reduce((sum, power) => sum + power, 0)
    return powers.map((power) => power / all)
  })
  expect(found).toMatchObject({ model: 'pt_inception_fc', kind: 'probabilities', tensor: { shape: [2, 10] } })
  const { data } = (found as PictureFeatures).tensor
  expect(Math.max(...expected.map((value, i) => Math.abs(value - (data[i] ?? NaN))))).toBeLessThan(1e-5)
})

test('a feature model without classes says so', async () => {
  const path = join(folder, 'pt_inception_plain.safetensors')
  writeFileSync(path, serializeSafetensors(inceptionWeights()))
  const image = imageFrom({ batch: 1, height: 8, width: 8, channels: 3 }, () => 0.5)
  const run = runNode(inceptionClasses, { model: openFeatureModel(path), images: [image] }, { services })
  await expect(run).rejects.toThrow('pt_inception_plain knows no classes: load Inception v3 with its last layer')
})
