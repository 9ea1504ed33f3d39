import { expect, test } from 'vitest'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { unetCost } from '../architectures/unet-2d-condition/cost.ts'
import { findTooLargeToDecode, findTooLargeToSample, sampleCost, sizeInTraits } from './memory-checks.ts'

const config = parseUNet2DConditionConfig({
  block_out_channels: [320, 640, 1280, 1280],
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  attention_head_dim: 8,
  cross_attention_dim: 768,
})
const model = {
  family: 'sd1',
  nativeSize: 512,
  latentScale: 8,
  cost: { ...unetCost(config), weightBytes: 1_719_041_928 },
}
const vae = { decodeBytesPerPixel: 2560 }
const empty = (width: number, height = width, batch = 1) => ({ isEmpty: true, width, height, batch })

test('sampling that does not fit is warned of with the numbers and a way out', () => {
  expect(findTooLargeToSample(model, empty(512), 4e9)).toEqual([])
  expect(findTooLargeToSample(model, empty(4096), 4e9)).toEqual([
    {
      input: 'latents',
      severity: 'warning',
      message:
        "Sampling a picture of 4096 × 4096 px needs about 25 GB of memory beside the model's 1.7 GB, but 4 GB are free (a step is 550 TFLOP): sample smaller and enlarge the result.",
    },
  ])
  expect(findTooLargeToSample(model, empty(512, 512, 100), 4e9)).toMatchObject([
    { message: expect.stringMatching(/^Sampling 100 pictures .*: sample fewer at once\.$/) },
  ])
})

test('decoding that does not fit is sent to tiles', () => {
  expect(findTooLargeToDecode(vae, empty(512), 4e9)).toEqual([])
  expect(findTooLargeToDecode(vae, empty(2048), 4e9)).toMatchObject([
    { message: expect.stringContaining('needs about 40 GB of memory, but 4 GB are free: use VAEDecodeTiled') },
  ])
})

test('nothing is said where nothing is known', () => {
  expect(sampleCost({}, empty(512))).toBeUndefined()
  expect(sampleCost(model, {})).toBeUndefined()
  expect(findTooLargeToDecode({}, empty(65536), 1)).toEqual([])
  expect(findTooLargeToSample(model, empty(65536), Infinity)).toEqual([])
})

test('a side that is left to the model is the one it was trained on', () => {
  expect(sizeInTraits(model, empty(0, 256))).toEqual({ width: 512, height: 256, batch: 1 })
})
