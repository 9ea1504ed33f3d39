import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createWeightSource, float32, openSafetensors, weightOf, type WeightSource } from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { loraAliases, numberedLayers } from '../../architectures/unet-2d-condition/layers.ts'
import { parseLora, textWidthOfLora } from './lora.ts'
import type { LoraModelNames } from './lora-targets.ts'

const root = resolve(import.meta.dirname, '../../../../..')
const reference = JSON.parse(
  gunzipSync(readFileSync(join(root, 'tests/reference/vectors/checkpoint-names.json.gz'))).toString(),
) as Record<string, readonly (readonly [string, string])[]>

const textLayers = Array.from({ length: 12 }, (_, layer) => `text_model.encoder.layers.${layer}.self_attn`)
const sd1: LoraModelNames = {
  denoiser: {
    loraAliases: (layer) =>
      loraAliases({ layersPerBlock: [2, 2, 2, 2], upAttention: [false, true, true, true] }, layer),
    numberedLayers,
    weights: (reference.sd1 ?? []).map(([, ours]) => ours),
  },
  textEncoders: [
    textLayers.flatMap((attention) => ['q', 'k', 'v', 'out'].map((part) => `${attention}.${part}_proj.weight`)),
  ],
}

function loraFile(layer: string, endings: readonly [up: string, down: string], alpha?: number): WeightSource {
  return createWeightSource(
    [
      weightOf(layer + endings[0], float32([8, 2], new Float32Array(16))),
      weightOf(layer + endings[1], float32([2, 8], new Float32Array(16))),
      ...(alpha === undefined ? [] : [weightOf(`${layer}.alpha`, float32([], [alpha]))]),
    ],
    { title: 'style.safetensors' },
  )
}

describe('a LoRA finds the weights it changes', () => {
  const kohya = ['.lora_up.weight', '.lora_down.weight'] as const
  const query = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q'
  const output = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0'
  test.each([
    ['kohya', 'lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q', kohya, query],
    ['LyCORIS', 'lycoris_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q', kohya, query],
    ['kohya on the original block names', 'lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q', kohya, query],
    ['diffusers', `unet.${query}`, ['.lora.up.weight', '.lora.down.weight'], query],
    [
      'diffusers with processors',
      `unet.${query.replace('.to_q', '.processor.to_q')}`,
      ['_lora.up.weight', '_lora.down.weight'],
      query,
    ],
    [
      'diffusers with processors, output',
      `unet.${output.replace('.to_out.0', '.processor.to_out')}`,
      ['_lora.up.weight', '_lora.down.weight'],
      output,
    ],
    ['PEFT', `base_model.model.${query}`, ['.lora_B.weight', '.lora_A.weight'], query],
    ['a bare UNet', query, ['.lora_B.default.weight', '.lora_A.default.weight'], query],
  ] as const)('in the naming of %s', (_, layer, endings, target) => {
    const { updates, unmatched } = parseLora(loraFile(layer, endings), sd1)
    expect(unmatched).toEqual([])
    expect(updates.map(({ part, weight }) => ({ part, weight }))).toEqual([
      { part: 'denoiser', weight: `${target}.weight` },
    ])
  })

  test.each([
    'lora_te_text_model_encoder_layers_3_self_attn_q_proj',
    'lora_te1_text_model_encoder_layers_3_self_attn_q_proj',
  ])('in the text encoder: %s', (layer) => {
    const [update] = parseLora(loraFile(layer, kohya), sd1).updates
    expect(update).toMatchObject({ part: 'textEncoder', weight: 'text_model.encoder.layers.3.self_attn.q_proj.weight' })
  })

  test('and is scaled by alpha over rank, by one without an alpha', () => {
    const layer = 'lora_unet_mid_block_attentions_0_proj_in'
    expect(parseLora(loraFile(layer, kohya, 1), sd1).updates[0]?.scale).toBe(0.5)
    expect(parseLora(loraFile(layer, kohya), sd1).updates[0]?.scale).toBe(1)
  })

  test.each([
    ['alpha over rank', { 'unet.r': 2, 'unet.lora_alpha': 1, 'text_encoder.lora_alpha': 7 }, 0.5],
    ['alpha over the root of the rank', { 'unet.lora_alpha': 1, 'unet.use_rslora': true }, 1 / Math.SQRT2],
    ['an alpha of its own', { 'unet.lora_alpha': 1, 'unet.alpha_pattern': { 'attn1.to_q': 6, to_k: 9 } }, 3],
    ['no alpha', { 'unet.r': 2 }, 1],
  ])('and is scaled by the settings that PEFT keeps in the header: %s', (_, settings, scale) => {
    const file = loraFile(`unet.${query}`, ['.lora_B.weight', '.lora_A.weight'])
    const source = { ...file, metadata: { lora_adapter_metadata: JSON.stringify(settings) } }
    expect(parseLora(source, sd1).updates[0]?.scale).toBeCloseTo(scale, 6)
  })

  test('and what belongs to no weight is reported, not dropped', () => {
    expect(parseLora(loraFile('lora_unet_no_such_layer', kohya), sd1)).toMatchObject({
      updates: [],
      unmatched: ['lora_unet_no_such_layer.lora_up.weight', 'lora_unet_no_such_layer.lora_down.weight'],
    })
  })
})

describe('nothing of a file is dropped without its name', () => {
  const zeros = (name: string, ...shape: readonly number[]) =>
    weightOf(name, float32(shape, new Float32Array(shape.reduce((product, size) => product * size, 1))))
  const layer = 'lora_unet_mid_block_attentions_0_proj_in'

  test('a form that is not known, beside one that is', () => {
    const endings = ['lora_up.weight', 'lora_down.weight', 'hada_t1', 'quux']
    const source = createWeightSource(endings.map((ending) => zeros(`${layer}.${ending}`, 2, 2)))
    expect(parseLora(source, sd1)).toMatchObject({
      updates: [{ weight: 'mid_block.attentions.0.proj_in.weight' }],
      unread: [`${layer}.quux`, `${layer}.hada_t1`],
    })
  })

  test('a bias for a layer without one', () => {
    const query = 'lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q'
    const { updates, unmatched } = parseLora(createWeightSource([zeros(`${query}.diff_b`, 2)]), sd1)
    expect([updates, unmatched]).toEqual([[], [`${query}.diff_b`]])
  })

  test('an upsampler under its original name changes it', () => {
    const upsampler = 'lora_unet_output_blocks_5_2_conv'
    const source = createWeightSource([
      zeros(`${upsampler}.lora_up.weight`, 2, 2),
      zeros(`${upsampler}.lora_down.weight`, 2, 2),
    ])
    expect(parseLora(source, sd1).updates).toMatchObject([{ weight: 'up_blocks.1.upsamplers.0.conv.weight' }])
  })
})

describe('the width of the text that a LoRA is for', () => {
  test('is that of most of its layers, whatever one of them has', () => {
    const weights = [1024, 768, 768].map((width, i) =>
      weightOf(`lora_unet_down_blocks_${i}_attn2_to_k.lora_down.weight`, float32([1, width], new Float32Array(width))),
    )
    expect(textWidthOfLora(createWeightSource(weights))).toBe(768)
  })
})

describe('what is no LoRA is refused in words', () => {
  test('a file of other weights', () => {
    const source = createWeightSource([weightOf('conv_in.weight', float32([1], [0]))], { title: 'unet.safetensors' })
    expect(() => parseLora(source, sd1)).toThrow(
      'unet.safetensors is no LoRA: it looks like something else (1 weights: conv_in.weight, …); none of its 1 weights is a factor of one',
    )
  })

  test('half of a pair, which is left out by name', () => {
    const layer = 'lora_unet_mid_block_attentions_0_proj_in'
    const source = createWeightSource([weightOf(`${layer}.lora_up.weight`, float32([2, 1], [0, 0]))])
    expect(parseLora(source, sd1)).toMatchObject({ updates: [], unread: [`${layer}.lora_up.weight`] })
  })

  test('factors of different ranks', () => {
    const layer = 'lora_unet_mid_block_attentions_0_proj_in'
    const source = createWeightSource([
      weightOf(`${layer}.lora_up.weight`, float32([2, 2], [0, 0, 0, 0])),
      weightOf(`${layer}.lora_down.weight`, float32([1, 2], [0, 0])),
    ])
    expect(() => parseLora(source, sd1)).toThrow('do not fit: up [2, 2], down [1, 2]')
  })
})

const sharedModels = process.env.PATCHBAY_SHARED_MODELS ?? resolve(root, '../shared/models')
const realLora = join(sharedModels, 'sd15-lora/analog_svd_rank4.safetensors')

test.skipIf(!existsSync(realLora))(
  'a real LoRA of Stable Diffusion 1.5 maps onto it with no key left over, shapes and all',
  () => {
    const source = openSafetensors(realLora)
    const { updates, unmatched } = parseLora(source, sd1)
    expect(unmatched).toEqual([])
    expect(updates.length).toBe(192)
    const feedForward = updates.find(
      ({ weight }) => weight === 'mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj.weight',
    )
    expect(feedForward?.form === 'low-rank' && feedForward.up.shape).toEqual([10240, 4])
    const crossKeys = updates.filter(({ weight }) => /attn2\.to_[kv]\.weight$/.test(weight))
    expect(crossKeys.every((update) => update.form === 'low-rank' && update.down.shape[1] === 768)).toBe(true)
  },
)
