import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { float32, type Tensor } from '@patchbay/onnx/tensor'
import type { samplerNames } from '../../diffusion/index.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { Conditioning } from '../../values/conditioning.ts'
import type { DiffusionModel } from '../../values/diffusion-model.ts'
import type { Latents } from '../../values/latents.ts'
import type { TextEncoderModel } from '../../values/text-encoder.ts'
import type { Services } from '../../host/services.ts'
import { decodeImage } from '../../image/codec.ts'
import { runNode } from '../../testing/run-node.ts'
import { writeMiniTinyDecoder } from '../../testing/mini-additions.ts'
import { writeMiniCheckpoint } from '../../testing/mini-checkpoint.ts'
import { textEncode } from '../conditioning/text-encode.ts'
import { emptyLatents } from '../latents/empty-latents.ts'
import { vaeDecode } from '../latents/vae-decode.ts'
import { vaeDecodeTiled } from '../latents/vae-decode-tiled.ts'
import { vaeEncode } from '../latents/vae-encode.ts'
import { loadCheckpoint } from '../loaders/load-checkpoint.ts'
import { noiseSampler } from './noise-sampler.ts'
import { sample } from './sample.ts'
import { sigmas as sigmasNode } from './sigmas.ts'
import { unetStep } from './unet-step.ts'

interface Loaded {
  readonly model: DiffusionModel
  readonly textEncoder: TextEncoderModel
  readonly vae: unknown
  readonly positive: Conditioning
  readonly negative: Conditioning
  readonly latents: Latents
}
let folder: string
let services: Services
let loaded: Loaded

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-sampling-'))
  writeMiniCheckpoint(join(folder, 'checkpoints/tiny'))
  services = createLocalServices({
    folders: { checkpoints: [join(folder, 'checkpoints')] },
    output: join(folder, 'output'),
  })
  const { model, textEncoder, vae } = (await runNode(loadCheckpoint, { checkpoint: 'tiny' }, { services }))
    .outputs as unknown as Loaded
  const encode = async (text: string) =>
    (await runNode(textEncode, { textEncoder, text }, { services })).outputs['conditioning'] as Conditioning
  const latents = (await runNode(emptyLatents, { width: 64, height: 48, batch: 2 })).outputs['latents'] as Latents
  loaded = { model, textEncoder, vae, latents, positive: await encode('a red cat'), negative: await encode('') }
}, 240_000)
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const steps = 3
async function sampled(settings: Readonly<Record<string, unknown>> = {}): Promise<Tensor> {
  const { outputs } = await runNode(sample, { ...loaded, steps, seed: 7n, ...settings }, { services })
  return (outputs['latents'] as Latents).tensor
}

describe('a chain of UNetSteps', () => {
  const samplers = [
    'euler',
    'euler_ancestral',
    'heun',
    'dpmpp_2m',
    'dpmpp_2m_sde',
    'dpmpp_sde',
    'lms',
    'uni_pc',
    'ddim',
    'euler_cfg_pp',
  ] as const
  test.each(samplers satisfies readonly (typeof samplerNames)[number][])(
    'gives bit for bit what Sample gives, with %s',
    async (sampler) => {
      const { sigmas } = (await runNode(sigmasNode, { model: loaded.model, steps, sampler })).outputs
      const begun = await runNode(noiseSampler, { ...loaded, sigmas, seed: 7n })
      let latents = begun.outputs['latents']
      for (let step = 0; step < steps; step++) {
        latents = (await runNode(unetStep, { ...loaded, latents, sigmas, step, sampler }, { services })).outputs[
          'latents'
        ]
      }
      expect((latents as Latents).tensor).toEqual(await sampled({ sampler }))
      expect((latents as Latents).run).toBeUndefined()
    },
  )
})

test('the same seed gives the same latents, another seed others', async () => {
  expect(await sampled()).toEqual(await sampled())
  expect(await sampled({ seed: 8n })).not.toEqual(await sampled())
})

test('item k of a batch equals a single run with seed + k', async () => {
  const both = await sampled()
  const { latents } = (await runNode(emptyLatents, { width: 64, height: 48 })).outputs
  const second = await sampled({ latents, seed: 8n })
  const offset = both.data.length / 2
  for (const [i, value] of second.data.entries()) expect(both.data[offset + i]).toBeCloseTo(value, 4)
})

test('the prompt guides, and more so with a higher scale', async () => {
  const unguided = await sampled({ guidanceScale: 1 })
  const distance = (a: Tensor, b: Tensor) => Math.hypot(...a.data.map((value, i) => value - (b.data[i] ?? 0)))
  const near = distance(await sampled({ guidanceScale: 2 }), unguided)
  const far = distance(await sampled({ guidanceScale: 6 }), unguided)
  expect(near).toBeGreaterThan(0)
  expect(far).toBeGreaterThan(2 * near)
})

test('asking for both estimates in one call changes nothing that counts', async () => {
  // Two negatives are no pair, and two that are the same guide as one does.
  const apart = await sampled({ negative: [...loaded.negative, ...loaded.negative] })
  const together = await sampled()
  for (const [i, value] of together.data.entries()) expect(value).toBeCloseTo(apart.data[i] ?? NaN, 4)
})

test('every step is reported, and the last with a picture of each of the batch, as the decoder draws it', async () => {
  const run = await runNode(sample, { ...loaded, steps }, { services })
  expect(run.steps).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ])
  // Steps that come quicker than pictures are made share one.
  expect(run.previews.map(({ index }) => index).slice(-2)).toEqual([0, 1])
  expect(run.previews.at(-1)).toMatchObject({ mime: 'image/webp', width: 64, height: 48 })
  const latents = run.outputs['latents']
  const { outputs } = await runNode(vaeDecode, { vae: loaded.vae, latents }, { services })
  const { data } = outputs['image'] as Tensor
  const { image: shown } = await decodeImage(run.previews.at(-2)?.bytes ?? new Uint8Array())
  const apart = shown.data.map((value, i) => Math.abs(value - (data[i] ?? 0)))
  // What is left is the loss of WebP, for untrained weights draw noise.
  expect(apart.reduce((sum, one) => sum + one, 0) / apart.length).toBeLessThan(0.1)
})

test('a tiny autoencoder in vae_approx makes the previews', async () => {
  const plain = await runNode(sample, { ...loaded, steps: 1 }, { services })
  writeMiniTinyDecoder(join(folder, 'vae_approx/taemini_decoder.safetensors'))
  const others = createLocalServices({ folders: { vae_approx: [join(folder, 'vae_approx')] }, output: folder })
  const run = await runNode(sample, { ...loaded, steps: 1 }, { services: others })
  expect(run.previews.map(({ width, height, index }) => [width, height, index])).toEqual([
    [64, 48, 0],
    [64, 48, 1],
  ])
  expect(run.previews[0]?.bytes).not.toEqual(plain.previews[0]?.bytes)
  expect(run.outputs).toEqual(plain.outputs)
})

test('a run that is cancelled stops before its next step', async () => {
  const controller = new AbortController()
  const run = runNode(sample, { ...loaded, steps: 10_000 }, { services, signal: controller.signal })
  setTimeout(() => {
    controller.abort(new Error('cancelled by the test'))
  }, 100)
  await expect(run).rejects.toThrow('cancelled by the test')
})

test('where the mask is 0 the latents come back as they were', async () => {
  const { latents } = (await runNode(vaeEncode, { vae: loaded.vae, image: picture() }, { services })).outputs as {
    latents: Latents
  }
  const noiseMask = float32(
    [1, 6, 8],
    Float32Array.from({ length: 48 }, (_, i) => (i % 8 < 4 ? 0 : 1)),
  )
  const result = await sampled({ latents: { ...latents, noiseMask }, denoiseStrength: 0.8 })
  let [kept, changed] = [0, 0]
  for (const [i, value] of result.data.entries()) {
    if (i % 8 < 4) expect(value).toBe(latents.tensor.data[i])
    else if (value !== latents.tensor.data[i]) changed++
    kept += i % 8 < 4 ? 1 : 0
  }
  expect(changed).toBe(kept)
})

test('a denoise strength of 0 changes nothing', async () => {
  const { latents } = (await runNode(vaeEncode, { vae: loaded.vae, image: picture() }, { services })).outputs as {
    latents: Latents
  }
  expect(await sampled({ latents, denoiseStrength: 0 })).toEqual(latents.tensor)
})

test('latents become a picture of the size that was asked for', async () => {
  const { image } = (
    await runNode(vaeDecode, { vae: loaded.vae, latents: { tensor: await sampled(), scale: 8 } }, { services })
  ).outputs
  expect((image as Tensor).shape).toEqual([2, 48, 64, 3])
})

test('one tile that holds all gives what decoding at once gives', async () => {
  const latents = { tensor: await sampled(), scale: 8 }
  const whole = (await runNode(vaeDecode, { vae: loaded.vae, latents }, { services })).outputs['image'] as Tensor
  const tiled = await runNode(vaeDecodeTiled, { vae: loaded.vae, latents, tile: 64, overlap: 16 }, { services })
  const { data } = tiled.outputs['image'] as Tensor
  expect(Math.max(...data.map((value, i) => Math.abs(value - (whole.data[i] ?? NaN))))).toBeLessThan(1e-4)
})

test('a prompt in an area changes the picture there first', async () => {
  const change = { area: { unit: 'share', x: 0, y: 0, width: 0.25, height: 1 } as const }
  const positive = [...loaded.negative, ...loaded.positive.map((part) => ({ ...part, ...change }))]
  const [plain, regional] = [
    await sampled({ positive: loaded.negative, steps: 1 }),
    await sampled({ positive, steps: 1 }),
  ]
  let [left, right] = [0, 0]
  for (const [i, value] of regional.data.entries()) {
    const difference = Math.abs(value - (plain.data[i] ?? 0))
    if (i % 8 < 2) left += difference
    else right += difference
  }
  expect(left).toBeGreaterThan(0)
  expect(right).toBe(0)
})

test('latents of another model are refused with the way out', async () => {
  const foreign = { tensor: float32([1, 16, 6, 8], new Float32Array(16 * 48)), scale: 8 }
  await expect(sampled({ latents: foreign })).rejects.toThrow("The latents have 16 channels, but this model's have 4")
})

test('sides that are left to the model are those of the pictures it was trained on', async () => {
  const sizeOf = async (values: Readonly<Record<string, number>>) => {
    const { latents } = (await runNode(emptyLatents, values)).outputs
    return (await sampled({ latents, steps: 1 })).shape.slice(2)
  }
  expect(await sizeOf({})).toEqual([8, 8])
  expect(await sizeOf({ width: 96 })).toEqual([8, 12])
  expect(await sizeOf({ width: 32, height: 40 })).toEqual([5, 4])
})

test('before the run, a size and a guidance scale that do not suit the model are warned of', () => {
  const model = { family: 'mini', nativeSize: 64, bestGuidance: 4 }
  const found = (latents: Record<string, number | boolean>, guidanceScale: number) =>
    sample.validate?.({ values: { guidanceScale }, links: { model, latents } }, services)
  expect(found({ isEmpty: true, width: 512, height: 512 }, 4)).toEqual([
    {
      input: 'latents',
      severity: 'warning',
      message:
        'The picture is 512 × 512 px, but this model (mini) was trained on 64 × 64: it will repeat itself and take long. Sample near 64 px and enlarge the result.',
    },
  ])
  expect(found({ isEmpty: true, width: 64, height: 16 }, 7.5)).toMatchObject([{ input: 'guidanceScale' }])
  expect(found({ isEmpty: true, width: 16, height: 16 }, 4)).toMatchObject([{ input: 'latents', severity: 'warning' }])
  expect(found({ isEmpty: true, width: 128, height: 128 }, 5)).toEqual([])
  expect(found({ isEmpty: true, width: 0, height: 0 }, 5)).toEqual([])
  // What both nodes begin with suits the checkpoint that LoadCheckpoint begins with.
  for (const { inputs } of [sample, unetStep]) expect(found({}, Number(inputs.guidanceScale.default))).toEqual([])
})

test('before the run, a prompt for another model is found out', () => {
  const links: Record<string, Record<string, string | number>> = {
    model: { family: 'sd1', conditioningWidth: 768 },
    positive: { family: 'sdxl', conditioningWidth: 2048 },
  }
  expect(sample.validate?.({ values: {}, links }, services)).toEqual([
    {
      input: 'positive',
      message:
        'The prompt was encoded for sdxl (2048 values a token), but this model is sd1 (768): encode it with the text encoder of the same checkpoint.',
    },
  ])
})

function picture(): Tensor {
  return float32(
    [1, 48, 64, 3],
    Float32Array.from({ length: 48 * 64 * 3 }, (_, i) => ((i * 37) % 101) / 100),
  )
}
