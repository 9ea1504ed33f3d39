import {
  bindWeights,
  createWeightSource,
  evaluate,
  featureMap,
  float32,
  Graph,
  int64,
  mergeWeights,
  Scope,
  toChannelsFirst,
  weightOf,
  type AnyTensor,
  type AttentionForm,
  type Feeds,
  type Tensor,
} from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import {
  referenceInput,
  referenceModel,
  referenceWeights,
  weightValues,
  type ReferenceModel,
} from '../testing/reference-models.ts'
import { decodeLatents, encodeImage } from './autoencoder-kl/autoencoder-kl.ts'
import { parseAutoencoderKLConfig } from './autoencoder-kl/config.ts'
import { scaledLatents, unscaledLatents } from './autoencoder-kl/scaled-latents.ts'
import { parseDecoderLmConfig } from './decoder-lm/config.ts'
import { decoderLm } from './decoder-lm/decoder-lm.ts'
import { fluxTransformerArchitecture } from './flux-transformer/index.ts'
import { flux2TransformerArchitecture } from './flux2-transformer/index.ts'
import type { DenoiserNetwork } from './kinds/denoiser.ts'
import { sd3TransformerArchitecture } from './sd3-transformer/index.ts'
import { parseT5EncoderConfig } from './t5-encoder/config.ts'
import { t5Encoder } from './t5-encoder/t5-encoder.ts'
import { zImageTransformerArchitecture } from './z-image-transformer/index.ts'

const newerModel = (name: string): ReferenceModel => referenceModel(name, 'newer-networks')
const given = (name: string, ...shape: readonly number[]): Tensor => float32(shape, referenceInput(name, ...shape))

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

async function expectOutputs(
  model: ReferenceModel,
  graph: Graph,
  feeds: Feeds,
  weights = referenceWeights(model),
): Promise<void> {
  const results = await evaluate(graph, feeds, bindWeights(weights))
  for (const [name, { shape, values }] of Object.entries(model.outputs)) {
    expect([name, results[name]?.shape]).toEqual([name, shape])
    expect(relativeError(results[name], values), name).toBeLessThan(1e-4)
  }
}

const networks: readonly (readonly [name: string, network: (config: unknown) => DenoiserNetwork, tokens: number])[] = [
  ...['sd3', 'sd3.5'].map((name) => [name, (json: unknown) => networkBy(sd3TransformerArchitecture, json), 5] as const),
  ...['flux-dev', 'flux-schnell', 'flux-fill'].map(
    (name) => [name, (json: unknown) => networkBy(fluxTransformerArchitecture, json), 5] as const,
  ),
  ...['flux2-klein', 'flux2-dev'].map(
    (name) => [name, (json: unknown) => networkBy(flux2TransformerArchitecture, json), 6] as const,
  ),
  ['z-image', (json) => networkBy(zImageTransformerArchitecture, json), 5],
  ['z-image-even', (json) => networkBy(zImageTransformerArchitecture, json), 64],
]

function networkBy<Config>(
  architecture: { parse(json: unknown, title: string): Config; network(config: Config): DenoiserNetwork },
  json: unknown,
): DenoiserNetwork {
  return architecture.network(architecture.parse(json, 'config.json'))
}

const forms: readonly AttentionForm[] = ['fused', 'chunked', 'plain']

describe('denoising transformers give what diffusers’ give, within 1e-4', () => {
  test.each(networks.flatMap((each) => forms.map((form) => [each[0], form, each[1], each[2]] as const)))(
    '%s with %s attention',
    async (name, attention, networkOf, tokens) => {
      const model = newerModel(name)
      const network = networkOf(model.config)
      const graph = new Graph()
      const inputs = network.inputs(graph)
      graph.output('prediction', toChannelsFirst(network.predict(new Scope(graph, { attention }), inputs)))
      const shape = model.outputs['prediction']?.shape ?? []
      const sample = given('sample', 2, network.inputChannels, ...shape.slice(2))
      const text = given('text', 2, tokens, network.textWidth)
      const pooled = network.pooledWidth === undefined ? undefined : given('pooled', 2, network.pooledWidth)
      await expectOutputs(model, graph, {
        sample,
        text,
        timestep: float32([2], [17, 801]),
        ...(pooled && { pooled }),
        ...(inputs.guidance && { guidance: float32([2], [3.5, 2]) }),
      })
    },
  )
})

describe('text encoders give what transformers’ give, within 1e-4', () => {
  const tokens = (length: number): AnyTensor =>
    int64(
      [2, length],
      [...Array.from({ length }, (_, i) => (7 * i) % 48), ...Array.from({ length }, (_, i) => (5 * i + 3) % 48)],
    )

  test.each(['t5', 'umt5'])('%s', async (name) => {
    const model = newerModel(name)
    const graph = new Graph()
    const ids = graph.input('ids', 'int64', ['texts', 90])
    graph.output('states', t5Encoder(new Scope(graph), parseT5EncoderConfig(model.config), ids))
    await expectOutputs(model, graph, { ids: tokens(90) })
  })

  test.each(['qwen3', 'qwen2'])('%s, padded and alone', async (name) => {
    const model = newerModel(name)
    const config = parseDecoderLmConfig(model.config)
    const graph = new Graph()
    const scope = new Scope(graph)
    const bias = graph.input('bias', 'float32', ['texts', 1, 11, 11])
    const [one, two, last] = decoderLm(scope, config, graph.input('ids', 'int64', ['texts', 11]), {
      states: [1, 2, 3],
      bias,
    })
    const [alone] = decoderLm(scope, config, graph.input('short', 'int64', [1, 7]), { states: [2] })
    if (!one || !two || !last || !alone) throw new Error('Four states were asked for')
    graph.output('padded.1', one)
    graph.output('padded.2', two)
    graph.output('last', last)
    graph.output('alone.2', alone)
    const seen = [11, 7].flatMap((length) =>
      Array.from({ length: 121 }, (_, index) => {
        const [row, column] = [Math.floor(index / 11), index % 11]
        return column <= row && column < length ? 0 : -1e9
      }),
    )
    const short = int64(
      [1, 7],
      Array.from({ length: 7 }, (_, i) => (5 * i + 3) % 48),
    )
    await expectOutputs(model, graph, { ids: tokens(11), short, bias: float32([2, 1, 11, 11], seen) })
  })
})

test('Flux.2’s autoencoder packs its latents and brings them to unit variance by the statistics of its file', async () => {
  const model = newerModel('autoencoder-flux2')
  const config = parseAutoencoderKLConfig(model.config)
  const graph = new Graph()
  const scope = new Scope(graph)
  const image = featureMap(graph.input('picture', 'float32', [1, 3, 'height', 'width']))
  graph.output('latents', scaledLatents(scope, config, encodeImage(scope, config, image).mean))
  const z = featureMap(graph.input('z', 'float32', [1, 16, 'rows', 'columns']))
  graph.output('image', toChannelsFirst(decodeLatents(scope, config, unscaledLatents(scope, config, z))))
  const variance = float32([16], weightValues('bn.running_var.weight', [16]))
  const weights = mergeWeights([referenceWeights(model), createWeightSource([weightOf('bn.running_var', variance)])])
  await expectOutputs(
    model,
    graph,
    { picture: given('image', 1, 3, 16, 24), z: given('latents', 1, 16, 4, 6) },
    weights,
  )
})
