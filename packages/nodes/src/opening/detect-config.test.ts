import { describe, expect, test } from 'vitest'
import { parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { parseClipTextConfig } from '../architectures/clip-text/config.ts'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { referenceModel, referenceWeights } from '../testing/reference-models.ts'
import { detectAutoencoderConfig } from '../architectures/autoencoder-kl/detect.ts'
import { detectClipTextConfig } from '../architectures/clip-text/detect.ts'
import { detectUNetConfig } from '../architectures/unet-2d-condition/detect.ts'

describe('the config of a single file is read off the shapes of its weights, as its folder would tell it', () => {
  test.each(['unet-sd1', 'unet-sd2', 'unet-sdxl', 'unet-inpainting', 'unet-lcm'])('for the UNet %s', (name) => {
    const model = referenceModel(name)
    const { heads, normGroups, addition, transformerLayers, ...told } = parseUNet2DConditionConfig(model.config)
    const detected = detectUNetConfig(referenceWeights(model))
    expect(detected).toMatchObject(told)
    expect(detected?.addition?.inputSize).toBe(addition?.inputSize)
    const attending = told.downAttention.map((has, block) => (has ? transformerLayers[block] : undefined))
    expect(detected?.downAttention.map((has, block) => (has ? detected.transformerLayers[block] : undefined))).toEqual(
      attending,
    )
    expect([heads.length, normGroups]).toEqual([told.blockOutChannels.length, 8])
  })

  test('for the autoencoder', () => {
    const model = referenceModel('autoencoder-kl')
    const told = parseAutoencoderKLConfig(model.config)
    expect(detectAutoencoderConfig(referenceWeights(model), { factor: told.scalingFactor, shift: 0 })).toEqual({
      ...told,
      normGroups: 32,
    })
  })

  test('for the text encoder, whose activation goes by its width', () => {
    const model = referenceModel('clip-text')
    const { heads: _, endToken, ...told } = parseClipTextConfig(model.config)
    expect(detectClipTextConfig(referenceWeights(model))).toMatchObject({ ...told, endToken })
  })

  test('and other weights have none', () => {
    const weights = referenceWeights(referenceModel('clip-text'))
    expect(detectUNetConfig(weights)).toBeUndefined()
    expect(detectAutoencoderConfig(weights, { factor: 1, shift: 0 })).toBeUndefined()
  })
})
