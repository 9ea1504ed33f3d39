import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeightSource, serializeSafetensors, weightOf, type Tensor } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import { philoxNormal } from '../../random/index.ts'
import type { Conditioning } from '../../values/conditioning.ts'
import type { Services } from '../../host/services.ts'
import { runNode } from '../../testing/run-node.ts'
import { singleFile, tinyCheckpoint, writeDiffusersFolder } from '../../testing/tiny-checkpoint.ts'
import { textEncode } from '../conditioning/text-encode.ts'
import { emptyLatents } from '../latents/empty-latents.ts'
import { vaeDecode } from '../latents/vae-decode.ts'
import { sample } from '../sampling/sample.ts'
import { loadCheckpoint } from './load-checkpoint.ts'
import { loadDiffusionModelNode } from './load-diffusion-model.ts'
import { loadLora } from './load-lora.ts'
import { loadTextEncoder } from './load-text-encoder.ts'
import { loadVae } from './load-vae.ts'

const folderNames = ['checkpoints', 'loras', 'embeddings', 'vae', 'diffusion_models', 'text_encoders']
let place: string
let services: Services
const random = (name: string, seed: number, ...shape: number[]) => weightOf(name, philoxNormal(seed, shape))

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-loaders-'))
  for (const folder of folderNames) mkdirSync(join(place, folder))
  const checkpoint = tinyCheckpoint()
  writeFileSync(join(place, 'checkpoints/single.safetensors'), serializeSafetensors(singleFile(checkpoint)))
  writeDiffusersFolder(join(place, 'checkpoints/folder'), checkpoint)
  writeFileSync(join(place, 'vae/own.safetensors'), serializeSafetensors(checkpoint.vae))
  writeFileSync(join(place, 'diffusion_models/unet.safetensors'), serializeSafetensors(checkpoint.unet))
  writeFileSync(join(place, 'text_encoders/clip.safetensors'), serializeSafetensors(checkpoint.textEncoder))
  const layer = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q'
  const lora = [random(`${layer}.lora_up.weight`, 1, 32, 2), random(`${layer}.lora_down.weight`, 2, 2, 32)]
  writeFileSync(join(place, 'loras/one.safetensors'), serializeSafetensors(createWeightSource(lora)))
  const foreign = [
    random('lora_unet_nowhere.lora_up.weight', 1, 4, 2),
    random('lora_unet_nowhere.lora_down.weight', 2, 2, 4),
  ]
  writeFileSync(join(place, 'loras/foreign.safetensors'), serializeSafetensors(createWeightSource(foreign)))
  writeFileSync(
    join(place, 'embeddings/style.safetensors'),
    serializeSafetensors(createWeightSource([random('emb_params', 3, 2, 64)])),
  )
  writeFileSync(
    join(place, 'embeddings/xl.safetensors'),
    serializeSafetensors(createWeightSource([random('clip_g', 3, 2, 1280)])),
  )
  const folders = Object.fromEntries(folderNames.map((name) => [name, [join(place, name)]]))
  services = createLocalServices({ folders, output: place })
}, 240_000)
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

const opened = async (checkpoint: string) => (await runNode(loadCheckpoint, { checkpoint }, { services })).outputs
async function encoded(text: string, textEncoder?: unknown): Promise<Conditioning> {
  const own = textEncoder ?? (await opened('folder'))['textEncoder']
  return (await runNode(textEncode, { textEncoder: own, text }, { services })).outputs['conditioning'] as Conditioning
}
async function pictureOf(parts: Readonly<Record<string, unknown>>): Promise<Tensor> {
  const latents = (await runNode(emptyLatents, { width: 64, height: 64 })).outputs['latents']
  const [positive, negative] = [await encoded('a cat', parts['textEncoder']), await encoded('', parts['textEncoder'])]
  const sampled = await runNode(sample, { ...parts, positive, negative, latents, steps: 2 }, { services })
  return (await runNode(vaeDecode, { vae: parts['vae'], latents: sampled.outputs['latents'] }, { services })).outputs[
    'image'
  ] as Tensor
}

describe('a checkpoint of the Stable Diffusion family', () => {
  test('gives one picture from a single file and from a folder', async () => {
    const [a, b] = [await pictureOf(await opened('single.safetensors')), await pictureOf(await opened('folder'))]
    expect(a.shape).toEqual([1, 64, 64, 3])
    expect(a).toEqual(b)
  })

  test('is known by its traits before anything runs', async () => {
    const traits = await loadCheckpoint.traits?.({ values: { checkpoint: 'folder' }, links: {} }, services)
    expect(traits?.model).toMatchObject({ latentChannels: 4, latentScale: 8, conditioningWidth: 64 })
  })

  test('that is not there is told with those that are', async () => {
    await expect(opened('missing.safetensors')).rejects.toThrow(
      'There is no "missing.safetensors" in checkpoints. There is folder,',
    )
  })

  test('outside of its folder is not there', async () => {
    await expect(opened('../loras/one.safetensors')).rejects.toThrow('There is no')
  })
})

describe('a prompt', () => {
  test('becomes 77 places a chunk, and more for a long one', async () => {
    expect((await encoded('a cat'))[0]?.embeddings.shape).toEqual([1, 77, 64])
    expect((await encoded('cat '.repeat(100)))[0]?.embeddings.shape).toEqual([1, 154, 64])
    expect((await encoded('a BREAK b'))[0]?.embeddings.shape).toEqual([1, 154, 64])
  })

  test('changes with a weight, and a weight of 1 is none', async () => {
    expect(await encoded('a (cat:1)')).toEqual(await encoded('a cat'))
    expect(await encoded('a (cat:1.3)')).not.toEqual(await encoded('a cat'))
  })

  test('with a schedule has a part for each stretch of steps', async () => {
    const parts = await encoded('a [cat:dog:0.25]')
    expect(parts.map(({ duringSteps }) => duringSteps)).toEqual([
      [0, 0.25],
      [0.25, 1],
    ])
    expect(parts[0]?.embeddings).toEqual((await encoded('a cat'))[0]?.embeddings)
  })

  test('takes a textual inversion by name, and refuses one of another family', async () => {
    expect(await encoded('a embedding:style')).not.toEqual(await encoded('a style'))
    await expect(encoded('a embedding:xl')).rejects.toThrow("vectors of 1280 values, but this text encoder's have 64")
    await expect(encoded('a embedding:none')).rejects.toThrow(
      'There is no "none" in embeddings. There is style.safetensors, xl.safetensors.',
    )
  })
})

describe('a LoRA', () => {
  const withLora = async (lora: string, strength: number) => {
    const parts = await opened('folder')
    const { outputs, shown } = await runNode(loadLora, { ...parts, lora, modelStrength: strength }, { services })
    return { parts: { ...parts, ...outputs }, shown }
  }

  test('changes the picture, and at strength 0 changes nothing', async () => {
    const plain = await pictureOf(await opened('folder'))
    expect(await pictureOf((await withLora('one.safetensors', 0)).parts)).toEqual(plain)
    const { parts, shown } = await withLora('one.safetensors', 1)
    expect(await pictureOf(parts)).not.toEqual(plain)
    expect(shown).toEqual({ changes: 1, unmatched: 0 })
  })

  test('of another family is refused with the reason', async () => {
    await expect(withLora('foreign.safetensors', 1)).rejects.toThrow('changes nothing of this')
  })
})

test('a denoising network, a text encoder and a VAE from their own files are the checkpoint they came from', async () => {
  const { model } = (await runNode(loadDiffusionModelNode, { model: 'unet.safetensors' }, { services })).outputs
  const encoder = await runNode(loadTextEncoder, { textEncoder: 'clip.safetensors' }, { services })
  const { vae } = (await runNode(loadVae, { vae: 'own.safetensors' }, { services })).outputs
  expect(await pictureOf({ model, ...encoder.outputs, vae })).toEqual(await pictureOf(await opened('folder')))
  const values = { textEncoder: 'clip.safetensors', second: '' }
  expect(await loadTextEncoder.traits?.({ values, links: {} }, services)).toMatchObject({
    textEncoder: { conditioningWidth: 64 },
  })
})

test('a VAE of its own decodes as the one of the checkpoint that it came from', async () => {
  const parts = await opened('folder')
  const { vae } = (await runNode(loadVae, { vae: 'own.safetensors' }, { services })).outputs
  expect(await pictureOf({ ...parts, vae })).toEqual(await pictureOf(parts))
  await expect(runNode(loadVae, { vae: 'missing' }, { services })).rejects.toThrow(
    'There is own.safetensors, patchbay-faces/diffusion_pytorch_model.safetensors.',
  )
})
