import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluate, featureMap, float32, Graph, renameWeights, serializeSafetensors, type Tensor } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codedStyleJson } from '../architectures/style-networks/coded-style.ts'
import { adaptiveInstanceNorm, channelStatistics, placesOf } from '../architectures/style-networks/style-statistics.ts'
import { referenceInput, referenceModel, referenceWeights } from '../testing/reference-models.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { meanStyleCode, openStyleModel, styleSession, type StyleModel } from './style-model.ts'

let place: string
let sessions: Sessions
const path = (name: string): string => join(place, name)

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-style-'))
  sessions = createSessions()
  const weightsOf = (name: string) => referenceWeights(referenceModel(name, 'style-networks'))
  mkdirSync(path('ours'))
  const config = codedStyleJson({ channels: [24, 48, 96, 128], styleSize: 128, imageSize: 64 })
  writeFileSync(path('ours/config.json'), JSON.stringify(config))
  writeFileSync(path('ours/model.safetensors'), serializeSafetensors(weightsOf('coded')))
  const under = (prefix: string) =>
    renameWeights(weightsOf('adaptive'), (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined))
  writeFileSync(path('decoder.pth'), serializeSafetensors(under('decoder.')))
  writeFileSync(path('vgg_normalised.pth'), serializeSafetensors(under('encoder.')))
  writeFileSync(path('mosaic.pth'), serializeSafetensors(weightsOf('fixed')))
  mkdirSync(path('alone'))
  writeFileSync(path('alone/decoder.pth'), serializeSafetensors(under('decoder.')))
}, 120_000)
afterAll(async () => {
  await sessions.clear()
  rmSync(place, { recursive: true, force: true })
})

const outputs = (name: string) => referenceModel(name, 'style-networks').outputs
/** The script's input of this name, with its spread and middle. */
const given = (name: string, shape: readonly number[], factor: number, middle = 0): Tensor =>
  float32(
    shape,
    referenceInput(name, ...shape).map((value) => value * factor + middle),
  )

async function drawn(model: StyleModel, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  return sessions.with(styleSession(model), async (session) => (await session.run(feeds))['drawn'] as Tensor)
}

/** The largest difference, as a share of the largest value. */
function relative({ data }: Tensor, values: readonly number[] = []): number {
  expect(data).toHaveLength(values.length)
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  return data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (values[i] ?? NaN))), 0) / most
}

describe('a style network gives what PyTorch gives', () => {
  test('of our own kind, whose code is the mean over pictures', async () => {
    const model = openStyleModel(path('ours/model.safetensors'))
    expect(model).toMatchObject({ kind: 'coded', name: 'ours' })
    const code = await meanStyleCode(sessions, model, given('reference', [2, 3, 32, 32], 1 / 1.7))
    expect(relative(code, outputs('coded')['code']?.values)).toBeLessThan(1e-4)
    const picture = given('picture', [1, 3, 32, 24], 1 / 1.7)
    expect(relative(await drawn(model, { picture, code }), outputs('coded')['drawn']?.values)).toBeLessThan(1e-4)
  })

  test('of AdaIN, from a decoder with its encoder beside it', async () => {
    const model = openStyleModel(path('decoder.pth'))
    const picture = given('picture', [1, 3, 24, 32], 1 / 3.4, 0.5)
    const style = given('reference', [1, 3, 32, 32], 1 / 3.4, 0.5)
    const made = await drawn(model, { picture, style, amount: float32([], [0.75]) })
    expect(relative(made, outputs('adaptive')['drawn']?.values)).toBeLessThan(1e-4)
  })

  test('of one style, as pytorch/examples saves it', async () => {
    const model = openStyleModel(path('mosaic.pth'))
    expect(model.kind).toBe('fixed')
    const made = await drawn(model, { picture: given('picture', [1, 3, 24, 32], 75, 127.5) })
    expect(relative(made, outputs('fixed')['drawn']?.values)).toBeLessThan(1e-4)
  })
})

test('a file that is no style network, or half of one, says what is missing', () => {
  expect(() => openStyleModel(path('alone/decoder.pth'))).toThrow(/put vgg_normalised.pth into the same folder/)
  expect(() => openStyleModel(path('vgg_normalised.pth'))).toThrow(/choose decoder.pth/)
})

test('adaptive instance normalisation gives the channel statistics of the style', async () => {
  const graph = new Graph()
  const maps = ['content', 'style'].map((name) => placesOf(featureMap(graph.input(name, 'float32', [1, 3, 8, 8]))))
  const [content, style] = maps
  if (!content || !style) throw new Error('There are two maps')
  const moved = channelStatistics(adaptiveInstanceNorm(content, channelStatistics(style)))
  const wanted = channelStatistics(style)
  for (const part of ['mean', 'deviation'] as const) {
    graph.output(part, moved[part])
    graph.output(`wanted ${part}`, wanted[part])
  }
  const feeds = { content: given('content', [1, 3, 8, 8], 2, 1), style: given('style', [1, 3, 8, 8], 0.5, -3) }
  const results = await evaluate(graph, feeds)
  for (const part of ['mean', 'deviation'] as const) {
    const [own, other] = [results[part], results[`wanted ${part}`]].map((tensor) =>
      Array.from(tensor?.data ?? [], Number),
    )
    for (const [i, value] of (own ?? []).entries()) expect(Math.abs(value - (other?.[i] ?? NaN))).toBeLessThan(1e-5)
  }
})
