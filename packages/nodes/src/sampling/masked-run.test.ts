import { expect, test } from 'vitest'
import { float32, full, zeros } from '@patchbay/onnx/tensor'
import { TorchCpuGenerator } from '../random/index.ts'
import type { Latents } from '../values/latents.ts'
import { keepUnmasked, withKeptNoise } from './masked-run.ts'

const shape = [1, 4, 1, 3]
const latents: Latents = {
  tensor: zeros('float32', shape),
  scale: 8,
  noiseMask: float32([1, 1, 3], Float32Array.of(0, 0.5, 1)),
  run: {
    noise: { seed: 7, generator: 'torch-cpu-batch' },
    history: [],
    clean: full('float32', shape, 3),
    initialNoise: zeros('float32', shape),
  },
}

test('what a mask repaints by half is not blended a second time at the end', () => {
  const { data } = keepUnmasked(latents, full('float32', shape, 5), 0)
  expect([...data.slice(0, 3)]).toEqual([3, 5, 5])
})

test('a run that ends with noise left keeps it under the mask, so that another can go on', () => {
  expect(keepUnmasked(latents, full('float32', shape, 5), 0.5).data[0]).toBe(5)
})

test("ComfyUI's DDIM keeps under the noise of the next seed, all other samplers under that of the run", () => {
  const next = new TorchCpuGenerator(8).randn(shape)
  expect(withKeptNoise(latents, { sampler: 'ddim', formulas: 'comfyui' }).run?.initialNoise).toEqual(next)
  expect(withKeptNoise(latents, { sampler: 'euler', formulas: 'comfyui' })).toBe(latents)
  expect(withKeptNoise(latents, { sampler: 'ddim' })).toBe(latents)
})
