import {
  bindWeights,
  evaluate,
  featureMap,
  float32,
  Graph,
  int64,
  Scope,
  toChannelsFirst,
  type AnyTensor,
  type Feeds,
  type Value,
} from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { referenceInput, referenceModel, referenceWeights, type ReferenceModel } from '../testing/reference-models.ts'
import { parseAutoencoderKLConfig } from './autoencoder-kl/config.ts'
import { decodeLatents, encodeImage } from './autoencoder-kl/autoencoder-kl.ts'
import { decodeTiny, encodeTiny, parseAutoencoderTinyConfig } from './autoencoder-tiny/autoencoder-tiny.ts'
import { parseClipTextConfig } from './clip-text/config.ts'
import { clipText, pooledText } from './clip-text/clip-text.ts'
import { clipVision, parseClipVisionConfig } from './clip-vision/clip-vision.ts'
import { controlNet, parseControlNetConfig } from './control-net/control-net.ts'
import { parseUNet2DConditionConfig } from './unet-2d-condition/config.ts'
import { unet2dCondition } from './unet-2d-condition/unet-2d-condition.ts'

const given = (name: string, ...shape: readonly number[]): AnyTensor => float32(shape, referenceInput(name, ...shape))

/** Relative error in the Euclidean norm. */
function relativeError(got: AnyTensor | undefined, expected: readonly number[]): number {
  if (!got || got.dtype !== 'float32' || got.data.length !== expected.length) return Infinity
  let [error, size] = [0, 0]
  for (const [index, value] of expected.entries()) {
    error += ((got.data[index] ?? NaN) - value) ** 2
    size += value ** 2
  }
  return Math.sqrt(error / size)
}

async function expectOutputs(model: ReferenceModel, graph: Graph, feeds: Feeds): Promise<void> {
  const results = await evaluate(graph, feeds, bindWeights(referenceWeights(model)))
  for (const [name, { shape, values }] of Object.entries(model.outputs)) {
    expect([name, results[name]?.shape]).toEqual([name, shape])
    expect(relativeError(results[name], values), name).toBeLessThan(1e-4)
  }
}

describe('graphs give what diffusers and transformers give, within 1e-4', () => {
  const unets = ['unet-sd1', 'unet-sd2', 'unet-sdxl', 'unet-inpainting', 'unet-lcm']
  test.each(unets.flatMap((name) => (['fused', 'chunked', 'plain'] as const).map((form) => [name, form] as const)))(
    '%s with %s attention',
    async (name, attention) => {
      const model = referenceModel(name)
      const config = parseUNet2DConditionConfig(model.config)
      const graph = new Graph()
      const input = (title: string, ...shape: readonly number[]): Value =>
        graph.input(title, 'float32', ['batch', ...shape])
      const prediction = unet2dCondition(new Scope(graph, { attention }), config, {
        sample: featureMap(graph.input('noisy', 'float32', ['batch', config.inChannels, 'height', 'width'])),
        timestep: input('timestep'),
        text: graph.input('text', 'float32', ['batch', 'tokens', 24]),
        ...(config.addition && { pooled: input('pooled', 20), sizes: input('sizes', 6) }),
        ...(config.guidanceEmbeddingSize !== undefined && {
          guidance: input('guidance', config.guidanceEmbeddingSize),
        }),
      })
      graph.output('sample', toChannelsFirst(prediction))
      const sizes = Float32Array.from({ length: 12 }, (_, index) => index * 37)
      await expectOutputs(model, graph, {
        noisy: given('sample', 2, config.inChannels, 8, 8),
        timestep: float32([2], [17, 801]),
        text: given('text', 2, 5, 24),
        ...(config.addition && { pooled: given('pooled', 2, 20), sizes: float32([2, 6], sizes) }),
        ...(config.guidanceEmbeddingSize !== undefined && {
          guidance: given('guidance', 2, config.guidanceEmbeddingSize),
        }),
      })
    },
  )

  test('autoencoder-kl, both ways', async () => {
    const model = referenceModel('autoencoder-kl')
    const config = parseAutoencoderKLConfig(model.config)
    const graph = new Graph()
    const scope = new Scope(graph)
    const image = featureMap(graph.input('picture', 'float32', ['batch', 3, 'height', 'width']))
    const { mean, logVariance } = encodeImage(scope, config, image)
    graph.output('mean', mean)
    graph.output('logvar', logVariance)
    const latents = featureMap(graph.input('latents', 'float32', ['batch', 4, 'rows', 'columns']))
    graph.output('image', toChannelsFirst(decodeLatents(scope, config, latents)))
    await expectOutputs(model, graph, { picture: given('image', 1, 3, 16, 16), latents: given('latents', 1, 4, 8, 8) })
  })

  test.each(['clip-text', 'open-clip-text'])('%s', async (name) => {
    const model = referenceModel(name)
    const config = parseClipTextConfig(model.config)
    const graph = new Graph()
    const scope = new Scope(graph)
    const { hiddenStates, lastHiddenState } = clipText(scope, config, {
      tokens: graph.input('tokens', 'int64', ['batch', 7]),
    })
    const penultimate = hiddenStates.at(-2)
    if (penultimate) graph.output('penultimate', penultimate)
    graph.output('lastHiddenState', lastHiddenState)
    graph.output('pooled', pooledText(scope, config, lastHiddenState, graph.input('ends', 'int64', ['batch', 2])))
    const tokens = int64([2, 7], [97, 5, 17, 40, 98, 98, 98, 97, 8, 98, 98, 98, 98, 98])
    await expectOutputs(model, graph, { tokens, ends: int64([2, 2], [0, 4, 1, 2]) })
  })

  test('control-net, whose hint has the size of the picture', async () => {
    const model = referenceModel('control-net')
    const config = parseControlNetConfig(model.config)
    const graph = new Graph()
    const residuals = controlNet(new Scope(graph), config, {
      sample: featureMap(graph.input('noisy', 'float32', ['batch', 4, 'height', 'width'])),
      timestep: graph.input('timestep', 'float32', ['batch']),
      text: graph.input('text', 'float32', ['batch', 'tokens', 24]),
      hint: featureMap(graph.input('hint', 'float32', ['batch', 3, 'pixels', 'columns'])),
      strength: graph.input('strength', 'float32', []),
    })
    for (const [index, map] of residuals.entries()) {
      graph.output(index === residuals.length - 1 ? 'mid' : `down.${index}`, toChannelsFirst(map))
    }
    await expectOutputs(model, graph, {
      noisy: given('sample', 2, 4, 8, 8),
      timestep: float32([2], [17, 801]),
      text: given('text', 2, 5, 24),
      hint: given('hint', 2, 3, 16, 16),
      strength: float32([], [0.7]),
    })
  })

  test('autoencoder-tiny, both ways', async () => {
    const model = referenceModel('autoencoder-tiny')
    const config = parseAutoencoderTinyConfig(model.config)
    const graph = new Graph()
    const scope = new Scope(graph)
    const picture = featureMap(graph.input('picture', 'float32', ['batch', 3, 'height', 'width']))
    graph.output('latents', toChannelsFirst(encodeTiny(scope, config, picture)))
    const latents = featureMap(graph.input('z', 'float32', ['batch', 4, 'rows', 'columns']))
    graph.output('image', toChannelsFirst(decodeTiny(scope, config, latents)))
    await expectOutputs(model, graph, { picture: given('image', 1, 3, 16, 16), z: given('latents', 1, 4, 8, 8) })
  })

  test('clip-vision', async () => {
    const model = referenceModel('clip-vision')
    const config = parseClipVisionConfig(model.config)
    const graph = new Graph()
    const picture = featureMap(graph.input('picture', 'float32', ['batch', 3, 16, 16]))
    const { embedding, hiddenStates } = clipVision(new Scope(graph), config, picture)
    graph.output('embedding', embedding)
    const penultimate = hiddenStates.at(-2)
    if (penultimate) graph.output('penultimate', penultimate)
    await expectOutputs(model, graph, { picture: given('image', 2, 3, 16, 16) })
  })
})
