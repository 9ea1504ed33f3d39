import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { imagesOf, type Dataset } from '../../dataset/dataset.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { Services } from '../../host/services.ts'
import type { ImageTensor } from '../../image/image.ts'
import type { FlowModel } from '../../networks/flow-model.ts'
import { runNode } from '../../testing/run-node.ts'
import { writeMiniCheckpoint } from '../../testing/mini-checkpoint.ts'
import type { Latents } from '../../values/latents.ts'
import { textEncode } from '../conditioning/text-encode.ts'
import { facePictures } from '../data/face-pictures.ts'
import { flowDecode } from '../flows/flow-decode.ts'
import { flowEncode } from '../flows/flow-encode.ts'
import { sampleFlow } from '../flows/sample-flow.ts'
import { vaeEncode } from '../latents/vae-encode.ts'
import { loadCheckpoint } from '../loaders/load-checkpoint.ts'
import { loadFlow } from '../loaders/load-flow.ts'
import { trainFlow } from '../training/train-flow.ts'
import { diffusionBound } from './diffusion-bound.ts'
import { likelihoodReport } from './likelihood-report.ts'
import { vaeBound } from './vae-bound.ts'

let place: string
let services: Services
let faces: ImageTensor
let flow: FlowModel
let bitsAtTheEnd: number

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-likelihood-'))
  writeMiniCheckpoint(join(place, 'checkpoints/mini'))
  const folders = { checkpoints: [join(place, 'checkpoints')], flows: [join(place, 'flows')] }
  services = createLocalServices({ output: join(place, 'output'), folders, threads: 1 })
  const drawn = await runNode(facePictures, { size: 16, count: 24, view: 'close', expression: 'drawn' }, { services })
  const dataset = drawn.outputs['dataset'] as Dataset
  faces = imagesOf(dataset, 0, 3)
  const settings = { dataset, name: 'tiny', network: 'tiny', steps: 40, batch: 4, sampleEvery: 0, seed: 1n }
  const trained = await runNode(trainFlow, { ...settings, emaDecay: 0 }, { services })
  flow = trained.outputs['flow'] as FlowModel
  const { loss } = trained.shown as { loss: number[] }
  bitsAtTheEnd = loss.at(-1) ?? NaN
  expect(bitsAtTheEnd).toBeLessThan((loss[0] ?? NaN) - 0.3)
}, 120_000)
afterAll(() => rmSync(place, { recursive: true, force: true }))

const encoded = async (draws = 1) => {
  const { outputs } = await runNode(flowEncode, { flow, image: faces, draws, seed: 3n }, { services })
  return outputs as { latents: Latents; logDensity: number; bitsPerDim: number; eachBitsPerDim: number[] }
}

test('a trained flow opens from its file, and takes pictures there and back to the last bit of a byte', async () => {
  const loaded = (await runNode(loadFlow, { flow: 'tiny.safetensors' }, { services })).outputs['flow'] as FlowModel
  expect(loaded.config).toEqual({ channels: 3, size: 16, levels: 2, steps: 2, width: 16 })
  const { latents } = await encoded()
  expect(latents).toMatchObject({ scale: 4, tensor: { shape: [3, 48, 4, 4] } })
  const { image } = (await runNode(flowDecode, { flow: loaded, latents }, { services })).outputs as {
    image: ImageTensor
  }
  const furthest = image.data.reduce((most, x, i) => Math.max(most, Math.abs(x - (faces.data[i] ?? NaN))), 0)
  expect(furthest).toBeLessThan(1e-4)
})

test('bits and density of a flow are one number in two units', async () => {
  const { logDensity, bitsPerDim, eachBitsPerDim } = await encoded(2)
  expect(bitsPerDim).toBeCloseTo(8 - logDensity / (16 * 16 * 3 * Math.LN2), 6)
  expect(eachBitsPerDim).toHaveLength(3)
  // What the training made small: the loss of its last stretch, of other pictures and other noise.
  expect(Math.abs(bitsPerDim - bitsAtTheEnd)).toBeLessThan(1)
})

test('picture k of a batch is that of the seed + k, and temperature 0 draws one picture alone', async () => {
  const draw = async (values: object) =>
    (await runNode(sampleFlow, { flow, ...values }, { services })).outputs['image'] as ImageTensor
  const [batch, second] = [await draw({ seed: 4n, batch: 2 }), await draw({ seed: 5n, batch: 1 })]
  const length = 16 * 16 * 3
  expect(batch.shape).toEqual([2, 16, 16, 3])
  for (let i = 0; i < length; i++) expect(batch.data[length + i]).toBeCloseTo(second.data[i] ?? NaN, 4)
  const cold = await draw({ seed: 4n, batch: 2, temperature: 0 })
  for (let i = 0; i < length; i++) expect(cold.data[i]).toBeCloseTo(cold.data[length + i] ?? NaN, 5)
})

test('latents that are no numbers any more come out grey, with a warning', async () => {
  const { latents } = await encoded()
  const wild = { ...latents, tensor: { ...latents.tensor, data: latents.tensor.data.map(() => NaN) } }
  const { outputs, warnings } = await runNode(flowDecode, { flow, latents: wild }, { services })
  expect((outputs['image'] as ImageTensor).data[0]).toBe(0.5)
  expect(warnings[0]).toContain('3 pictures hold values that are no numbers')
})

test('a flow is not trained on pictures that it cannot halve so often', async () => {
  const dataset = { title: 'odd', size: 18, pixels: new Uint8Array(18 * 18 * 4), pictures: [], augmentation: {} }
  const run = runNode(trainFlow, { dataset, network: 'small' }, { services })
  await expect(run).rejects.toThrow('must be a multiple of 8; those of "odd" have 18 pixels: load them at 16')
})

test('the bound of a VAE is rate and distortion, and more samples do not loosen it', async () => {
  const { vae } = (await runNode(loadCheckpoint, { checkpoint: 'mini' }, { services })).outputs
  const told = async (samples: number) =>
    (await runNode(vaeBound, { vae, image: faces, samples, seed: 2n }, { services })).outputs as {
      bitsPerDim: number
      rate: number
      distortion: number
    }
  const [one, many] = [await told(1), await told(16)]
  expect(one.bitsPerDim).toBeCloseTo(one.rate + one.distortion, 0)
  expect(many.bitsPerDim).toBeLessThan(one.bitsPerDim + 0.05)
  expect(many.rate).toBe(one.rate)
})

test('a latent diffusion tells pixels and latents, the same for the same seed', async () => {
  const parts = (await runNode(loadCheckpoint, { checkpoint: 'mini' }, { services })).outputs
  const { model, vae, textEncoder } = parts
  const positive = (await runNode(textEncode, { textEncoder, text: 'a face' }, { services })).outputs['conditioning']
  const inputs = { model, positive, evaluations: 6, seed: 2n }
  const pixels = async () => await runNode(diffusionBound, { ...inputs, vae, image: faces }, { services })
  const [first, again] = [await pixels(), await pixels()]
  expect(first.outputs['eachBitsPerDim']).toEqual(again.outputs['eachBitsPerDim'])
  expect(first.outputs['eachBitsPerDim']).toHaveLength(3)
  expect(first.outputs['error']).toBeGreaterThan(0)
  expect(first.steps.at(-1)).toEqual([21, 21])
  const { latents } = (await runNode(vaeEncode, { vae, image: faces }, { services })).outputs
  const density = await runNode(diffusionBound, { ...inputs, latents }, { services })
  expect(density.outputs['bitsPerDim']).toBeTypeOf('number')
  await expect(runNode(diffusionBound, inputs, { services })).rejects.toThrow('but has neither')
}, 60_000)

test('the report sets models beside PNG files and the 8 bits of a byte', async () => {
  const inputs = { bits: [3.5, 2.25], labels: 'VAE\nFlow', image: faces }
  const { outputs, artifacts } = await runNode(likelihoodReport, inputs, { services })
  const lines = String(outputs['table']).split('\n')
  expect(lines[1]).toBe('every level as likely\t8')
  expect(lines.slice(3)).toEqual(['VAE\t3.5', 'Flow\t2.25'])
  expect(artifacts).toHaveLength(1)
  await expect(runNode(likelihoodReport, { ...inputs, labels: 'VAE' }, { services })).rejects.toThrow(
    'There are 2 models and 1 labels',
  )
  await expect(runNode(likelihoodReport, { ...inputs, bits: [NaN, 1] }, { services })).rejects.toThrow(
    'The bits of "VAE" are NaN',
  )
})
