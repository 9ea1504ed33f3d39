import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { pngOf } from '../testing/png.ts'
import { createFolders } from './folders.ts'

test('a tiny autoencoder in vae_approx is listed and found among the VAEs, behind those of that folder', async () => {
  const place = mkdtempSync(join(tmpdir(), 'patchbay-folders-'))
  onTestFinished(() => {
    rmSync(place, { recursive: true })
  })
  const at = (name: string) => join(place, name)
  for (const name of ['vae', 'vae_approx', 'loras']) mkdirSync(at(name))
  for (const file of ['vae/one.safetensors', 'vae_approx/one.safetensors', 'vae_approx/taesd_decoder.safetensors']) {
    writeFileSync(at(file), file)
  }
  const models = Object.fromEntries(['vae', 'vae_approx', 'loras'].map((name) => [name, [at(name)]]))
  const folders = createFolders({ input: [at('input')], output: at('output'), temp: at('temp'), models })
  expect(await folders.names('vae')).toEqual(['one.safetensors', 'taesd_decoder.safetensors'])
  expect(await folders.pathOf('vae', 'one.safetensors')).toBe(at('vae/one.safetensors'))
  expect(await folders.pathOf('vae', 'taesd_decoder.safetensors')).toBe(at('vae_approx/taesd_decoder.safetensors'))
  expect(await folders.names('loras')).toEqual([])
})

test('a diffusers folder is one checkpoint: with the bytes and tensors of its parts, and a hash of all of it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'patchbay-folders-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
  const weights = safetensors('w')
  mkdirSync(join(root, 'whole', 'unet'), { recursive: true })
  mkdirSync(join(root, 'bare'))
  writeFileSync(join(root, 'whole', 'model_index.json'), '{}')
  writeFileSync(join(root, 'whole', 'unet', 'model.safetensors'), weights)
  const folders = createFolders({ input: [root], output: root, temp: root, models: { checkpoints: [root] } })
  expect(await folders.names('checkpoints')).toEqual(['whole'])
  const detail = await folders.detail('checkpoints', 'whole')
  expect(detail).toMatchObject({
    bytes: weights.length + 2,
    tensors: 1,
    hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  })
  writeFileSync(join(root, 'whole', 'unet', 'model.safetensors'), safetensors('v'))
  expect((await folders.detail('checkpoints', 'whole')).hash).not.toBe(detail.hash)
  // Any other folder is no file, so that nobody reads or removes one.
  for (const name of ['bare', 'whole/unet'])
    await expect(folders.file('output', name)).rejects.toMatchObject({ code: 'not-found' })
})

test('metadata that nests without end are none, and the file is told all the same', async () => {
  const root = mkdtempSync(join(tmpdir(), 'patchbay-folders-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
  const deep = `{"__metadata__": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  writeFileSync(join(root, 'deep.safetensors'), safetensorsOf(deep))
  const folders = createFolders({ input: [root], output: root, temp: root, models: { loras: [root] } })
  expect(await folders.detail('loras', 'deep.safetensors')).toMatchObject({ metadata: {}, tensors: 0 })
})

const safetensors = (tensor: string): Buffer =>
  safetensorsOf(JSON.stringify({ [tensor]: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }))
function safetensorsOf(text: string): Buffer {
  const header = Buffer.from(text)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.alloc(4)])
}

test('many who upload different pictures under one name at once each get a name that holds their own', async () => {
  const root = mkdtempSync(join(tmpdir(), 'patchbay-folders-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
  const folders = createFolders({ input: [root], output: root, temp: root, models: {} })
  const pictures = Array.from({ length: 20 }, (_, index) => pngOf(1 + (index % 10), 1, [index, 0, 0]))
  const kept = await Promise.all(pictures.map((bytes) => folders.keep('input', 'edit.png', bytes)))
  expect(new Set(kept.map(({ name }) => name)).size).toBe(20)
  for (const [index, { name }] of kept.entries()) expect(readFileSync(join(root, name))).toEqual(pictures[index])
  expect((await folders.keep('input', 'edit.png', pictures[7] ?? new Uint8Array())).name).toBe(kept[7]?.name)
  expect(readdirSync(root)).toHaveLength(20)
})
