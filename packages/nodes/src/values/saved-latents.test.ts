import { createWeightSource, float32, serializeSafetensors, weightOf } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { latentsFile, parseLatentsFile } from './saved-latents.ts'

const tensor = float32(
  [2, 4, 3, 2],
  Float32Array.from({ length: 2 * 4 * 3 * 2 }, (_, i) => i / 7),
)

test('latents that are kept come back as they were, mask, scale and length of clips too', () => {
  const latents = { tensor, scale: 4, frames: 2, noiseMask: float32([1, 1, 2], Float32Array.of(0, 1)) }
  expect(parseLatentsFile(latentsFile(latents), 'kept')).toEqual(latents)
  expect(parseLatentsFile(latentsFile({ tensor, scale: 8 }), 'kept')).toEqual({ tensor, scale: 8 })
})

test("ComfyUI's latents are brought to the scale that a model works at", () => {
  const weights = [
    weightOf('latent_tensor', tensor),
    weightOf('latent_format_version_0', float32([0], new Float32Array(0))),
  ]
  const { tensor: read } = parseLatentsFile(serializeSafetensors(createWeightSource(weights)), 'x.latent')
  expect(read.data[10]).toBeCloseTo((tensor.data[10] ?? NaN) * 0.18215, 6)
})

test('another file is refused with what it holds', () => {
  const other = serializeSafetensors(createWeightSource([weightOf('emb_params', float32([1], [1]))]))
  expect(() => parseLatentsFile(other, 'x.safetensors')).toThrow('x.safetensors holds no latents, but emb_params')
})
