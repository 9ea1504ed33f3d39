import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  bindWeights,
  createWeightSource,
  evaluate,
  featureMap,
  float32,
  Graph,
  int64,
  readWeightAsFloat32,
  requireFloat32,
  requireWeight,
  Scope,
  weightOf,
} from '@patchbay/onnx'
import { afterAll, describe, expect, test } from 'vitest'
import { parseBlipConfig } from '../architectures/blip/config.ts'
import { blipSeen, blipText } from '../architectures/blip/text-decoder.ts'
import { blipVision } from '../architectures/blip/vision.ts'
import { imageFrom } from '../image/image.ts'
import { referenceInput, referenceWeights, type ReferenceModel } from '../testing/reference-models.ts'
import { captionPicture, type Captioner } from './captioner.ts'
import { createSessions } from './sessions.ts'

interface Spoken extends ReferenceModel {
  readonly prompt: readonly number[]
  readonly said: Readonly<Record<string, readonly number[]>>
}
const vectors = resolve(import.meta.dirname, '../../../../tests/reference/vectors/captions.json.gz')
const { blip } = JSON.parse(gunzipSync(readFileSync(vectors)).toString()) as { readonly blip: Spoken }
const { vision, text } = parseBlipConfig(blip.config)
const biasName = 'text_decoder.cls.predictions.bias'

/** The weights as the script makes them: the end of a caption is likelier than other words. */
function weights() {
  const source = referenceWeights(blip)
  const bias = readWeightAsFloat32(source, biasName)
  bias[text.endToken] = (bias[text.endToken] ?? 0) + Math.fround(0.3)
  const own = weightOf(biasName, float32([bias.length], bias))
  return createWeightSource(source.names.map((name) => (name === biasName ? own : requireWeight(source, name))))
}

const sessions = createSessions()
afterAll(() => sessions.clear())

const pixels = float32([1, 3, 32, 32], referenceInput('picture', 1, 3, 32, 32))
const picture = imageFrom(
  { batch: 1, height: 32, width: 32, channels: 3 },
  (_, y, x, c) => pixels.data[(c * 32 + y) * 32 + x] ?? 0,
)

const captioner: Captioner = {
  key: 'tiny-blip',
  name: 'tiny-blip',
  weights: weights(),
  input: { size: 32, fit: 'stretch', method: 'bicubic', mean: [0, 0, 0], deviation: [1, 1, 1] },
  text,
  words: { encode: (words) => words.split(' ').map(Number), decode: (ids) => ids.join(' ') },
  tasks: {},
  memory: (scope, image) => blipVision(scope, vision, image),
}

describe("BLIP gives what transformers' gives", () => {
  test('tower and logits agree within 1e-4', async () => {
    const graph = new Graph()
    const scope = new Scope(graph)
    const seen = blipVision(scope, vision, featureMap(graph.input('image', 'float32', [1, 3, 32, 32])))
    const ids = graph.input('ids', 'int64', [1, 5])
    const positions = graph.input('positions', 'int64', [5])
    graph.output('vision', seen)
    graph.output('logits', blipText(scope, text, { ids, positions, seen: blipSeen(scope, text, seen) }).logits)
    const feeds = { image: pixels, ids: int64([1, 5], [...blip.prompt, 20, 9]), positions: int64([5], [0, 1, 2, 3, 4]) }
    const results = await evaluate(graph, feeds, bindWeights(captioner.weights))
    for (const [name, { shape, values }] of Object.entries(blip.outputs)) {
      const got = requireFloat32(results[name], name)
      expect(got.shape).toEqual(shape)
      for (const [i, value] of values.entries()) expect(Math.abs((got.data[i] ?? NaN) - value)).toBeLessThan(1e-4)
    }
  })

  test.each(Object.entries(blip.said))('with %s beams it says the same', async (beams, expected) => {
    const words: string[] = []
    const caption = await captionPicture(sessions, captioner, picture, {
      prompt: blip.prompt.slice(1).join(' '),
      beams: Number(beams),
      maxTokens: 12,
      temperature: 0,
      seed: 0,
      onWords: (so) => words.push(so),
    })
    expect(caption).toBe(expected.filter((id) => id !== text.endToken).join(' '))
    expect(words.length).toBeGreaterThan(1)
    expect(words[0]?.split(' ')).toHaveLength(1)
  })
})

test('a drawn caption follows from its seed, and a prompt without room for a caption says so', async () => {
  const drawn = (seed: number) =>
    captionPicture(sessions, captioner, picture, { prompt: '7 11', beams: 1, maxTokens: 8, temperature: 1, seed })
  expect(await drawn(3)).toBe(await drawn(3))
  expect(await drawn(3)).not.toBe(await drawn(4))
  const prompt = Array.from({ length: 30 }, () => '7').join(' ')
  const asked = { prompt, beams: 1, maxTokens: 8, temperature: 0, seed: 0 }
  await expect(captionPicture(sessions, captioner, picture, asked)).rejects.toThrow(
    '30 tokens, but tiny-blip has 24 places',
  )
})
