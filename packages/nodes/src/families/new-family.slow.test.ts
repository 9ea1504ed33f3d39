import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createWeightSource,
  float32,
  Graph,
  mergeWeights,
  renameWeights,
  Scope,
  serializeSafetensors,
  weightOf,
  zeros,
  type WeightSource,
} from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type * as Denoisers from '../architectures/denoisers.ts'
import { encodeText } from '../encoding/encode-text.ts'
import { createLocalServices } from '../host/local-services.ts'
import type { Services } from '../host/services.ts'
import { applyLora } from '../merging/apply-lora.ts'
import { decodeToImage } from '../networks/image-autoencoder.ts'
import { loadCheckpointParts, type CheckpointValues } from '../opening/checkpoint-values.ts'
import { traitsOfCheckpoint } from '../opening/model-traits.ts'
import { openCheckpoint } from '../opening/open-checkpoint.ts'
import { findUnusualGuidance } from '../sampling/checks.ts'
import { estimateSampling } from '../sampling/estimates.ts'
import { continueRun, startRun } from '../sampling/sample-latents.ts'
import { weightValues } from '../testing/reference-models.ts'
import { singleFile, tinyCheckpoint } from '../testing/tiny-checkpoint.ts'
import { toyArchitecture, toyNetwork } from '../testing/toy/architecture/index.ts'
import { toyFamily } from '../testing/toy/family.ts'
import type { Family } from './family.ts'
import { families } from './table.ts'
import type * as Families from './table.ts'

// In the slow lane, whose files share no modules: the tables have to be mocked before anything reads them.
// The two lines: one in the table of architectures, one in that of families. All else is the folder and the file they
// name.
vi.mock('../architectures/denoisers.ts', async (original) => {
  const { denoisers } = await original<typeof Denoisers>()
  const { toyArchitecture: toy } = await import('../testing/toy/architecture/index.ts')
  return { denoisers: { ...denoisers, toy } }
})
vi.mock('./table.ts', async (original) => {
  const { families: table } = await original<typeof Families>()
  const { toyFamily: toy } = await import('../testing/toy/family.ts')
  return { families: { ...table, toy } }
})

const place = mkdtempSync(join(tmpdir(), 'patchbay-new-family-'))
const file = join(place, 'toy.safetensors')
let services: Services
let parts: CheckpointValues

beforeAll(() => {
  services = createLocalServices({ output: place })
  writeFileSync(file, serializeSafetensors(toyCheckpoint()))
  parts = loadCheckpointParts(file)
})
afterAll(async () => {
  await services.sessions.clear()
  rmSync(place, { recursive: true, force: true })
})

/**
 * The toy's weights in the place of a UNet's, beside an autoencoder and a text encoder under the names of the
 * original code.
 */
function toyCheckpoint(): WeightSource {
  const network = toyNetwork({ channels: 4, hidden: 8, textWidth: 64 })
  const graph = new Graph()
  network.predict(new Scope(graph), network.inputs(graph))
  const toy = graph.parameters.map(({ name, shape }) => {
    const size = shape.map(Number)
    return weightOf(`model.diffusion_model.${name}`, float32(size, weightValues(name, size)))
  })
  const others = renameWeights(singleFile(tinyCheckpoint()), (name) =>
    name.startsWith('model.diffusion_model.') ? undefined : name,
  )
  return mergeWeights([createWeightSource(toy), others], 'toy.safetensors')
}

async function sampled({ model, textEncoder }: Pick<CheckpointValues, 'model' | 'textEncoder'>): Promise<Float32Array> {
  if (!textEncoder) throw new Error('The toy has a text encoder')
  const sigmas = [8, 2, 0]
  const start = startRun(model, { tensor: zeros('float32', [1, 4, 4, 4]), scale: 8 }, sigmas, {
    seed: 1,
    generator: 'philox',
  })
  const positive = await encodeText(services, textEncoder, 'a toy', 2)
  const { signal } = new AbortController()
  const settings = { sampler: 'euler', guidanceScale: 1, sigmas, positive, signal } as const
  return (await continueRun(services.sessions, model, start, settings)).latents.tensor.data
}

describe('an architecture and a family, each with one line in its table, take part in everything', () => {
  test('a single file is recognised, and read as the family says', () => {
    const { family, denoiser, autoencoder, textEncoders, nativeSize, process } = openCheckpoint(file)
    expect([family, denoiser.architecture, nativeSize, process.predictionType]).toEqual(['toy', 'toy', 32, 'v'])
    expect(autoencoder?.config).toMatchObject({ scalingFactor: 0.5, shiftFactor: 0.25 })
    expect(textEncoders).toMatchObject([{ kind: 'clip', layerFromEnd: 2, finalNorm: false, pooled: false }])
  })

  test('what is known before a run is the toy’s own: sizes, guidance, cost', async () => {
    const { model, textEncoder } = traitsOfCheckpoint(file)
    expect(model).toMatchObject({ family: 'toy', latentChannels: 4, conditioningWidth: 64, nativeSize: 32 })
    expect(textEncoder).toEqual({ family: 'toy', conditioningWidth: 64 })
    expect(findUnusualGuidance(model, 8, undefined)).toMatchObject([{ input: 'guidanceScale' }])
    const latents = { width: 32, height: 32, batch: 1 }
    const run = { sampler: 'euler', steps: 10, isGuided: false } as const
    const cells = 16
    const flops = 10 * (2 * 8 * 64 + 2 * 2 * 9 * 4 * 8 * cells)
    expect(await estimateSampling({ model, latents }, run, services)).toMatchObject({ flops })
  })

  test('it is sampled and decoded', async () => {
    const latents = await sampled(parts)
    expect(latents.every(Number.isFinite)).toBe(true)
    if (!parts.vae) throw new Error('The toy has an autoencoder')
    const image = await decodeToImage(services.sessions, parts.vae, float32([1, 4, 4, 4], latents))
    expect(image.shape).toEqual([1, 3, 32, 32])
    expect(image.data.every((value) => value >= 0 && value <= 1)).toBe(true)
  })

  test('a LoRA finds its layers, and changes what it draws', async () => {
    const lora = join(place, 'lora.safetensors')
    const factor = (name: string, shape: readonly number[]) => weightOf(name, float32(shape, weightValues(name, shape)))
    const factors = [
      factor('lora_unet_to_text.lora_up.weight', [8, 2]),
      factor('lora_unet_to_text.lora_down.weight', [2, 64]),
    ]
    writeFileSync(lora, serializeSafetensors(createWeightSource(factors)))
    const { model, changes, unmatched } = applyLora(lora, parts, { modelStrength: 1, textStrength: 1 })
    expect([changes, unmatched]).toEqual([1, 0])
    expect(await sampled({ ...parts, model })).not.toEqual(await sampled(parts))
  })

  test('the compiler holds both entries to what their tables ask', () => {
    const table = { ...families, toy: toyFamily } satisfies Record<string, Family>
    expect(table.toy.title).toBe('Toy')
    expect(toyArchitecture.name).toBe('toy')
  })
})
