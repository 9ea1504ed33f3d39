import {
  bindWeights,
  evaluate,
  featureMap,
  float32,
  Graph,
  int64,
  ops,
  Scope,
  toChannelsFirst,
  type AnyTensor,
  type AttentionForm,
} from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { createSessions } from '../networks/sessions.ts'
import { logLikelihoods, oneByOneDecoder } from '../networks/tokens/one-by-one.ts'
import { pictureTokens } from '../decoding/picture-tokens.ts'
import { referenceInput, referenceModel, referenceWeights, type ReferenceModel } from '../testing/reference-models.ts'
import { llamaGenConfigOf } from './llamagen/config.ts'
import { fullLogits } from './llamagen/llamagen.ts'
import { parseUvit2dConfig } from './uvit-2d/config.ts'
import { uvit2d } from './uvit-2d/uvit-2d.ts'
import { parseVqModelConfig } from './vq-model/config.ts'
import { decodeVectors, encodeToVectors, nearestCodes, vectorsOfCodes } from './vq-model/vq-model.ts'

const tokenModel = (name: string): ReferenceModel => referenceModel(name, 'token-models')
const given = (name: string, ...shape: readonly number[]) => float32(shape, referenceInput(name, ...shape))

function expectNear(got: AnyTensor | undefined, { outputs }: ReferenceModel, name: string): void {
  const { values, shape } = outputs[name] ?? { values: [], shape: [] }
  expect([name, got?.shape]).toEqual([name, shape])
  const largest = Math.max(...values.map(Math.abs))
  const errors = values.map((value, i) => Math.abs(Number(got?.data[i]) - value) / largest)
  expect(Math.max(...errors), name).toBeLessThan(1e-4)
}

describe("diffusers' VQModel", () => {
  test.each(['vq-model', 'vq-model-plain'])('%s gives the same vectors, codes and pictures', async (name) => {
    const model = tokenModel(name)
    const config = parseVqModelConfig(model.config, name)
    const graph = new Graph()
    const scope = new Scope(graph)
    const vectors = encodeToVectors(scope, config, featureMap(graph.input('image', 'float32', [2, 3, 16, 24])))
    const codes = nearestCodes(scope, config, vectors)
    graph.output('latents', toChannelsFirst(vectors))
    graph.output('codes', codes)
    graph.output('decoded', toChannelsFirst(decodeVectors(scope, config, vectorsOfCodes(scope, config, codes))))
    const image = given('image', 2, 3, 16, 24)
    const scaled = float32(
      image.shape,
      image.data.map((value) => value / Math.fround(1.7)),
    )
    const results = await evaluate(graph, { image: scaled }, bindWeights(referenceWeights(model)))
    expectNear(results['latents'], model, 'latents')
    expect(Array.from(results['codes']?.data ?? [], Number)).toEqual(model.outputs['indices']?.values)
    expectNear(results['decoded'], model, 'image')
  })

  test('rounds to a product grid where its codebook is one', async () => {
    const levels = [8, 5, 5, 5]
    const book = Array.from({ length: 1000 }, (_, index) => {
      let rest = index
      return levels.map((count) => {
        const level = rest % count
        rest = Math.floor(rest / count)
        return (2 * level) / (count - 1) - 1
      })
    })
    const graph = new Graph()
    const config = { ...parseVqModelConfig(tokenModel('vq-model').config, 'vq'), codes: 1000, codeWidth: 4 }
    const vectors = given('grid', 1, 4, 100, 100)
    graph.output(
      'codes',
      nearestCodes(new Scope(graph), config, featureMap(graph.input('vectors', 'float32', vectors.shape))),
    )
    const { codes } = await evaluate(graph, { vectors }, () => ({
      type: 'tensor',
      tensor: float32([1000, 4], book.flat()),
    }))
    const expected = Array.from({ length: 10_000 }, (_, place) => {
      const own = levels.map((count, d) => {
        const z = Math.min(1, Math.max(-1, vectors.data[d * 10_000 + place] ?? 0))
        return Math.round(((z + 1) / 2) * (count - 1))
      })
      return own.reduceRight((sum, level, d) => sum * (levels[d] ?? 1) + level, 0)
    })
    expect(Array.from(codes?.data ?? [], Number)).toEqual(expected)
  })
})

const pictures = [
  [3, 0, 16, 5, 5, 9, 12, 1, 0],
  [7, 7, 2, 11, 0, 4, 8, 15, 0],
]
const text = given('text', 2, 4, 10)

describe('LlamaGen', () => {
  const forms: readonly AttentionForm[] = ['fused', 'chunked', 'plain']
  test.each(['llamagen', 'llamagen-grouped'].flatMap((name) => forms.map((form) => [name, form] as const)))(
    '%s gives the same logits with %s attention, and none of a code depends on those behind it',
    async (name, attention) => {
      const model = tokenModel(name)
      const weights = referenceWeights(model)
      const config = llamaGenConfigOf(weights, name, model.config)
      const graph = new Graph()
      const inputs = {
        text: graph.input('text', 'float32', [2, 4, 10]),
        present: graph.input('present', 'float32', [2, 4]),
        ids: graph.input('ids', 'int64', [2, 9]),
      }
      graph.output('logits', fullLogits(new Scope(graph, { attention }), config, inputs))
      const present = float32([2, 4], [0, 0, 1, 1, 1, 1, 1, 1])
      const bind = bindWeights(weights)
      const results = await evaluate(graph, { text, present, ids: int64([2, 9], pictures.flat()) }, bind)
      expectNear(results['logits'], model, 'logits')
      const changed = pictures.map((codes) => codes.map((code, place) => (place >= 5 ? (code + 1) % 17 : code)))
      const other = await evaluate(graph, { text, present, ids: int64([2, 9], changed.flat()) }, bind)
      const upTo = (results: Readonly<Record<string, AnyTensor>>) => results['logits']?.data.slice(0, 6 * 17)
      expect(upTo(other)).toEqual(upTo(results))
    },
  )

  test('steps with a cache give what the whole sequence gives, with and without the text', async () => {
    const model = tokenModel('llamagen-grouped')
    const weights = referenceWeights(model)
    const config = llamaGenConfigOf(weights, 'tiny', model.config)
    const token = { key: 'tiny', title: 'tiny', kind: 'one-by-one', config, weights } as const
    const sessions = createSessions({ threads: 1 })
    const positive = { tokens: text.data.slice(40) }
    const decoder = oneByOneDecoder(sessions, token, { items: 1, positive, isGuided: true })
    const [, codes = []] = pictures
    let decoded = await decoder.prefill()
    for (let place = 0; place < 9; place++) {
      for (const [row, name] of ['logits', 'without'].entries()) {
        const expected = model.outputs[name]?.values.slice((9 + place) * 17, (10 + place) * 17) ?? []
        const got = decoded.logits.data.subarray(row * 17, (row + 1) * 17)
        for (const [code, value] of expected.entries()) expect(got[code], `${name} ${place}`).toBeCloseTo(value, 4)
      }
      if (place < 8) decoded = await decoder.step(Int32Array.of(codes[place] ?? 0), place, decoded.cache)
    }
    const logs = await logLikelihoods(sessions, token, positive, pictureTokens(Int32Array.from(codes), [1, 3, 3], 17))
    const first = model.outputs['logits']?.values.slice(9 * 17, 10 * 17) ?? []
    const total = first.reduce((sum, logit) => sum + Math.exp(logit), 0)
    expect(logs[0]).toBeCloseTo((first[7] ?? 0) - Math.log(total), 4)
    await sessions.clear()
  })
})

describe("aMUSEd's transformer", () => {
  test.each([
    ['uvit', 'fused'],
    ['uvit', 'plain'],
    ['uvit-halved', 'fused'],
  ] as const)('%s gives the same logits in its %s form', async (name, attention) => {
    const model = tokenModel(name)
    const config = parseUvit2dConfig(model.config)
    const graph = new Graph()
    const inputs = {
      codes: graph.input('codes', 'int64', [2, 4, 6]),
      text: graph.input('text', 'float32', [2, 5, 12]),
      pooled: graph.input('pooled', 'float32', [2, 10]),
      conditions: graph.input('conditions', 'float32', [2, 5]),
    }
    const logits = uvit2d(new Scope(graph, { attention }), config, inputs)
    graph.output('logits', ops.reshape(ops.transpose(logits, [0, 2, 1]), [2, 17, 4, 6]))
    const half = [3, 0, 23, 5, 5, 23, 12, 1, 9, 9, 23, 2, 23, 14, 4, 23, 1, 2, 3, 4, 5, 6, 7, 8]
    const feeds = {
      codes: int64([2, 4, 6], [...half, ...half.map(() => 23)]),
      text: given('text', 2, 5, 12),
      pooled: given('pooled', 2, 10),
      conditions: float32([2, 5], [64, 64, 0, 0, 6, 96, 64, 8, 4, 3]),
    }
    expectNear((await evaluate(graph, feeds, bindWeights(referenceWeights(model))))['logits'], model, 'logits')
  })
})
