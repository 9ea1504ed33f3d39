import {
  bindWeights,
  createWeightSource,
  evaluate,
  float32,
  renameWeights,
  weightOf,
  type WeightSource,
} from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { referenceInput, referenceModel, referenceWeights } from '../testing/reference-models.ts'
import { parseUpscaler, upscalerGraph } from './upscaler.ts'

async function relativeError(name: string, weights: WeightSource): Promise<number> {
  const reference = referenceModel(name, 'upscalers').outputs.enlarged
  const image = float32([1, 3, 6, 8], referenceInput('image', 1, 3, 6, 8))
  const upscaler = parseUpscaler(weights)
  const { enlarged } = await evaluate(upscalerGraph(upscaler), { image }, bindWeights(upscaler.weights))
  if (enlarged?.dtype !== 'float32' || !reference) return Infinity
  expect(enlarged.shape).toEqual(reference.shape)
  expect(reference.shape[3]).toBe(8 * upscaler.scale)
  const size = Math.hypot(...reference.values)
  return Math.hypot(...reference.values.map((value, index) => value - (enlarged.data[index] ?? NaN))) / size
}

describe('upscalers give what spandrel gives, within 1e-4', () => {
  test.each(['rrdb-4x', 'rrdb-2x', 'rrdb-8x', 'srvgg-2x', 'srvgg-4x'])('%s', async (name) => {
    expect(await relativeError(name, referenceWeights(referenceModel(name, 'upscalers')))).toBeLessThan(1e-4)
  })

  test('whatever the file calls its layers, and whatever it keeps them under', async () => {
    const weights = referenceWeights(referenceModel('rrdb-4x', 'upscalers'))
    const ends = {
      'model.0': 'conv_first',
      'model.3': 'conv_up1',
      'model.6': 'conv_up2',
      'model.8': 'conv_hr',
      'model.10': 'conv_last',
    }
    const recent = renameWeights(weights, (name) => {
      const dense = /^model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.(.+)$/.exec(name)
      if (dense) return `params_ema.body.${dense[1]}.rdb${dense[2]}.conv${dense[3]}.${dense[4]}`
      const end = Object.entries(ends).find(([old]) => name.startsWith(`${old}.`))
      if (end) return `params_ema.${end[1]}${name.slice(end[0].length)}`
      return name.replace(/^model\.1\.sub\.\d+/, 'params_ema.conv_body')
    })
    expect(await relativeError('rrdb-4x', recent)).toBeLessThan(1e-4)
  })
})

test('a file that is no upscaler is refused with what it looks like', () => {
  const source = createWeightSource([weightOf('text_model.x', float32([1], [0]))], { title: 'a.pth' })
  expect(() => parseUpscaler(source)).toThrow(
    'a.pth is no upscaler that is known (ESRGAN, Real-ESRGAN, SRVGG, RDN): it looks like a text encoder alone',
  )
})
