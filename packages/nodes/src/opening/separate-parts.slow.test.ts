import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeightSource, float32, serializeSafetensors, weightOf, writeSafetensors } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { singleFile, tinyCheckpoint, writeDiffusersFolder } from '../testing/tiny-checkpoint.ts'
import { openAutoencoder, openDiffusionModel, openTextEncoders } from './separate-parts.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-parts-'))
const tiny = tinyCheckpoint()
const at = (name: string): string => join(folder, name)

/** A CLIP text encoder of this width by its shapes alone, with a projection or not. */
function writeClip(name: string, width: number, hasProjection: boolean, layers = 2): void {
  const weight = (title: string, ...shape: number[]) =>
    weightOf(title, float32(shape, new Float32Array(shape.reduce((a, b) => a * b))))
  const weights = [
    weight('text_model.embeddings.token_embedding.weight', 3, width),
    weight('text_model.embeddings.position_embedding.weight', 77, width),
    ...Array.from({ length: layers }, (_, layer) =>
      weight(`text_model.encoder.layers.${layer}.mlp.fc1.weight`, 2, width),
    ),
    ...(hasProjection ? [weight('text_projection.weight', 2, width)] : []),
  ]
  writeSafetensors(at(name), createWeightSource(weights))
}

beforeAll(() => {
  writeSafetensors(at('unet.safetensors'), tiny.unet)
  writeSafetensors(at('vae.safetensors'), tiny.vae)
  writeSafetensors(at('sdxl_vae.safetensors'), tiny.vae)
  writeSafetensors(at('named.safetensors'), tiny.vae, {
    metadata: { 'modelspec.architecture': 'stable-diffusion-xl-v1-base/vae' },
  })
  writeFileSync(at('whole.safetensors'), serializeSafetensors(singleFile(tiny)))
  writeDiffusersFolder(at('folder'), tiny, 2)
  writeClip('l.safetensors', 768, true)
  writeClip('g.safetensors', 1280, true)
  writeClip('h.safetensors', 1024, false, 24)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('a denoising network by itself', () => {
  test.each(['unet.safetensors', 'whole.safetensors', 'folder/unet'])('is opened from %s', (name) => {
    const { family, denoiser } = openDiffusionModel(at(name))
    expect(family).toBe('unknown')
    expect(denoiser.config).toMatchObject({
      blockOutChannels: [32, 64, 128, 128],
      crossAttentionDim: 64,
      heads: [8, 8, 8, 8],
    })
    expect([...denoiser.weights.names].sort()).toEqual([...tiny.unet.names].sort())
  })

  test('is refused with what the file is', () => {
    expect(() => openDiffusionModel(at('vae.safetensors'))).toThrow(
      'vae.safetensors is no denoising network: it looks like an autoencoder alone (use LoadVAE)',
    )
  })
})

describe('text encoders by themselves', () => {
  const told = (...names: string[]) => {
    const { family, encoders } = openTextEncoders(names.map(at))
    return [
      family,
      ...encoders.map((encoder) =>
        encoder.kind === 'clip'
          ? [encoder.config.hiddenSize, encoder.layerFromEnd, encoder.finalNorm, encoder.pooled, encoder.padToken]
          : encoder.kind,
      ),
    ]
  }

  test('are known by their widths: which family, which layer, which one is pooled', () => {
    expect(told('l.safetensors')).toEqual(['sd1', [768, 1, true, false, 2]])
    expect(told('h.safetensors')).toEqual(['sd2', [1024, 2, true, false, 0]])
    expect(told('g.safetensors')).toEqual(['sdxl-refiner', [1280, 2, false, true, 0]])
  })

  test('of SDXL are joined in their order, however they are chosen', () => {
    const both = ['sdxl', [768, 2, false, false, 2], [1280, 2, false, true, 0]]
    expect(told('l.safetensors', 'g.safetensors')).toEqual(both)
    expect(told('g.safetensors', 'l.safetensors')).toEqual(both)
  })

  test('are found inside a checkpoint and in a folder', () => {
    expect(told('whole.safetensors')).toEqual(['unknown', [64, 1, true, false, 49407]])
    expect(told('folder/text_encoder')).toEqual(['unknown', [64, 1, true, false, 49407]])
  })

  test('are refused with what the file is', () => {
    expect(() => openTextEncoders([at('vae.safetensors')])).toThrow(
      'vae.safetensors holds no text encoder: it looks like an autoencoder alone',
    )
  })
})

describe('the factor of a VAE', () => {
  const factorOf = (name: string, family?: 'sd' | 'sdxl') => openAutoencoder(at(name), family).config.scalingFactor

  test('is that of its config, of its metadata, of its name, or the one that is asked for', () => {
    expect(factorOf('folder/vae')).toBe(0.18215)
    expect(factorOf('vae.safetensors')).toBe(0.18215)
    expect(factorOf('sdxl_vae.safetensors')).toBe(0.13025)
    expect(factorOf('named.safetensors')).toBe(0.13025)
    expect(factorOf('vae.safetensors', 'sdxl')).toBe(0.13025)
    expect(factorOf('sdxl_vae.safetensors', 'sd')).toBe(0.18215)
  })

  test('is told by the UNet beside it, whatever the file is called', () => {
    writeFileSync(at('my-xl-mix.safetensors'), serializeSafetensors(singleFile(tiny)))
    expect(factorOf('my-xl-mix.safetensors')).toBe(0.18215)
  })
})
