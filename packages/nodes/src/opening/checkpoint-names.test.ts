import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ldmAutoencoderNames } from '../architectures/autoencoder-kl/ldm-names.ts'
import { ldmNameOf, ldmUnetNames } from '../architectures/unet-2d-condition/ldm-names.ts'

type Pairs = readonly (readonly [original: string, diffusers: string])[]

/** Made by tests/reference/checkpoint_names.py with diffusers' own converters. */
const file = resolve(import.meta.dirname, '../../../../tests/reference/vectors/checkpoint-names.json.gz')
const reference = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<
  'sd1' | 'sdxl' | 'sdxl-refiner' | 'autoencoder',
  Pairs
>

describe('names of the original code become diffusers’ names', () => {
  test.each(['sd1', 'sdxl', 'sdxl-refiner'] as const)('for the UNet of %s', (family) => {
    const pairs = reference[family]
    const rename = ldmUnetNames(pairs.map(([original]) => original))
    expect(pairs.map(([original]) => [original, rename(original)])).toEqual(pairs)
    expect(pairs.length).toBeGreaterThan(600)
  })

  test('for the autoencoder, whose decoder counts its blocks the other way', () => {
    const pairs = reference.autoencoder
    const rename = ldmAutoencoderNames(pairs.map(([original]) => original))
    expect(pairs.map(([original]) => [original, rename(original)])).toEqual(pairs)
  })

  test.each([
    ['sd1', [false, true, true, true]],
    ['sdxl', [true, true, false]],
    ['sdxl-refiner', [false, true, true, false]],
  ] as const)('and back, for every layer of %s', (family, upAttention) => {
    const layers = reference[family]
      .filter(([, ours]) => ours.endsWith('.weight'))
      .map((pair) => pair.map((name) => name.slice(0, -'.weight'.length)))
    const back = layers.map(([, ours]) => ldmNameOf(ours ?? '', 2, upAttention))
    expect(back).toEqual(layers.map(([original]) => original))
  })

  test('names that are none of theirs give nothing', () => {
    expect(ldmUnetNames([])('model_ema.decay')).toBeUndefined()
    expect(ldmAutoencoderNames([])('loss.logvar')).toBeUndefined()
  })
})
