import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeightSource, float32, renameWeights, serializeSafetensors, weightOf } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDenoiser } from '../diffusion/process/denoiser.ts'
import { referenceInput } from '../testing/reference-models.ts'
import { singleFile, tinyCheckpoint, writeDiffusersFolder } from '../testing/tiny-checkpoint.ts'
import { encodeClipText } from '../networks/clip-encoding.ts'
import { denoisingNetwork } from '../networks/denoising-network.ts'
import { decodeToImage, encodeToLatents } from '../networks/image-autoencoder.ts'
import { openCheckpoint } from './open-checkpoint.ts'
import { createSessions } from '../networks/sessions.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-checkpoint-'))
const tiny = tinyCheckpoint()
const at = (name: string): string => join(folder, name)

beforeAll(() => {
  writeFileSync(at('single.safetensors'), serializeSafetensors(singleFile(tiny)))
  writeFileSync(at('fp16.safetensors'), serializeSafetensors(singleFile(tiny), { floatType: 'float16' }))
  writeFileSync(at('bf16.safetensors'), serializeSafetensors(singleFile(tiny), { floatType: 'bfloat16' }))
  writeDiffusersFolder(at('folder'), tiny)
  writeDiffusersFolder(at('sharded'), tiny, 3)
  const textEncoder = renameWeights(tiny.textEncoder, (name) => name.replace(/^text_model\./, ''))
  writeDiffusersFolder(at('folder of transformers 5'), { ...tiny, textEncoder })
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Text through the encoder, one guess of the denoiser, and its picture: every part of the checkpoint takes part. */
async function picture(path: string): Promise<Float32Array> {
  const checkpoint = openCheckpoint(path)
  const { denoiser, autoencoder, textEncoders, process } = checkpoint
  const encoder = textEncoders[0]
  if (!autoencoder || encoder?.kind !== 'clip') throw new Error('a part is missing')
  const sessions = createSessions()
  try {
    const text = [49406, 320, 1125, 539, 320, 2368, ...Array.from({ length: 71 }, () => 49407)]
    const { embeddings } = await encodeClipText(sessions, { key: 'text', encoder, updates: [] }, [text])
    const model = { key: 'unet', part: denoiser, updates: [] }
    const denoise = createDenoiser(denoisingNetwork(sessions, model), process)
    const image = float32([1, 3, 64, 64], referenceInput('image', 1, 3, 64, 64))
    const latents = await encodeToLatents(sessions, { key: 'vae', part: autoencoder }, image)
    const denoised = await denoise(latents, 3, { embeddings })
    return (await decodeToImage(sessions, { key: 'vae', part: autoencoder }, denoised)).data
  } finally {
    await sessions.clear()
  }
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? NaN))), 0)
}

let expected: Float32Array | undefined

describe('a checkpoint gives the same picture in whatever form it lies on the disk', () => {
  test.each([
    ['folder', 1e-6],
    ['sharded', 1e-6],
    ['folder of transformers 5', 1e-6],
    ['fp16.safetensors', 0.01],
    ['bf16.safetensors', 0.1],
  ] as const)(
    'single.safetensors and %s differ by at most %d',
    async (name, tolerance) => {
      expected ??= await picture(at('single.safetensors'))
      const spread = Math.max(...expected) - Math.min(...expected)
      expect(spread).toBeGreaterThan(0.2)
      expect(largestDifference(await picture(at(name)), expected)).toBeLessThan(tolerance)
    },
    60_000,
  )
})

describe('what is no checkpoint is refused with what it looks like', () => {
  test.each([
    [
      'lora.safetensors',
      'lora_unet_mid_block_attentions_0_proj_in.lora_up.weight',
      'it looks like a LoRA (use LoadLora)',
    ],
    ['upscaler.safetensors', 'conv_first.weight', 'it looks like an upscaler (use LoadUpscaler)'],
    [
      'flux.safetensors',
      'double_blocks.0.img_attn.qkv.weight',
      'it looks like a transformer of SD 3 or Flux alone (use LoadDiffusionModel)',
    ],
    ['other.safetensors', 'a.b.c', 'it looks like something else (1 weights: a.b.c, …)'],
  ])('%s', (name, weight, message) => {
    writeFileSync(at(name), serializeSafetensors(createWeightSource([weightOf(weight, float32([1], [0]))])))
    expect(() => openCheckpoint(at(name))).toThrow(message)
  })

  test.each([
    ['page.safetensors', '<!DOCTYPE html><html>', 'it looks like a web page'],
    ['pointer.safetensors', 'version https://git-lfs.github.com/spec/v1', 'fetch it with git lfs pull'],
    ['empty.safetensors', '', 'it looks like an empty file'],
  ])('%s', (name, text, message) => {
    writeFileSync(at(name), text)
    expect(() => openCheckpoint(at(name))).toThrow(message)
  })

  test('a folder without an index, one that lacks a part, and a path where nothing is', () => {
    mkdirSync(at('nothing'))
    expect(() => openCheckpoint(at('nothing'))).toThrow('expected a model_index.json in it')
    writeDiffusersFolder(at('partial'), tiny)
    rmSync(join(at('partial'), 'unet/diffusion_pytorch_model.safetensors'))
    expect(() => openCheckpoint(at('partial'))).toThrow(
      'partial/unet has no weights: expected diffusion_pytorch_model.safetensors',
    )
    expect(() => openCheckpoint(at('absent'))).toThrow('There is no checkpoint at')
  })
})
