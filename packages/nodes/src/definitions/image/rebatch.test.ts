import { expect, test } from 'vitest'
import { type Tensor, float32 } from '@patchbay/onnx/tensor'
import { runNode } from '../../testing/run-node.ts'
import { rebatchLatents } from '../latents/rebatch-latents.ts'
import { rebatchImages } from './rebatch-images.ts'

const images = (count: number, first: number) =>
  float32(
    [count, 1, 1, 3],
    Float32Array.from({ length: count * 3 }, (_, at) => first + Math.floor(at / 3)),
  )
const latents = (count: number, side: number) => ({
  tensor: float32([count, 4, side, side], new Float32Array(count * 4 * side * side)),
  scale: 8,
})

test('pictures of several batches are batched anew, in their order', async () => {
  const { outputs } = await runNode(rebatchImages, { images: [images(3, 0), images(2, 10)], size: 2 })
  const first = (outputs['images'] as Tensor[]).map(({ shape, data }) => [shape[0], data[0]])
  expect(first).toEqual([
    [2, 0],
    [2, 2],
    [1, 11],
  ])
})

test('latents of another shape begin another batch', async () => {
  const given = { latents: [latents(3, 2), latents(2, 4), latents(1, 2)], size: 2 }
  const { outputs } = await runNode(rebatchLatents, given)
  const shapes = (outputs['latents'] as { tensor: Tensor }[]).map(({ tensor: { shape } }) => [shape[0], shape[2]])
  expect(shapes).toEqual([
    [2, 2],
    [1, 2],
    [2, 4],
    [1, 2],
  ])
})
