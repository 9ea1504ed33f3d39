import {
  binaryCrossEntropy,
  bindWeights,
  createWeightSource,
  evaluate,
  featureMap,
  float32,
  Graph,
  initialParameters,
  meanSquaredError,
  ops,
  Scope,
  toTokens,
  Trainer,
  weightOf,
} from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { philoxNormal } from '../../random/index.ts'
import {
  discriminator,
  discriminatorJson,
  parseDiscriminatorConfig,
  type DiscriminatorConfig,
} from './discriminator.ts'
import { trunkScaleOf, type ImageTrunkConfig } from './image-trunk.ts'
import { parseScoreTowerConfig, scoreTower, scoreTowerJson, type ScoreTowerConfig } from './score-tower.ts'

const trunkOf = (block: ImageTrunkConfig['block']): ImageTrunkConfig => ({
  block,
  stemChannels: 4,
  groups: [
    { expansion: 1, channels: 6, repeats: 2, stride: 2 },
    { expansion: 2, channels: 8, repeats: 1, stride: 2 },
  ],
})
const towerOf = (block: ImageTrunkConfig['block']): ScoreTowerConfig => ({
  imageSize: 16,
  trunk: trunkOf(block),
  featureSize: 12,
  projectionSize: 5,
})
const judge: DiscriminatorConfig = { imageSize: 16, trunk: trunkOf('plain'), realismGroup: 1, textSize: 7, width: 9 }

const noise = (seed: number, ...shape: number[]) => philoxNormal(seed, shape)

const randomWeights = (graph: Graph, seed: number) =>
  bindWeights(
    createWeightSource(Object.entries(initialParameters(graph, seed)).map(([name, value]) => weightOf(name, value))),
  )

test('configs are read back as they were written', () => {
  expect(parseScoreTowerConfig(scoreTowerJson(towerOf('plain')))).toEqual(towerOf('plain'))
  expect(parseDiscriminatorConfig(discriminatorJson(judge))).toEqual(judge)
  expect(trunkScaleOf(judge.trunk)).toBe(8)
})

test('a config with a block or a group that there is not says so', () => {
  expect(() => parseScoreTowerConfig({ ...scoreTowerJson(towerOf('plain')), block: 'swin' })).toThrow(
    'image_encoder/config.json: "block" is "swin"; supported are inverted-residual and plain',
  )
  expect(() => parseDiscriminatorConfig({ ...discriminatorJson(judge), realism_group: 3 })).toThrow(
    '"realism_group" is 3, but the groups are 1 to 2',
  )
})

test.each(['plain', 'inverted-residual'] as const)(
  'a tower of %s blocks embeds each picture by itself',
  async (block) => {
    const run = async (batch: number, pictures: ReturnType<typeof noise>) => {
      const graph = new Graph()
      const { embedding, features } = scoreTower(
        new Scope(graph),
        towerOf(block),
        featureMap(graph.input('image', 'float32', [batch, 3, 16, 16])),
      )
      graph.output('embedding', embedding)
      graph.output('features', features)
      return evaluate(graph, { image: pictures }, randomWeights(graph, 3))
    }
    const pair = noise(1, 2, 3, 16, 16)
    const both = await run(2, pair)
    const second = await run(1, float32([1, 3, 16, 16], pair.data.subarray(3 * 256)))
    expect(both['features']?.shape).toEqual([2, 12])
    const [whole, alone] = [both['embedding'], second['embedding']]
    if (whole?.dtype !== 'float32' || alone?.dtype !== 'float32') throw new Error('expected float32')
    alone.data.forEach((value, i) => expect(value).toBeCloseTo(whole.data[5 + i] ?? NaN, 5))
  },
)

test('a picture is judged by the mean of its patches, small ones for realism, large ones for match', async () => {
  const graph = new Graph()
  const image = featureMap(graph.input('image', 'float32', [2, 3, 16, 16]))
  const judgement = discriminator(new Scope(graph), judge, { image, text: graph.input('text', 'float32', [2, 7]) })
  for (const [name, value] of Object.entries(judgement)) graph.output(name, value)
  const feeds = { image: noise(1, 2, 3, 16, 16), text: noise(2, 2, 7) }
  const results = await evaluate(graph, feeds, randomWeights(graph, 1))
  for (const [patches, whole, count] of [
    ['patchRealism', 'realism', 16],
    ['patchMatch', 'match', 4],
  ] as const) {
    const [each, one] = [results[patches], results[whole]]
    if (each?.dtype !== 'float32' || one?.dtype !== 'float32') throw new Error('expected float32')
    expect(each.shape).toEqual([2, count])
    expect(each.data.subarray(count).reduce((sum, x) => sum + x / count, 0)).toBeCloseTo(one.data[1] ?? NaN, 5)
  }
})

test('a discriminator learns which of two texts belongs to which picture', async () => {
  const graph = new Graph()
  const image = toTokens(featureMap(graph.input('image', 'float32', [4, 3, 16, 16])))
  const { match, realism } = discriminator(new Scope(graph), judge, {
    image,
    text: graph.input('text', 'float32', [4, 7]),
  })
  const loss = ops.add(
    binaryCrossEntropy(match, graph.input('target', 'float32', [4])),
    meanSquaredError(realism, ops.mul(realism, 0)),
  )
  const trainer = await Trainer.create(loss, {
    optimizer: { type: 'adamw' },
    learningRate: 0.02,
    initial: initialParameters(graph, 1),
  })
  const twice = (values: Float32Array, ...order: number[]) =>
    Float32Array.from(
      order.flatMap((i) => [...values.subarray((i * values.length) / 2, ((i + 1) * values.length) / 2)]),
    )
  const feeds = {
    image: float32([4, 3, 16, 16], twice(noise(1, 2, 3, 16, 16).data, 0, 1, 0, 1)),
    text: float32([4, 7], twice(noise(2, 2, 7).data, 0, 1, 1, 0)),
    target: float32([4], [1, 1, 0, 0]),
  }
  const losses: number[] = []
  for (let step = 0; step < 60; step++) losses.push((await trainer.step(feeds)).loss)
  expect(losses[0]).toBeGreaterThan(0.5)
  expect(losses.at(-1)).toBeLessThan(0.1)
  await trainer.dispose()
})
