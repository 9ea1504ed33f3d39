import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeightSource, float32, serializeSafetensors, weightOf, type WeightSource } from '@patchbay/onnx'
import { afterAll, describe, expect, test } from 'vitest'
import { bundledEmbeddings } from '../weights/lora/bundled-embeddings.ts'
import { findEmbeddings } from './embeddings.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-embeddings-'))
afterAll(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'people/old'), { recursive: true })

const vectors = (count: number, width: number, from = 0) =>
  float32(
    [count, width],
    Float32Array.from({ length: count * width }, (_, i) => from + i),
  )
const sourceOf = (weights: Readonly<Record<string, ReturnType<typeof vectors>>>): WeightSource =>
  createWeightSource(Object.entries(weights).map(([name, tensor]) => weightOf(name, tensor)))
const names = [
  'style.safetensors',
  'xl.safetensors',
  'name(x).safetensors',
  'people/old/ann.safetensors',
  'no.safetensors',
]
const contents: readonly WeightSource[] = [
  sourceOf({ emb_params: vectors(2, 16) }),
  sourceOf({ clip_g: vectors(1, 20), clip_l: vectors(1, 16) }),
  sourceOf({ emb_params: vectors(1, 16) }),
  sourceOf({ '0.a': vectors(1, 16), '0.b': vectors(1, 16, 100), '1.c': vectors(2, 20) }),
  sourceOf({ step: vectors(1, 2) }),
]
for (const [index, name] of names.entries()) {
  const content = contents[index]
  if (content) writeFileSync(join(folder, name), serializeSafetensors(content))
}

async function pathOf(_: string, file: string): Promise<string> {
  if (!names.includes(file)) throw new Error(`There is no "${file}" in embeddings.`)
  return join(folder, file)
}
async function search(name: string, width = 16, bundled?: ReadonlyMap<string, WeightSource>) {
  const warnings: string[] = []
  const files = { namesIn: async () => names, pathOf }
  const found = await findEmbeddings([name], {
    files,
    model: bundled ? { bundled } : {},
    width,
    warn: (message) => warnings.push(message),
  })
  return { firsts: found.get(name)?.map(([first]) => first), warnings }
}

describe('an embedding is found', () => {
  test.each([
    ['by its name', 'style', [0, 16]],
    ['by its file', 'style.safetensors', [0, 16]],
    ['with brackets in its name', 'name(x)', [0]],
    ['by its bare name in a folder, all of a list of dictionaries', 'ann', [0, 100]],
    ['by its path', 'people/old/ann', [0, 100]],
    ["by Windows' path", 'people\\old\\ann', [0, 100]],
  ])('%s', async (_, name, firsts) => {
    expect(await search(name)).toEqual({ firsts, warnings: [] })
  })

  test('with the vectors of this text encoder, of two', async () => {
    expect((await search('xl', 20)).firsts).toEqual([0])
    expect((await search('xl', 16)).warnings).toEqual([])
  })

  test('in the file of a LoRA before any other', async () => {
    const lora = sourceOf({ 'bundle_emb.style.emb_params': vectors(1, 16, 7), 'lora_unet_a.alpha': vectors(1, 1) })
    const bundled = bundledEmbeddings(lora)
    expect(await search('style', 16, bundled)).toEqual({ firsts: [7], warnings: [] })
  })
})

test.each([
  [
    'that is not there',
    'nobody',
    16,
    'embedding:nobody is left out of the prompt. There is no "nobody" in embeddings.',
  ],
  ['for another text encoder', 'style', 20, "has vectors of 16 values, but this text encoder's have 20"],
  ['that is none', 'no', 16, 'no.safetensors is no textual-inversion embedding'],
])('an embedding %s is left out and told', async (_, name, width, message) => {
  const { firsts, warnings } = await search(name, width)
  expect([firsts, warnings]).toEqual([undefined, [expect.stringContaining(message)]])
})

test('an embedding that cannot be used is an error where nobody is told', async () => {
  const files = { namesIn: async () => names, pathOf }
  await expect(findEmbeddings(['style'], { files, model: {}, width: 20 })).rejects.toThrow('of 16 values')
})
