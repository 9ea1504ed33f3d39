import { createWeightSource, float32, readWeightAsFloat32, weightOf, type WeightSource } from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { referenceModel, referenceWeights } from '../testing/reference-models.ts'
import { denoiserIn } from './denoiser-part.ts'
import { flux2LayerNames } from './flux2-transformer/names.ts'
import { fluxLayerNames } from './flux-transformer/names.ts'
import type { LayerNames } from './kinds/layer-names.ts'
import { sd3LayerNames } from './sd3-transformer/names.ts'
import { zImageLayerNames } from './z-image-transformer/names.ts'

/** Weights as their makers save them: several layers in one piece, and some halves the other way round. */
function asMakersSave(source: WeightSource, names: LayerNames, prefix: string): WeightSource {
  const whole = new Map<string, { shape: number[]; values: Float32Array }>()
  for (const name of source.names) {
    const [, layer = name, ending = ''] = /^(.+)\.(weight|bias)$/.exec(name) ?? []
    const file = ending === '' ? undefined : names(layer)
    const shape = [...(source.get(name)?.shape ?? [])]
    const values = readWeightAsFloat32(source, name)
    const { rows, swapped } = file ?? {}
    const own = ending === 'weight' ? (file?.ending ?? 'weight') : ending
    const key = name === 'pos_embed.pos_embed' ? 'pos_embed' : file ? `${file.layer}.${own}` : name
    if (swapped) {
      const half = values.length / 2
      whole.set(key, { shape, values: Float32Array.of(...values.subarray(half), ...values.subarray(0, half)) })
    } else if (rows) {
      const [, ...rest] = shape
      const each = values.length / rows.count
      const all = whole.get(key) ?? { shape: [rows.whole, ...rest], values: new Float32Array(rows.whole * each) }
      all.values.set(values, rows.begin * each)
      whole.set(key, all)
    } else whole.set(key, { shape, values })
  }
  return createWeightSource(
    [...whole].map(([name, { shape, values }]) => weightOf(prefix + name, float32(shape, values))),
  )
}

const networks = [
  ['sd3', 'sd3-transformer', sd3LayerNames(2, 24)],
  ['sd3.5', 'sd3-transformer', sd3LayerNames(3, 24)],
  ['flux-dev', 'flux-transformer', fluxLayerNames(32)],
  ['flux-schnell', 'flux-transformer', fluxLayerNames(32)],
  ['flux2-klein', 'flux2-transformer', flux2LayerNames(32)],
  ['flux2-dev', 'flux2-transformer', flux2LayerNames(32)],
  ['z-image', 'z-image-transformer', zImageLayerNames(48)],
] as const

describe.each(networks)('%s', (name, architecture, names) => {
  const weights = referenceWeights(referenceModel(name, 'newer-networks'))

  test.each(['', 'model.diffusion_model.'])(
    'is found under its makers’ names behind "%s", with all its weights',
    (prefix) => {
      const part = denoiserIn(asMakersSave(weights, names, prefix))
      expect(part?.architecture).toBe(architecture)
      expect([...(part?.weights.names ?? [])].sort()).toEqual([...weights.names].sort())
      for (const weight of weights.names) {
        expect(part?.weights.get(weight)?.shape, weight).toEqual(weights.get(weight)?.shape)
        expect(readWeightAsFloat32(part?.weights ?? weights, weight), weight).toEqual(
          readWeightAsFloat32(weights, weight),
        )
      }
    },
  )

  test('is found under diffusers’ names', () => {
    const part = denoiserIn(weights)
    expect([part?.architecture, part?.weights.names.length]).toEqual([architecture, weights.names.length])
  })
})
