import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { float32, serializeSafetensors, type Tensor } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalServices } from '../host/local-services.ts'
import type { Services } from '../host/services.ts'
import { imageFrom, type ImageTensor } from '../image/image.ts'
import { imagePromptOf, openIPAdapter, type ImagePromptUse } from '../networks/ip-adapter.ts'
import { openDiffusionModel } from '../opening/separate-parts.ts'
import { openImageTower } from '../scoring/score-towers.ts'
import { concatBatch } from '../tensor/index.ts'
import { referenceInput } from '../testing/reference-models.ts'
import { unpacked, weightsByName } from '../testing/reference-pipelines.ts'
import type { Conditioning } from '../values/conditioning.ts'
import { withChange, type DiffusionModel } from '../values/diffusion-model.ts'
import type { ModelChange } from '../values/model-change.ts'
import { continueRun } from './sample-latents.ts'

/** Of any value from the one it should be. */
function difference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape)
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? NaN))), 0)
}

interface Run {
  readonly name: string
  readonly unet: string
  readonly adapter: string
  readonly strength: number
  readonly pictures: readonly string[]
  readonly use: ImagePromptUse
  readonly guidanceScale: number
  readonly sigmas: readonly number[]
  readonly isMasked: boolean
  readonly start: { readonly shape: readonly number[]; readonly base64: string }
  readonly latents: { readonly shape: readonly number[]; readonly base64: string }
}
type Shapes = Readonly<Record<string, readonly number[]>>
interface Reference {
  readonly vision: Readonly<Record<string, unknown>> & { readonly weights: Shapes }
  readonly unets: Readonly<Record<string, { readonly config: object; readonly weights: Shapes }>>
  readonly adapters: Readonly<Record<string, Shapes>>
  readonly runs: readonly Run[]
}

/** Recorded by tests/reference/ip_adapter.py. */
const reference = JSON.parse(
  gunzipSync(
    readFileSync(resolve(import.meta.dirname, '../../../../tests/reference/vectors/ip-adapter.json.gz')),
  ).toString(),
) as Reference
const { signal } = new AbortController()
let place: string
let services: Services

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-ip-adapter-'))
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(join(place, path, '..'), { recursive: true })
    writeFileSync(join(place, path), content)
  }
  const { weights, ...vision } = reference.vision
  write('vision/config.json', JSON.stringify(vision))
  write('vision/model.safetensors', serializeSafetensors(weightsByName(weights)))
  for (const [name, unet] of Object.entries(reference.unets)) {
    write(`${name}/config.json`, JSON.stringify({ _class_name: 'UNet2DConditionModel', ...unet.config }))
    write(`${name}/diffusion_pytorch_model.safetensors`, serializeSafetensors(weightsByName(unet.weights)))
  }
  for (const [name, shapes] of Object.entries(reference.adapters)) {
    write(`${name}.safetensors`, serializeSafetensors(weightsByName(shapes)))
  }
  services = createLocalServices({ output: place })
})
afterAll(async () => {
  await services.sessions.clear()
  rmSync(place, { recursive: true, force: true })
})

function modelOf(name: string): DiffusionModel {
  const { family, denoiser, process } = openDiffusionModel(join(place, name))
  const denoising = { key: name, part: denoiser, updates: [] }
  return { family, denoising, process, latentChannels: 4, latentScale: 8 }
}

/** What the script calls by this name: bytes of red, green and blue, 32 × 32. */
function pictureCalled(name: string): ImageTensor {
  const planes = referenceInput(name, 3, 32, 32)
  const at = (y: number, x: number, c: number) => (planes[(c * 32 + y) * 32 + x] ?? 0) / 3.4 + 0.5
  return imageFrom({ batch: 1, height: 32, width: 32, channels: 3 }, (_, y, x, c) => {
    return Math.round(Math.min(1, Math.max(0, at(y, x, c))) * 255) / 255
  })
}

function conditioningOf(unet: string, prefix: string): Conditioning {
  const embeddings = float32([1, 7, 32], referenceInput(`${prefix}text`, 1, 7, 32))
  const pooled = float32([1, 16], referenceInput(`${prefix}pooled`, 1, 16))
  return [{ embeddings, ...(unet === 'sdxl' && { pooled }) }]
}

const leftHalf = (): Tensor =>
  float32(
    [1, 8, 8],
    Float32Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 1 : 0)),
  )

async function changeOf({ adapter, pictures, use, strength, isMasked }: Run): Promise<ModelChange> {
  const opened = openIPAdapter(join(place, `${adapter}.safetensors`))
  const shown = pictures.map(pictureCalled)
  const tower = openImageTower(join(place, 'vision'))
  const prompt = await imagePromptOf(services.sessions, opened, tower, shown, { several: 'together', signal })
  const mask = isMasked ? { mask: leftHalf() } : {}
  return { type: 'image-prompt', adapter: opened, use, ...prompt, strength, during: [0, 1], ...mask }
}

async function latentsOf(
  { unet, sigmas, guidanceScale, start }: Run,
  changes: readonly ModelChange[],
  tensor = unpacked(start),
) {
  const model = changes.reduce(withChange, modelOf(unet))
  const { latents } = await continueRun(
    services.sessions,
    model,
    { tensor, scale: 8 },
    {
      positive: conditioningOf(unet, ''),
      negative: conditioningOf(unet, 'negative '),
      guidanceScale,
      sigmas,
      sampler: 'euler',
      signal,
    },
  )
  return latents.tensor
}

const [base] = reference.runs
if (!base) throw new Error('The reference has no run')

describe('a model prompted by a picture through an IP-Adapter', () => {
  test.each(reference.runs.map((run) => [run.name, run] as const))(
    'gives the latents that diffusers gives after 4 steps: %s',
    async (_, run) => {
      expect(difference(await latentsOf(run, [await changeOf(run)]), unpacked(run.latents))).toBeLessThan(1e-3)
    },
  )

  test('is the model itself at strength 0, and outside the share of sampling in which it counts', async () => {
    const [change, without] = [await changeOf(base), await latentsOf(base, [])]
    expect(await latentsOf(base, [{ ...change, strength: 0 } as ModelChange])).toEqual(without)
    const never = { ...change, during: [1, 1] as const } as ModelChange
    expect(difference(await latentsOf(base, [never]), without)).toBeLessThan(1e-5)
    expect(difference(await latentsOf(base, [change]), without)).toBeGreaterThan(1e-2)
  })

  test('takes two pictures of half the strength as one', async () => {
    const change = await changeOf(base)
    const halves = [change, change].map((each) => ({ ...each, strength: base.strength / 2 }))
    expect(difference(await latentsOf(base, halves), unpacked(base.latents))).toBeLessThan(1e-3)
  })

  test('refuses an adapter of another structure, and a use that its model has no blocks for', async () => {
    const change = await changeOf(base)
    const other = reference.runs.find(({ unet }) => unet === 'sdxl') ?? base
    await expect(latentsOf(other, [change])).rejects.toThrow(/is for a UNet with 4 cross-attentions .* choose the IP-/)
    await expect(latentsOf(base, [{ ...change, use: 'style' } as ModelChange])).rejects.toThrow(/Only SDXL has blocks/)
  })
})

describe('a batch whose style is aligned', () => {
  const aligned = (strength: number): ModelChange => ({ type: 'aligned-style', strength })
  const three = () => {
    const first = unpacked(base.start)
    const flipped = float32(first.shape, first.data.slice().reverse())
    return concatBatch([
      first,
      flipped,
      float32(
        first.shape,
        first.data.map((value) => -value),
      ),
    ])
  }

  test('of one picture is as without', async () => {
    const without = await latentsOf(base, [])
    expect(difference(await latentsOf(base, [aligned(1)]), without)).toBeLessThan(1e-3)
    expect(difference(await latentsOf(base, [aligned(0.5)]), without)).toBeLessThan(1e-3)
  })

  test('has its first picture as without, and changes the others by the strength', async () => {
    const [without, half, full] = [
      await latentsOf(base, [], three()),
      await latentsOf(base, [aligned(0.5)], three()),
      await latentsOf(base, [aligned(1)], three()),
    ]
    const items = (tensor: Tensor): readonly Float32Array[] =>
      [0, 1, 2].map((k) => tensor.data.slice(k * 256, (k + 1) * 256))
    const distance = (a: ArrayLike<number> = [], b: ArrayLike<number> = []): number =>
      Math.sqrt(Array.from(a).reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0) / a.length)
    const [own, halved, whole] = [items(without), items(half), items(full)]
    expect(distance(own[0], whole[0])).toBeLessThan(1e-3)
    for (const k of [1, 2]) {
      expect(distance(own[k], halved[k])).toBeGreaterThan(0.05)
      expect(distance(own[k], whole[k])).toBeGreaterThan(distance(own[k], halved[k]))
    }
  })

  test('leaves its first picture as it is without guidance too', async () => {
    const wide = { ...base, guidanceScale: 1 }
    const alone = await latentsOf(wide, [aligned(1)], three())
    expect(alone.shape).toEqual([3, 4, 8, 8])
    const first = await latentsOf(wide, [])
    expect(difference(float32([1, 4, 8, 8], alone.data.slice(0, 256)), first)).toBeLessThan(1e-3)
  })
})

describe('a model whose skip connections are reweighted', () => {
  const reweighted = (backbone: readonly [number, number], skip: readonly [number, number]): ModelChange => ({
    type: 'reweighted-skips',
    backbone,
    skip,
    isAdaptive: false,
  })

  test('is the model itself at weights of 1, and another at others', async () => {
    const without = await latentsOf(base, [])
    expect(difference(await latentsOf(base, [reweighted([1, 1], [1, 1])]), without)).toBeLessThan(1e-3)
    expect(difference(await latentsOf(base, [reweighted([1, 1.4], [1, 0.2])]), without)).toBeGreaterThan(1e-2)
  })
})
