import { expect, test } from 'vitest'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { unetCost } from '../architectures/unet-2d-condition/cost.ts'
import { createCalibration } from '../networks/calibration.ts'
import { createSessions } from '../networks/sessions.ts'
import { callsOf, estimateDecoding, estimateSampling } from './estimates.ts'
import { sampleCost } from './memory-checks.ts'

const config = parseUNet2DConditionConfig({
  block_out_channels: [320, 640, 1280, 1280],
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  attention_head_dim: 8,
  cross_attention_dim: 768,
})
const model = { latentScale: 8, nativeSize: 512, cost: { ...unetCost(config) }, workKind: 'UNet' }
const latents = { width: 0, height: 0, batch: 1 }
const hostWith = (calibration = createCalibration('cpu')) => ({
  calibration,
  services: { sessions: createSessions({ calibration }) },
})

test('samplers ask the model as often as their order says', async () => {
  expect(await callsOf('euler', 20)).toBe(20)
  expect(await callsOf('heun', 20)).toBe(39)
  expect(await callsOf('dpm_2', 20)).toBe(39)
  expect(await callsOf('seeds_3', 10)).toBe(28)
  expect(await callsOf('euler', 1000)).toBe(1000)
  expect(await callsOf('euler', 0)).toBe(0)
})

test('sampling is estimated from its size, its steps and its guidance, and in seconds once the device is known', async () => {
  const { calibration, services } = hostWith()
  const once = sampleCost(model, latents)?.flops ?? NaN
  const settings = { sampler: 'euler', steps: 20, isGuided: false } as const
  const first = await estimateSampling({ model, latents }, settings, services)
  expect(first).toEqual({ flops: 20 * once, bytes: expect.any(Number) as number })
  calibration.record('UNet', once, 2)
  expect((await estimateSampling({ model, latents }, settings, services))?.seconds).toBeCloseTo(40)
  const guided = await estimateSampling({ model, latents }, { ...settings, isGuided: true }, services)
  expect(guided?.seconds).toBeCloseTo(80)
  expect(guided?.bytes).toBeCloseTo(2 * (first?.bytes ?? NaN))
  expect(await estimateSampling({ model, latents: {} }, settings, services)).toBeUndefined()
})

test('decoding is estimated by its pixels', () => {
  const { calibration, services } = hostWith()
  const vae = { decodeBytesPerPixel: 2560, workKind: 'decoder' }
  const size = { width: 512, height: 512, batch: 2 }
  expect(estimateDecoding(vae, size, services)).toEqual({ bytes: 3.7 * 2560 * 512 * 512 })
  calibration.record('decoder', 512 * 512, 3)
  expect(estimateDecoding(vae, size, services)?.seconds).toBeCloseTo(6)
})
