import { expect, test } from 'vitest'
import { float32 } from '@patchbay/onnx/tensor'
import { conditioningCodec, latentsCodec, tensorCodec } from './value-codecs.ts'

const tensor = float32([1, 5], Float32Array.of(1.5, -0, NaN, 1e-40, 3))

test('a tensor keeps every bit', async () => {
  const back = await tensorCodec.decode(await tensorCodec.encode(tensor))
  expect(back.shape).toEqual([1, 5])
  expect(new Uint32Array(back.data.buffer)).toEqual(new Uint32Array(tensor.data.buffer))
})

test('latents in the middle of a run keep all that the run has to remember', async () => {
  const latents = {
    tensor,
    scale: 8,
    run: {
      noise: { seed: 2n ** 64n - 1n, generator: 'philox' as const },
      history: [tensor, float32([1, 1], Float32Array.of(7))],
      clean: tensor,
      initialNoise: tensor,
    },
  }
  // Bytes that do not start at a multiple of four, as a part of a file.
  const bytes = await latentsCodec.encode(latents)
  const shifted = new Uint8Array(bytes.length + 3)
  shifted.set(bytes, 3)
  expect(await latentsCodec.decode(shifted.subarray(3))).toEqual(latents)
})

test('conditioning keeps its parts apart', async () => {
  const parts = [{ embeddings: tensor, strength: 0.5 }, { embeddings: float32([1, 1, 2], Float32Array.of(1, 2)) }]
  expect(await conditioningCodec.decode(await conditioningCodec.encode(parts))).toEqual(parts)
})
