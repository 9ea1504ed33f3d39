import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createWeightSource,
  float32,
  mergeWeights,
  readWeightAsFloat32,
  renameWeights,
  requireWeight,
  weightOf,
  writeSafetensors,
} from '@patchbay/onnx'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import { openCheckpoint } from '../../opening/open-checkpoint.ts'
import { weightsWithUpdates } from '../../weights/lora/weights-with-updates.ts'
import type { AppliedUpdate } from '../../weights/lora/lora-binding.ts'
import { withChange, type DiffusionModel } from '../../values/diffusion-model.ts'
import type { TextEncoderModel } from '../../values/text-encoder.ts'
import type { Services } from '../../host/services.ts'
import { runNode } from '../../testing/run-node.ts'
import { tinyCheckpoint, writeDiffusersFolder } from '../../testing/tiny-checkpoint.ts'
import { loadCheckpoint } from '../loaders/load-checkpoint.ts'
import { loadDiffusionModelNode } from '../loaders/load-diffusion-model.ts'
import { loadLora } from '../loaders/load-lora.ts'
import { loadTextEncoder } from '../loaders/load-text-encoder.ts'
import { addModelDifference } from './add-model-difference.ts'
import { addModels } from './add-models.ts'
import { mergeModels } from './merge-models.ts'
import { mergeTextEncoders } from './merge-text-encoders.ts'
import { saveCheckpoint } from './save-checkpoint.ts'

let place: string
let services: Services
const query = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight'
const middle = 'mid_block.resnets.0.conv1.weight'

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-merging-'))
  const tiny = tinyCheckpoint()
  for (const folder of ['checkpoints', 'diffusion_models', 'loras', 'text_encoders']) mkdirSync(join(place, folder))
  writeDiffusersFolder(join(place, 'checkpoints/tiny'), tiny)
  const doubled = createWeightSource(
    [query, middle].map((name) => {
      const values = readWeightAsFloat32(tiny.unet, name).map((value) => value * 3)
      return weightOf(name, float32(requireWeight(tiny.unet, name).shape, values))
    }),
  )
  const rest = renameWeights(tiny.unet, (name) => (name === query || name === middle ? undefined : name))
  writeSafetensors(join(place, 'diffusion_models/other.safetensors'), mergeWeights([rest, doubled]))
  const tripled = tiny.textEncoder.names.map((name) => {
    const values = readWeightAsFloat32(tiny.textEncoder, name).map((value) => value * 3)
    return weightOf(name, float32(requireWeight(tiny.textEncoder, name).shape, values))
  })
  writeSafetensors(join(place, 'text_encoders/other.safetensors'), createWeightSource(tripled))
  const ones = (name: string, ...shape: number[]) =>
    weightOf(name, float32(shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(0.25)))
  const layer = `unet.${query.replace('.weight', '')}`
  const lora = [ones(`${layer}.lora_A.weight`, 2, 32), ones(`${layer}.lora_B.weight`, 32, 2)]
  writeSafetensors(join(place, 'loras/flat.safetensors'), createWeightSource(lora))
  const folders = Object.fromEntries(
    ['checkpoints', 'diffusion_models', 'loras', 'text_encoders'].map((name) => [name, [join(place, name)]]),
  )
  services = createLocalServices({ folders, output: place })
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

async function models() {
  const parts = (await runNode(loadCheckpoint, { checkpoint: 'tiny' }, { services })).outputs
  const other = (await runNode(loadDiffusionModelNode, { model: 'other.safetensors' }, { services })).outputs['model']
  const lora = (await runNode(loadLora, { model: parts['model'], lora: 'flat.safetensors' }, { services })).outputs[
    'model'
  ]
  return {
    parts,
    first: parts['model'] as DiffusionModel,
    second: other as DiffusionModel,
    lora: lora as DiffusionModel,
  }
}
/** The first number of a weight of a model, all that was changed about it worked in. */
async function numberOf(model: unknown, name: string): Promise<number> {
  const { part, updates } = (model as DiffusionModel).denoising
  return readWeightAsFloat32(await weightsWithUpdates(part.weights, updates), name)[0] ?? NaN
}
const merged = async (inputs: Readonly<Record<string, unknown>>) =>
  (await runNode(mergeModels, inputs, { services })).outputs['model'] as DiffusionModel

test('a merge is the first model at 0, the second at 1, and between them a mix of each part', async () => {
  const { first, second } = await models()
  const [q, m] = [await numberOf(first, query), await numberOf(first, middle)]
  const half = await merged({ first, second, input: 0.5, middle: 0, output: 1 })
  expect(await numberOf(half, query)).toBeCloseTo(2 * q, 5)
  expect(await numberOf(half, middle)).toBe(m)
  expect(await numberOf(await merged({ first, second, input: 1, middle: 1, output: 1 }), middle)).toBeCloseTo(3 * m, 5)
  expect(half.denoising.key).not.toBe((await merged({ first, second, input: 0.6 })).denoising.key)
})

test('LoRAs count in a merge by the share of their model', async () => {
  const { first, lora } = await models()
  const change = (await numberOf(lora, query)) - (await numberOf(first, query))
  expect(change).toBeCloseTo(2 * 0.25 * 0.25, 5)
  const half = await merged({ first, second: lora, input: 0.5 })
  expect((await numberOf(half, query)) - (await numberOf(first, query))).toBeCloseTo(change / 2, 5)
})

test('what one model learnt over another is added to a third', async () => {
  const { first, second, lora } = await models()
  const inputs = { model: lora, trained: second, origin: first, amount: 0.5 }
  const { model } = (await runNode(addModelDifference, inputs, { services })).outputs
  const q = await numberOf(first, query)
  expect(await numberOf(model, query)).toBeCloseTo((await numberOf(lora, query)) + 0.5 * (3 * q - q), 5)
})

test('a model less another is what it learnt, and can be added to a third', async () => {
  const { first, second } = await models()
  const [q, m] = [await numberOf(first, query), await numberOf(first, middle)]
  const learnt = (
    await runNode(addModels, { first: second, second: first, ofFirst: 0.5, ofSecond: -0.5 }, { services })
  ).outputs['model']
  expect(await numberOf(learnt, query)).toBeCloseTo(0.5 * (3 * q - q), 5)
  const { model } = (await runNode(addModels, { first, second: learnt }, { services })).outputs
  expect(await numberOf(model, middle)).toBeCloseTo(m + 0.5 * (3 * m - m), 5)
})

test('models of two structures are not merged, and that is known before the run', () => {
  const links = { first: { family: 'sd1', inChannels: 4 }, second: { family: 'sd1', inChannels: 9 } }
  expect(mergeModels.validate?.({ values: {}, links }, services)).toEqual([
    {
      input: 'second',
      message:
        'Only models of one structure can be merged: one is sd1, 4 input channels, the other sd1, 9 input channels.',
    },
  ])
  expect(mergeModels.validate?.({ values: {}, links: { first: links.first, second: links.first } }, services)).toEqual(
    [],
  )
})

test('a checkpoint that is saved holds its LoRA, and opens as any other', async () => {
  const { parts, lora } = await models()
  const inputs = { ...parts, model: lora, name: 'styled' }
  expect((await runNode(saveCheckpoint, inputs, { services })).shown).toEqual({ checkpoint: 'styled' })
  const saved = openCheckpoint(join(place, 'checkpoints/styled'))
  expect(saved.textEncoders[0]).toMatchObject({ kind: 'clip', layerFromEnd: 1, padToken: 49407 })
  const { model } = (await runNode(loadCheckpoint, { checkpoint: 'styled' }, { services })).outputs
  expect(await numberOf(model, query)).toBeCloseTo(await numberOf(lora, query), 3)
  expect(await numberOf(model, middle)).toBeCloseTo(await numberOf(lora, middle), 3)
  await expect(runNode(saveCheckpoint, { ...inputs, name: 'tiny' }, { services })).rejects.toThrow(
    'choose another name',
  )
})

test('what acts only while a network samples is told to be left out of a saved checkpoint', async () => {
  const { parts, first } = await models()
  const model = withChange(first, { type: 'aligned-style', strength: 1 })
  const { warnings } = await runNode(saveCheckpoint, { ...parts, model, name: 'aligned' }, { services })
  expect(warnings).toEqual([
    'A checkpoint has no place for the style that a batch shares: connect it again behind the loaded checkpoint.',
  ])
})

test('text encoders mix as models do, and their LoRAs by the same shares', async () => {
  const { parts } = await models()
  const other = (await runNode(loadTextEncoder, { textEncoder: 'other.safetensors' }, { services })).outputs
  const first = parts['textEncoder'] as TextEncoderModel
  const changed = { ...first, updates: [{ update: {} as AppliedUpdate['update'], strength: 2 }] }
  const inputs = { first: changed, second: other['textEncoder'], share: 0.25 }
  const mixed = (await runNode(mergeTextEncoders, inputs)).outputs['textEncoder'] as TextEncoderModel
  const weight = 'text_model.encoder.layers.0.mlp.fc1.weight'
  const [own, between] = [first, mixed].map(({ encoders }) => readWeightAsFloat32(encoders[0]!.weights, weight))
  // Three times the weights by a quarter: one and a half times.
  expect(between?.[7]).toBeCloseTo((own?.[7] ?? NaN) * 1.5, 5)
  expect(mixed.updates).toMatchObject([{ strength: 1.5 }])
  expect(mixed.key).not.toBe(first.key)
})

test('text encoders of two families are refused, before the run and in it', async () => {
  const [a, b] = [
    { family: 'sd1', conditioningWidth: 768 },
    { family: 'sdxl', conditioningWidth: 2048 },
  ]
  expect(mergeTextEncoders.validate?.({ values: {}, links: { first: a, second: b } }, services)).toMatchObject([
    { input: 'second', message: 'Only models of one structure can be merged: one is sd1, the other sdxl.' },
  ])
  const { parts } = await models()
  const first = parts['textEncoder'] as TextEncoderModel
  const second = { ...first, family: 'mini', encoders: [{ kind: 'sentence-encoder' }] }
  await expect(runNode(mergeTextEncoders, { first, second })).rejects.toThrow(
    'Only text encoders of one family can be merged: one is clip (unknown), the other sentence-encoder (mini)',
  )
})
