import { createWeightSource, float32, weightOf } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { decodeToImage, encodeToLatents } from '../networks/image-autoencoder.ts'
import { createSessions } from '../networks/sessions.ts'
import { referenceInput, referenceModel, weightValues } from '../testing/reference-models.ts'
import { fitProjection } from './latent-preview.ts'

test('Flux.2’s packed latents are encoded, decoded and previewed in the form that its denoiser has', async () => {
  const { config: json, weights: shapes } = referenceModel('autoencoder-flux2', 'newer-networks')
  const valuesOf = (name: string, shape: readonly number[]) =>
    weightValues(name === 'bn.running_var' ? `${name}.weight` : name, shape)
  const weights = createWeightSource(
    Object.entries(shapes).map(([name, shape]) => weightOf(name, float32(shape, valuesOf(name, shape)))),
  )
  const sessions = createSessions()
  const autoencoder = { key: 'flux2', part: { config: parseAutoencoderKLConfig(json), weights } }
  const image = float32(
    [1, 3, 16, 24],
    referenceInput('image', 1, 3, 16, 24).map((x) => x / 3.4 + 0.5),
  )
  const latents = await encodeToLatents(sessions, autoencoder, image)
  expect(latents.shape).toEqual([1, 16, 4, 6])
  expect((await decodeToImage(sessions, autoencoder, latents)).shape).toEqual([1, 3, 16, 24])
  expect((await fitProjection(sessions, autoencoder)).weights).toHaveLength(16)
  await sessions.clear()
})
