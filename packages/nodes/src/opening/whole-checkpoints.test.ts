import { createWeightSource, float32, mergeWeights, renameWeights, weightOf } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { referencePipelines, weightsByName } from '../testing/reference-pipelines.ts'
import { openSingleFile } from './single-file.ts'

const { pipelines } = referencePipelines('newer-pipelines')
const under = (pipeline: string, part: string, prefix: string) => {
  const weights = weightsByName(pipelines[pipeline]?.components[part]?.weights ?? {})
  return renameWeights(weights, (name) => prefix + name)
}
const shape = (name: string, ...sizes: number[]) =>
  weightOf(name, float32(sizes, new Float32Array(sizes.reduce((product, size) => product * size, 1))))
/** What a Flux autoencoder is told by, as ComfyUI saves it. */
const vae = createWeightSource([
  shape('vae.encoder.conv_in.weight', 8, 3, 3, 3),
  shape('vae.encoder.down.0.block.0.conv1.weight', 8, 8, 3, 3),
  shape('vae.decoder.conv_in.weight', 8, 16, 3, 3),
  shape('vae.decoder.conv_out.weight', 3, 8, 3, 3),
])

test('a whole checkpoint as ComfyUI saves it has its network, text encoders and autoencoder', () => {
  const file = mergeWeights([
    under('flux-dev', 'transformer', 'transformer.'),
    under('flux-dev', 'text_encoder', 'text_encoders.clip_l.transformer.'),
    under('flux-dev', 'text_encoder_2', 'text_encoders.t5xxl.transformer.'),
    vae,
  ])
  const { family, textEncoders, autoencoder, process } = openSingleFile(file)
  expect(family).toBe('flux')
  expect(textEncoders.map(({ kind }) => kind)).toEqual(['clip', 't5'])
  expect(textEncoders[0]).toMatchObject({ layerFromEnd: 1, finalNorm: true, pooled: true })
  expect(autoencoder?.config).toMatchObject({ latentChannels: 16, scalingFactor: 0.3611, shiftFactor: 0.1159 })
  expect([process.predictionType, process.sigmaAt(0.5)]).toEqual(['flow', Math.exp(1.15) / (1 + Math.exp(1.15))])
})

test('SD 3’s T5 may be left out, and its VAE brings latents to unit variance by its own factor', () => {
  const parts = [
    under('sd3.5', 'transformer', ''),
    under('sd3.5', 'text_encoder', 'text_encoders.clip_l.transformer.'),
    under('sd3.5', 'text_encoder_2', 'text_encoders.clip_g.transformer.'),
    vae,
  ]
  const { family, textEncoders, autoencoder } = openSingleFile(mergeWeights(parts))
  expect([family, textEncoders.map(({ kind }) => kind)]).toEqual(['sd3', ['clip', 'clip']])
  expect(autoencoder?.config).toMatchObject({ scalingFactor: 1.5305, shiftFactor: 0.0609 })
})

test('a Z-Image checkpoint brings its Qwen', () => {
  const file = mergeWeights([
    under('z-image', 'transformer', ''),
    under('z-image', 'text_encoder', 'text_encoders.qwen3_4b.transformer.'),
  ])
  const { family, textEncoders } = openSingleFile(file)
  // One state, that before the last of three layers.
  expect([family, textEncoders.map((one) => (one.kind === 'decoder-lm' ? one.states : one.kind))]).toEqual([
    'z-image',
    [[2]],
  ])
})
