import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeightSource, float32, serializeSafetensors, weightOf, type Tensor } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { imageFrom } from '../../image/image.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { DiffusionModel } from '../../values/diffusion-model.ts'
import type { Latents } from '../../values/latents.ts'
import type { Services } from '../../host/services.ts'
import { referenceInput } from '../../testing/reference-models.ts'
import {
  referencePipelines,
  unpacked,
  unpackedPicture,
  weightsByName,
  writeExportedPipeline,
  writeReferencePipeline,
  type ReferenceRun,
} from '../../testing/reference-pipelines.ts'
import { runNode } from '../../testing/run-node.ts'
import { applyControlNet } from '../conditioning/apply-control-net.ts'
import { clipSkip } from '../conditioning/clip-skip.ts'
import { conditioningScore } from '../conditioning/conditioning-score.ts'
import { conditioningSizes } from '../conditioning/conditioning-sizes.ts'
import { inpaintConditioning } from '../conditioning/inpaint-conditioning.ts'
import { textEncode } from '../conditioning/text-encode.ts'
import { emptyLatents } from '../latents/empty-latents.ts'
import { vaeDecode } from '../latents/vae-decode.ts'
import { vaeEncode } from '../latents/vae-encode.ts'
import { loadCheckpoint } from '../loaders/load-checkpoint.ts'
import { loadControlNet } from '../loaders/load-control-net.ts'
import { loadLora } from '../loaders/load-lora.ts'
import { guidanceOptions } from './guidance-options.ts'
import { sample } from './sample.ts'

const reference = referencePipelines()
const side = 64
const exported = ['sd1', 'sdxl']
let place: string
let services: Services

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-reference-'))
  for (const name of Object.keys(reference.pipelines)) {
    writeReferencePipeline(join(place, 'checkpoints', name), reference, name)
  }
  for (const name of exported) writeExportedPipeline(join(place, 'checkpoints', `${name}-onnx`), reference, name)
  for (const folder of ['loras', 'embeddings']) mkdirSync(join(place, folder))
  for (const { lora, learnt } of reference.runs) {
    if (lora) writeFileSync(join(place, 'loras/tiny.safetensors'), serializeSafetensors(weightsByName(lora)))
    if (learnt) {
      const { shape, data } = unpacked(learnt)
      const weights = createWeightSource([weightOf('emb_params', float32(shape, data))])
      writeFileSync(join(place, 'embeddings/fox.safetensors'), serializeSafetensors(weights))
    }
  }
  const own = ['checkpoints', 'loras', 'embeddings'].map((name) => [name, [join(place, name)]])
  const folders = { ...Object.fromEntries(own), controlnet: [join(place, 'checkpoints/sd1-control')] }
  services = createLocalServices({ folders, output: place })
}, 240_000)
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

type Definition = Parameters<typeof runNode>[0]
const run = async (definition: unknown, inputs: Readonly<Record<string, unknown>>) =>
  (await runNode(definition as Definition, inputs, { services })).outputs

/** [1, side, side, 3] in 0 to 1: what the script calls by this name. */
function pictureCalled(name: string): Tensor {
  const planes = referenceInput(name, 3, side, side)
  const at = (y: number, x: number, c: number) => (planes[(c * side + y) * side + x] ?? 0) / 3.4 + 0.5
  return imageFrom({ batch: 1, height: side, width: side, channels: 3 }, (_, y, x, c) => at(y, x, c))
}

function everyOtherPixel({ shape: [batch = 0, height = 0, width = 0], data }: Tensor): Tensor {
  const half = { batch, height: height / 2, width: width / 2, channels: 3 }
  return imageFrom(half, (k, y, x, c) => data[((k * height + 2 * y) * width + 2 * x) * 3 + c] ?? NaN)
}

/** The run as a user wires it. */
async function latentsOf(
  recorded: ReferenceRun,
  checkpoint = recorded.pipeline,
): Promise<{ latents: Latents; vae: unknown }> {
  const { pipeline, seed, sampler, sigmas, guidanceScale, prompt, negative, batch, layerFromEnd, rescale, sizes } =
    recorded
  const loaded = await run(loadCheckpoint, { checkpoint })
  const { vae } = loaded
  let { model, textEncoder } = loaded
  if (rescale !== undefined) ({ model } = await run(guidanceOptions, { model, rescale }))
  const { perturbedAttention } = recorded
  if (perturbedAttention !== undefined) ({ model } = await run(guidanceOptions, { model, perturbedAttention }))
  if (recorded.lora) {
    const strength = { modelStrength: recorded.strength, textStrength: recorded.strength }
    ;({ model, textEncoder } = await run(loadLora, { model, textEncoder, lora: 'tiny.safetensors', ...strength }))
  }
  const encode = async (text: string, by = textEncoder) => {
    // Parentheses weigh here; escaped they are what they are to diffusers.
    const { conditioning } = await run(textEncode, { textEncoder: by, text: text.replace(/[()]/g, '\\$&') })
    if (!sizes) return conditioning
    const [height, width, cropTop, cropLeft, targetHeight, targetWidth] = sizes
    const told = { conditioning, height, width, cropTop, cropLeft, targetHeight, targetWidth }
    return (await run(conditioningSizes, told))['conditioning']
  }
  // diffusers skips layers for the prompt alone.
  const skipping = layerFromEnd === undefined ? undefined : await run(clipSkip, { textEncoder, layerFromEnd })
  let positive = await encode(prompt, skipping?.['textEncoder'])
  let against = negative === null ? undefined : await encode(negative)
  let { latents } = await run(emptyLatents, { width: side, height: side, batch })
  if (recorded.encoded) ({ latents } = await run(vaeEncode, { vae, image: pictureCalled('picture') }))
  if (pipeline.endsWith('-inpainting')) {
    const mask = float32(
      [1, side, side],
      Float32Array.from({ length: side * side }, (_, i) => (i % side < side / 2 ? 0 : 1)),
    )
    const image = pictureCalled('picture')
    // diffusers leaves what is outside of the mask to the model, so its latents are not held.
    const given = { positive, negative: against, vae, image, mask }
    ;({ positive, negative: against } = await run(inpaintConditioning, given))
  }
  if (recorded.hint) {
    const { controlNet } = await run(loadControlNet, { controlNet: 'controlnet' })
    const { strength, end } = recorded
    const given = { positive, negative: against, controlNet, image: pictureCalled('hint'), strength, end }
    ;({ positive, negative: against } = await run(applyControlNet, given))
  }
  if (recorded.scores) {
    const [score, other] = recorded.scores
    ;({ conditioning: positive } = await run(conditioningScore, { conditioning: positive, score }))
    ;({ conditioning: against } = await run(conditioningScore, { conditioning: against, score: other }))
  }
  const before = reference.runs.find(({ name }) => name === recorded.from)
  if (before) ({ latents } = await latentsOf(before))
  const levels = sigmas.map((sigma) => sigma ?? (model as DiffusionModel).process.sigmaMax)
  const { scheduler, steps } = recorded
  const walked = scheduler ? { scheduler, steps } : { sigmas: levels }
  const settings = { seed: BigInt(seed), generator: 'torch-cpu', sampler, guidanceScale, addNoise: !before, ...walked }
  const sampled = await run(sample, { model, positive, negative: against, latents, ...settings })
  return { latents: sampled['latents'] as Latents, vae }
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const square = (of: (value: number, i: number) => number) =>
    Math.sqrt(expected.reduce((sum, value, i) => sum + of(value, i) ** 2, 0))
  return square((value, i) => value - (actual[i] ?? NaN)) / square((value) => value)
}

/** Latents within 1e-3, and every other pixel within two steps of 255. */
async function expectRecorded(recorded: ReferenceRun, checkpoint?: string): Promise<void> {
  const { latents, vae } = await latentsOf(recorded, checkpoint)
  const expected = unpacked(recorded.latents)
  expect(latents.tensor.shape).toEqual(expected.shape)
  expect(relativeError(latents.tensor.data, expected.data)).toBeLessThan(1e-3)
  const seen = everyOtherPixel((await run(vaeDecode, { vae, latents }))['image'] as Tensor)
  expect(seen.shape).toEqual(recorded.picture.shape)
  const picture = unpackedPicture(recorded.picture)
  const worst = picture.reduce((most, value, i) => Math.max(most, Math.abs(value - (seen.data[i] ?? NaN) * 255)), 0)
  expect(worst).toBeLessThan(2)
}

describe('a run of diffusers, from the same seed and prompt', () => {
  test.each(reference.runs)('gives the same latents and picture: $name', (recorded) => expectRecorded(recorded), 60_000)

  const alike = ['text to image', 'a batch', 'image to image', 'SDXL', 'SDXL cropped']
  test.each(reference.runs.filter(({ name }) => alike.includes(name)))(
    'gives them from ONNX graphs as optimum writes them too: $name',
    (recorded) => expectRecorded(recorded, `${recorded.pipeline}-onnx`),
    60_000,
  )
})

describe('an ONNX pipeline', () => {
  const load = () => run(loadCheckpoint, { checkpoint: 'sd1-onnx' })

  test('says that it cannot be changed by a LoRA', async () => {
    const { model, textEncoder } = await load()
    await expect(run(loadLora, { model, textEncoder, lora: 'tiny.safetensors' })).rejects.toThrow(
      'sd1-onnx is an ONNX pipeline, whose graphs run as they are: LoRAs',
    )
    const traits = { model: { isExported: true } }
    const issues = await loadLora.validate?.({ values: { lora: 'tiny.safetensors' }, links: traits }, services)
    expect(issues).toMatchObject([{ input: 'lora', message: expect.stringContaining('no LoRA can change them') }])
  })

  test('says what else its graphs cannot do', async () => {
    const { model, textEncoder } = await load()
    const encode = (by: unknown, text = 'a fox') => run(textEncode, { textEncoder: by, text })
    await expect(encode(textEncoder, 'a embedding:fox')).rejects.toThrow('cannot take textual inversions')
    const skipping = await run(clipSkip, { textEncoder, layerFromEnd: 2 })
    await expect(encode(skipping['textEncoder'])).rejects.toThrow('cannot leave out its last layers (clip skip)')
    const { conditioning } = await encode(textEncoder)
    const { latents } = await run(emptyLatents, { width: side, height: side })
    const { controlNet } = await run(loadControlNet, { controlNet: 'controlnet' })
    const shown = { positive: conditioning, controlNet, image: pictureCalled('hint') }
    const { positive } = await run(applyControlNet, shown)
    await expect(run(sample, { model, positive, latents, steps: 1 })).rejects.toThrow(
      'unet/model.onnx is an exported ONNX graph and runs as it is: it cannot be guided by ControlNets',
    )
  })

  test('refuses sizes that its graphs cannot have, before the run and in it', async () => {
    const { model: traits } =
      (await loadCheckpoint.traits?.({ values: { checkpoint: 'sd1-onnx' }, links: {} }, services)) ?? {}
    const issuesAt = (width: number, height: number, model = traits ?? {}) =>
      sample.validate?.({ values: {}, links: { model, latents: { width, height } } }, services)
    expect(await issuesAt(64, 48)).toEqual([])
    expect(await issuesAt(60, 88)).toEqual([
      {
        input: 'latents',
        severity: 'error',
        message:
          'The picture is 60 × 88 px, but the graphs of this ONNX pipeline take multiples of 16 px: set 64 × 96.',
      },
    ])
    expect(await issuesAt(500, 64, { latentScale: 8 })).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('comes out at 496 × 64. The nearest size is 504 × 64.') },
    ])
    const { model, textEncoder } = await load()
    const { conditioning } = await run(textEncode, { textEncoder, text: 'a fox' })
    const { latents } = await run(emptyLatents, { width: 64, height: 88 })
    await expect(run(sample, { model, positive: conditioning, latents, steps: 1 })).rejects.toThrow(
      '8 × 11 latents do not halve evenly',
    )
  })

  test('names the file that is missing', async () => {
    for (const part of ['model.onnx_data', 'config.json']) {
      const name = `without-${part}`
      writeExportedPipeline(join(place, 'checkpoints', name), reference, 'sd1')
      rmSync(join(place, 'checkpoints', name, 'unet', part))
    }
    await expect(run(loadCheckpoint, { checkpoint: 'without-config.json' })).rejects.toThrow(
      'unet/config.json is missing',
    )
    const { model, textEncoder } = await run(loadCheckpoint, { checkpoint: 'without-model.onnx_data' })
    const { conditioning } = await run(textEncode, { textEncoder, text: 'a fox' })
    const { latents } = await run(emptyLatents, { width: side, height: side })
    await expect(run(sample, { model, positive: conditioning, latents, steps: 1 })).rejects.toThrow('model.onnx_data')
  })
})
