import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeightSource, float32, weightOf, writeSafetensors } from '@patchbay/onnx'
import { afterAll, expect, test } from 'vitest'
import { unet2dConditionArchitecture } from '../architectures/unet-2d-condition/index.ts'
import { diffusionProcess } from '../diffusion/process/noise-process.ts'
import { referenceModel, referenceWeights } from '../testing/reference-models.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import { applyLora } from './apply-lora.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-apply-lora-'))
afterAll(() => rmSync(folder, { recursive: true }))

const reference = referenceModel('unet-sd1')
const part = unet2dConditionArchitecture.partOf(reference.config, 'unet', { weights: referenceWeights(reference) })
const model: DiffusionModel = {
  family: 'sd1',
  denoising: { key: 'unet', part, updates: [] },
  process: diffusionProcess(),
  latentChannels: 4,
  latentScale: 8,
}
const strengths = { modelStrength: 1, textStrength: 1 }
const query = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q'
const factors = (layer: string, out = 16, width = 16): readonly [string, readonly number[]][] => [
  [`${layer}.lora_up.weight`, [out, 2]],
  [`${layer}.lora_down.weight`, [2, width]],
]

function fileOf(name: string, shapes: readonly (readonly [string, readonly number[]])[]): string {
  const weights = shapes.map(([each, shape]) =>
    weightOf(each, float32(shape, new Float32Array(shape.reduce((product, size) => product * size, 1)))),
  )
  const path = join(folder, name)
  writeSafetensors(path, createWeightSource(weights))
  return path
}

test('what does not fit is left out and told, and the rest is applied', () => {
  const path = fileOf('part.safetensors', [
    ...factors(query),
    ...factors(query.replace('to_q', 'to_k'), 16, 20),
    ...factors('lora_unet_no_such_layer'),
    [`${query.replace('to_q', 'to_v')}.lora_up.weight`, [16, 2]],
  ])
  const { model: changed, changes, unmatched, warnings } = applyLora(path, { model }, strengths)
  expect([changes, unmatched, changed.denoising.updates.length]).toEqual([1, 4, 1])
  expect(warnings).toEqual([
    'part.safetensors: 2 of its weights change no layer of this model: lora_unet_no_such_layer.lora_down.weight, lora_unet_no_such_layer.lora_up.weight. The rest of it is applied.',
    expect.stringContaining(
      'without their other half: lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1',
    ),
    expect.stringContaining('(a change for 16 × 20; the weight is 16 × 16)'),
  ])
})

test('layers of a text encoder are not missed by who connects none', () => {
  const text = factors('lora_te_text_model_encoder_layers_0_self_attn_q_proj')
  expect(applyLora(fileOf('text.safetensors', [...factors(query), ...text]), { model }, strengths)).toMatchObject({
    unmatched: 0,
    warnings: [],
  })
})

test('a file of which nothing fits is refused by its names, and blamed on a family only where that is so', () => {
  const refusal = (name: string, shapes: readonly (readonly [string, readonly number[]])[]) => () =>
    applyLora(fileOf(name, shapes), { model }, strengths)
  expect(refusal('none.safetensors', factors('lora_unet_no_such_layer'))).toThrow(
    'none.safetensors changes nothing of this sd1 model: it has no layer of these names: lora_unet_no_such_layer.lora_down',
  )
  const reader = query.replace('attn1_to_q', 'attn2_to_k')
  expect(refusal('xl.safetensors', factors(reader, 16, 2048))).toThrow('It was trained for SDXL.')
})

test("PEFT's settings count from the file beside the weights", () => {
  const path = fileOf('adapter_model.safetensors', [
    ['base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight', [16, 2]],
    ['base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight', [2, 16]],
  ])
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify({ r: 2, lora_alpha: 1 }))
  expect(applyLora(path, { model }, strengths).model.denoising.updates[0]?.update.scale).toBe(0.5)
})
