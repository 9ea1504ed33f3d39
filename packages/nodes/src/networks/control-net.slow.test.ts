import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeightSource, float32, renameWeights, weightOf, writeSafetensors, type Tensor } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { referenceInput, referenceModel, referenceWeights } from '../testing/reference-models.ts'
import { controlledNetwork, openControlNet, type AppliedControl } from './control-net.ts'
import { ldmUnetOf } from '../architectures/unet-2d-condition/detect.ts'
import { ldmNameOf } from '../architectures/unet-2d-condition/ldm-names.ts'
import { createSessions } from './sessions.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-control-'))
const at = (name: string): string => join(folder, name)
const reference = (name: string) => referenceModel(name, 'controlled-unet')
const given = (name: string, ...shape: number[]): Tensor => float32(shape, referenceInput(name, ...shape))

beforeAll(() => {
  const control = reference('control-net')
  mkdirSync(at('folder'))
  writeSafetensors(at('folder/diffusion_pytorch_model.safetensors'), referenceWeights(control))
  writeFileSync(at('folder/config.json'), JSON.stringify(control.config))
  writeSafetensors(at('alone.safetensors'), referenceWeights(control))
  writeSafetensors(at('unet.safetensors'), referenceWeights(reference('unet')))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function predicted(
  controls: readonly Omit<AppliedControl, 'controlNet'>[],
  size: readonly [height: number, width: number] = [8, 12],
): Promise<Tensor> {
  const unet = reference('unet')
  const sessions = createSessions()
  const part = {
    architecture: 'unet-2d-condition',
    config: parseUNet2DConditionConfig(unet.config),
    weights: referenceWeights(unet),
  } as const
  const network = controlledNetwork(sessions, { key: 'unet', part, updates: [] })
  const controlNet = openControlNet(at('folder'))
  try {
    return await network(given('sample', 2, 4, ...size), 301, {
      embeddings: given('text', 2, 5, 24),
      controls: controls.map((control) => ({ ...control, controlNet })),
    })
  } finally {
    await sessions.clear()
  }
}

function relativeError(got: Tensor, name: string): number {
  const expected = reference('unet').outputs[name]?.values ?? []
  expect(got.data.length).toBe(expected.length)
  const norm = (values: readonly number[]) => Math.hypot(...values)
  return norm(expected.map((value, i) => (got.data[i] ?? NaN) - value)) / norm([...expected])
}

describe('a UNet under ControlNets gives what diffusers gives, within 1e-4', () => {
  const edges = { hint: given('edges', 2, 3, 16, 24), strength: 0.7 }
  const depth = { hint: given('depth', 2, 3, 16, 24), strength: 0.4 }

  test('with one', async () => {
    expect(relativeError(await predicted([edges]), 'one')).toBeLessThan(1e-4)
    expect(relativeError(await predicted([edges]), 'none')).toBeGreaterThan(0.01)
  })

  test('with two, which add up', async () => {
    expect(relativeError(await predicted([edges, depth]), 'both')).toBeLessThan(1e-4)
  })

  test('at sides that do not halve evenly', async () => {
    const hint = given('edges', 2, 3, 14, 22)
    expect(relativeError(await predicted([{ hint, strength: 0.7 }], [7, 11]), 'odd')).toBeLessThan(1e-4)
  })

  test('at strength 0, which is the model alone, bit for bit', async () => {
    const alone = await predicted([])
    expect(relativeError(alone, 'none')).toBeLessThan(1e-4)
    expect(await predicted([{ ...edges, strength: 0 }])).toEqual(alone)
  })
})

describe('a ControlNet is opened', () => {
  test('from a file by itself, its config read off its weights', () => {
    const { config, family } = openControlNet(at('alone.safetensors'))
    const { unet, ...hint } = openControlNet(at('folder')).config
    expect(config).toMatchObject({
      ...hint,
      unet: { blockOutChannels: unet.blockOutChannels, layersPerBlock: unet.layersPerBlock, crossAttentionDim: 24 },
    })
    expect(family).toBe('unknown')
  })

  test('with the config beside it, when a file of the folder is chosen', () => {
    const { config } = openControlNet(at('folder/diffusion_pytorch_model.safetensors'))
    expect(config).toEqual(openControlNet(at('folder')).config)
  })

  test('under the original names too', () => {
    const original = withOriginalNames()
    writeSafetensors(at('original.safetensors'), original)
    expect(original.names).toContain('control_model.zero_convs.1.0.weight')
    expect([...(ldmUnetOf(original)?.names ?? [])].sort()).toEqual(
      [...referenceWeights(reference('control-net')).names].sort(),
    )
    expect(openControlNet(at('original.safetensors')).config).toEqual(openControlNet(at('alone.safetensors')).config)
  })

  test('and refused, with what the file is, when it is another model', () => {
    expect(() => openControlNet(at('unet.safetensors'))).toThrow('unet.safetensors is no ControlNet')
    const lora = createWeightSource([weightOf('lora_controlnet', float32([1], [1]))])
    writeSafetensors(at('control-lora.safetensors'), lora)
    expect(() => openControlNet(at('control-lora.safetensors'))).toThrow('is a Control-LoRA, which is not supported')
  })
})

/** As the original code writes a ControlNet. */
function withOriginalNames() {
  const layerOf = (name: string) => name.replace(/\.(weight|bias)$/, '')
  return renameWeights(referenceWeights(reference('control-net')), (name) => {
    const kind = name.slice(layerOf(name).length)
    const zero = /^controlnet_down_blocks\.(\d+)$/.exec(layerOf(name))
    const hint = /^controlnet_cond_embedding\.(.+)$/.exec(layerOf(name))
    if (zero) return `control_model.zero_convs.${zero[1]}.0${kind}`
    if (layerOf(name) === 'controlnet_mid_block') return `control_model.middle_block_out.0${kind}`
    if (hint) {
      const place = { conv_in: 0, 'blocks.0': 2, 'blocks.1': 4, conv_out: 14 }[hint[1] ?? '']
      return `control_model.input_hint_block.${place}${kind}`
    }
    return `control_model.${ldmNameOf(layerOf(name), 1) ?? 'unknown'}${kind}`
  })
}
