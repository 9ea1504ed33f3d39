import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { float32, zeros, type Tensor } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PictureTokens } from '../../decoding/picture-tokens.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { Services } from '../../host/services.ts'
import { imageFrom } from '../../image/image.ts'
import { runNode } from '../../testing/run-node.ts'
import { writeTinyTokenModels } from '../../testing/tiny-token-models.ts'
import { tokensCodec } from '../../values/value-codecs.ts'
import { textEncode } from '../conditioning/text-encode.ts'
import { detokenizeImage } from './detokenize-image.ts'
import { loadImageTokenizer } from './load-image-tokenizer.ts'
import { loadTokenModel } from './load-token-model.ts'
import { sampleTokensNode } from './sample-tokens.ts'
import { showTokens } from './show-tokens.ts'
import { tokenLikelihood } from './token-likelihood.ts'
import { tokenizeImage } from './tokenize-image.ts'
import { unmaskTokens } from './unmask-tokens.ts'

let place: string
let services: Services
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-tokens-'))
  writeTinyTokenModels(place)
  const folders = ['image_tokenizers', 'token_models'].map((name) => [name, [join(place, name)]] as const)
  services = createLocalServices({ output: join(place, 'output'), folders: Object.fromEntries(folders), threads: 1 })
})
afterAll(async () => {
  await services.sessions.clear()
  rmSync(place, { recursive: true, force: true })
})

const tokenizerNamed = async (name: string) =>
  (await runNode(loadImageTokenizer, { imageTokenizer: `${name}/diffusion_pytorch_model.safetensors` }, { services }))
    .outputs['imageTokenizer']
const modelNamed = async (tokenModel: string) => {
  const { outputs } = await runNode(loadTokenModel, { tokenModel }, { services })
  const text = { textEncoder: outputs['textEncoder'], text: 'a red apple' }
  const { conditioning } = (await runNode(textEncode, text, { services })).outputs
  return { tokenModel: outputs['tokenModel'], imageTokenizer: outputs['imageTokenizer'], positive: conditioning }
}
const oneByOne = () => modelNamed('one-by-one/model.safetensors')
const masked = () => modelNamed('masked')
const picture = imageFrom(
  { batch: 2, height: 8, width: 12, channels: 3 },
  (k, y, x, c) => ((k + y * 5 + x * 3 + c) % 11) / 10,
)
const dataOf = (tokens: unknown): number[] => [...(tokens as PictureTokens).data]

describe('an image tokenizer', () => {
  test('turns pictures into codes, shows them, and makes pictures of them', async () => {
    const imageTokenizer = await tokenizerNamed('tiny')
    const { tokens } = (await runNode(tokenizeImage, { imageTokenizer, image: picture }, { services })).outputs
    expect(tokens).toMatchObject({ shape: [2, 4, 6], codes: 40 })
    expect(new Set(dataOf(tokens)).size).toBeGreaterThan(3)
    const { image } = (await runNode(detokenizeImage, { imageTokenizer, tokens }, { services })).outputs
    expect((image as Tensor).shape).toEqual([2, 8, 12, 3])
    const shown = await runNode(showTokens, { tokens, cell: 3 })
    expect((shown.outputs['image'] as Tensor).shape).toEqual([2, 12, 18, 3])
    expect(shown.previews.length).toBe(2)
    expect(await tokensCodec.decode(await tokensCodec.encode(tokens as PictureTokens))).toEqual(tokens)
  })

  test('says which size it needs, and refuses tokens of another codebook', async () => {
    const imageTokenizer = await tokenizerNamed('tiny')
    const odd = float32([1, 7, 12, 3], new Float32Array(7 * 12 * 3))
    await expect(runNode(tokenizeImage, { imageTokenizer, image: odd }, { services })).rejects.toThrow(
      'resize it to 12 × 8',
    )
    const other = { data: new Int32Array(4), shape: [1, 2, 2], codes: 1000 }
    await expect(runNode(detokenizeImage, { imageTokenizer, tokens: other }, { services })).rejects.toThrow(
      'a codebook of 1000 entries, but tiny',
    )
  })
})

describe('patches one by one', () => {
  test('item k is the picture of seed + k alone, a picture is shown after each row, and a likelihood is told', async () => {
    const model = await oneByOne()
    const together = await runNode(sampleTokensNode, { ...model, seed: 5n, pictures: 2 }, { services })
    const alone = await runNode(sampleTokensNode, { ...model, seed: 6n }, { services })
    const { tokens } = together.outputs
    expect(tokens).toMatchObject({ shape: [2, 3, 3], codes: 17 })
    expect(dataOf(tokens).slice(9)).toEqual(dataOf(alone.outputs['tokens']))
    expect(dataOf(tokens).slice(0, 9)).not.toEqual(dataOf(tokens).slice(9))
    expect(alone.steps).toEqual([1, 2, 3].map((row) => [row, 3]))
    expect(alone.previews.map(({ width, height }) => [width, height])).toEqual([1, 2, 3].map(() => [6, 6]))
    const greedy = await runNode(
      sampleTokensNode,
      { ...model, seed: 1n, temperature: 0, guidanceScale: 1 },
      { services },
    )
    const bits = async (some: unknown) =>
      (await runNode(tokenLikelihood, { ...model, tokens: some }, { services })).outputs['bitsPerToken'] as number
    expect(await bits(greedy.outputs['tokens'])).toBeLessThan(await bits(tokens))
  })

  test('says that a long prompt is cut, and refuses one of another text encoder and a masked model', async () => {
    const model = await oneByOne()
    const { outputs } = await runNode(loadTokenModel, { tokenModel: 'one-by-one/model.safetensors' }, { services })
    const text = { textEncoder: outputs['textEncoder'], text: 'a very long prompt about a red apple on a green table' }
    const { conditioning } = (await runNode(textEncode, text, { services })).outputs
    const cut = await runNode(sampleTokensNode, { ...model, positive: conditioning, seed: 1n }, { services })
    expect(cut.warnings[0]).toMatch(/reads 4: those behind are left out/)
    const foreign = [{ embeddings: zeros('float32', [1, 77, 768]) }]
    await expect(runNode(sampleTokensNode, { ...model, positive: foreign, seed: 1n }, { services })).rejects.toThrow(
      '768 values a token',
    )
    await expect(runNode(sampleTokensNode, { ...(await masked()), seed: 1n }, { services })).rejects.toThrow(
      'use UnmaskTokens',
    )
  })
})

describe('patches all at once', () => {
  test('are whole after the last pass, the same for a seed, and shown after each', async () => {
    const model = await masked()
    const together = await runNode(unmaskTokens, { ...model, seed: 5n, pictures: 2, steps: 3 }, { services })
    const alone = await runNode(unmaskTokens, { ...model, seed: 6n, steps: 3 }, { services })
    expect(together.outputs['tokens']).toMatchObject({ shape: [2, 4, 4], codes: 17 })
    expect(dataOf(together.outputs['tokens']).slice(16)).toEqual(dataOf(alone.outputs['tokens']))
    expect(Math.max(...dataOf(together.outputs['tokens']))).toBeLessThan(17)
    expect(alone.previews.length).toBe(3)
    expect(alone.steps).toEqual([1, 2, 3].map((pass) => [pass, 3]))
  })

  test('repaint what a mask covers and nothing else', async () => {
    const model = await masked()
    const tokens = { data: Int32Array.from({ length: 16 }, (_, place) => place), shape: [1, 4, 4], codes: 17 }
    const mask = float32(
      [1, 8, 8],
      Float32Array.from({ length: 64 }, (_, i) => Number(i % 8 >= 4)),
    )
    const { outputs } = await runNode(unmaskTokens, { ...model, tokens, mask, seed: 3n, steps: 4 }, { services })
    const made = dataOf(outputs['tokens'])
    const left = (place: number) => place % 4 < 2
    expect(made.filter((_, place) => left(place))).toEqual([...tokens.data].filter(left))
    expect(made).not.toEqual([...tokens.data])
    const wrong = float32([1, 9, 8], new Float32Array(72))
    await expect(runNode(unmaskTokens, { ...model, tokens, mask: wrong, seed: 3n }, { services })).rejects.toThrow(
      'its sides must be multiples of these',
    )
    await expect(runNode(unmaskTokens, { ...model, tokens, seed: 3n }, { services })).rejects.toThrow(
      'the mask is missing',
    )
  })
})
