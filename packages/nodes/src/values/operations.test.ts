import { describe, expect, test } from 'vitest'
import { float32, zeros } from '@patchbay/onnx/tensor'
import type { Conditioning } from './conditioning.ts'
import { averaged, concatenated, withSizes, zeroed } from './conditioning-operations.ts'
import {
  besideChannels,
  besideLatents,
  cutForLatents,
  greyWhereMasked,
  grownForLatents,
} from '../encoding/inpainting.ts'
import {
  batchLatents,
  combineLatents,
  compositeLatents,
  cropLatents,
  cutLatents,
  flipLatents,
  joinLatents,
  interpolateLatents,
  multiplyLatents,
  pickLatents,
  repeatLatents,
  resizeLatents,
  resizeLatentsAsComfy,
  scaleLatents,
  scaleLatentsAsComfy,
  turnLatents,
} from './latent-operations.ts'
import { clipLengthOf, type Latents } from './latents.ts'
import { extendedSigmas, findSigmaMistake, flippedSigmas, parseSigmas, splitByShare } from './sigma-operations.ts'

const count = (...shape: number[]) => shape.reduce((product, size) => product * size, 1)
const ramp = (...shape: number[]) =>
  float32(
    shape,
    Float32Array.from({ length: count(...shape) }, (_, i) => i),
  )
const latents: Latents = { tensor: ramp(2, 4, 6, 8), scale: 8 }

describe('latents', () => {
  test('are resized by pixels of the picture, and scaled by a factor', () => {
    expect(resizeLatents(latents, { width: 128, height: 96 }, 'bilinear').tensor.shape).toEqual([2, 4, 12, 16])
    expect(scaleLatents(latents, 1.5, 'bicubic').tensor.shape).toEqual([2, 4, 9, 12])
  })

  test('are brought to a size as ComfyUI does: no side below 64 pixels, and cut to shape where that is asked for', () => {
    const shapeOf = (width: number, height: number, isCut = false) =>
      resizeLatentsAsComfy(latents, { width, height }, 'bislerp', isCut).tensor.shape.slice(2)
    expect(shapeOf(32, 128)).toEqual([16, 8])
    expect(shapeOf(0, 96)).toEqual([12, 16])
    expect(resizeLatentsAsComfy(latents, { width: 0, height: 0 }, 'area')).toBe(latents)
    const cut = resizeLatentsAsComfy(latents, { width: 64, height: 64 }, 'nearest', true)
    expect([cut.tensor.data[0], cut.tensor.data[7]]).toEqual([1, 6])
    expect(scaleLatentsAsComfy(latents, 0.75, 'bilinear').tensor.shape).toEqual([2, 4, 4, 6])
  })

  test('of clips keep the length of a clip as long as whole ones, or a part of one, are taken', () => {
    const clips: Latents = { tensor: ramp(6, 1, 1, 1), scale: 8, frames: 3 }
    const lengthOf = (first: number, count: number) => pickLatents(clips, first, count).frames
    expect([lengthOf(0, 6), lengthOf(3, 3), lengthOf(1, 2), lengthOf(2, 2)]).toEqual([3, 3, 2, undefined])
    expect(batchLatents([clips, clips]).frames).toBe(3)
    expect(repeatLatents(clips, 2).frames).toBe(3)
    expect(() => batchLatents([clips, { ...clips, frames: 2 }])).toThrow('clips of one length')
    expect(() => clipLengthOf({ ...clips, frames: 4 })).toThrow('no whole number of clips of 4 frames')
  })

  test('are joined at a side, and cut by cells', () => {
    const [a, b]: Latents[] = [ramp(2, 1, 1, 2), ramp(1, 1, 1, 1)].map((tensor) => ({ tensor, scale: 8 }))
    expect([...joinLatents(a!, b!, 'right').tensor.data]).toEqual([0, 1, 0, 2, 3, 0])
    const below = joinLatents(a!, { tensor: ramp(1, 1, 2, 2), scale: 8 }, 'down').tensor
    expect([below.shape, ...below.data]).toEqual([[2, 1, 3, 2], 0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 2, 3])
    expect(() => joinLatents(a!, b!, 'down')).toThrow('no side in common')
    const wide: Latents = { tensor: ramp(1, 1, 1, 6), scale: 8 }
    const cut = (first: number, count: number) => [...cutLatents(wide, 'columns', first, count).tensor.data]
    expect([cut(2, 2), cut(-2, 9), cut(9, 1)]).toEqual([[2, 3], [4, 5], [5]])
  })

  test('fade where they end inside others, and are brought to their size where that is asked for', () => {
    const below: Latents = { tensor: zeros('float32', [1, 1, 1, 6]), scale: 8 }
    const above: Latents = { tensor: float32([1, 1, 1, 4], new Float32Array(4).fill(1)), scale: 8 }
    expect([...compositeLatents(below, above, { x: 8, y: 0, feather: 16 }).tensor.data]).toEqual([0, 0.5, 1, 1, 0.5, 0])
    expect([...compositeLatents(below, above, { x: 0, y: 0, resize: true }).tensor.data]).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('turned and flipped back are as they were, channel by channel', () => {
    expect(flipLatents(flipLatents(latents, 'vertical'), 'vertical')).toEqual(latents)
    expect(turnLatents(turnLatents(latents, 1), 3)).toEqual(latents)
    expect(turnLatents(latents, 1).tensor.shape).toEqual([2, 4, 8, 6])
  })

  test('are cropped by pixels of the picture', () => {
    const { tensor } = cropLatents(latents, { x: 16, y: 8, width: 24, height: 16 })
    expect(tensor.shape).toEqual([2, 4, 2, 3])
    expect([...tensor.data.slice(0, 6)]).toEqual([10, 11, 12, 18, 19, 20])
  })

  test('add, subtract and blend element by element, and refuse another shape by name', () => {
    expect(combineLatents(1, latents, -1, latents).tensor).toEqual(zeros('float32', [2, 4, 6, 8]))
    expect(multiplyLatents(latents, 2)).toEqual(combineLatents(1, latents, 1, latents))
    const smaller = cropLatents(latents, { x: 0, y: 0, width: 16, height: 16 })
    expect(() => combineLatents(1, latents, 1, smaller)).toThrow('[2, 4, 6, 8] and [2, 4, 2, 2]')
  })

  test('mixed by direction and length apart keep their length, which a plain blend loses', () => {
    const of = (...values: number[]): Latents => ({
      tensor: float32([1, 2, 1, 2], Float32Array.from(values)),
      scale: 8,
    })
    const [x, y] = [of(3, 0, 0, 0), of(0, 0, 5, 0)]
    const between = [...interpolateLatents(x, y, 0.5).tensor.data]
    expect(between.map((value) => Number(value.toFixed(4)))).toEqual([2.8284, 0, 2.8284, 0])
    expect(interpolateLatents(x, y, 0).tensor).toEqual(x.tensor)
    expect(interpolateLatents(x, y, 1).tensor).toEqual(y.tensor)
  })

  test('come apart and together again', () => {
    expect(batchLatents([pickLatents(latents, 0, 1), pickLatents(latents, -1, 1)])).toEqual({
      ...latents,
      places: [0, 1],
    })
    expect(pickLatents(latents, 1, 9, true).tensor).toEqual(pickLatents(latents, -1, 1).tensor)
    expect(() => pickLatents(latents, 1, 2)).toThrow('The batch has 2, so there are no 2 from 1 on')
  })

  test('remember which pictures of a batch they are, however often they are taken out and repeated', () => {
    const third = pickLatents(pickLatents({ ...latents, tensor: ramp(5, 4, 6, 8) }, 1, 4), 1, 2)
    expect(third.places).toEqual([2, 3])
    expect(repeatLatents(third, 2).places).toEqual([2, 3, 4, 5])
    expect(repeatLatents(latents, 2).places).toBeUndefined()
  })

  test('take their own masks along, where a batch has several', () => {
    const noiseMask = ramp(2, 1, 1)
    expect([...(pickLatents({ ...latents, noiseMask }, 1, 1).noiseMask?.data ?? [])]).toEqual([1])
    expect([...(repeatLatents({ ...latents, noiseMask }, 2).noiseMask?.data ?? [])]).toEqual([0, 1, 0, 1])
  })

  test('are laid over others where the mask says, also beyond the edge', () => {
    const below: Latents = { tensor: zeros('float32', [1, 1, 3, 3]), scale: 8 }
    const above: Latents = { tensor: ramp(1, 1, 2, 2), scale: 8 }
    expect([...compositeLatents(below, above, { x: 16, y: 16 }).tensor.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0])
    expect([...compositeLatents(below, above, { x: 8, y: 8 }).tensor.data]).toEqual([0, 0, 0, 0, 0, 1, 0, 2, 3])
    const mask = float32([1, 2, 2], Float32Array.of(1, 1, 0.5, 0))
    expect([...compositeLatents(below, above, { x: 8, y: 8 }, mask).tensor.data]).toEqual([0, 0, 0, 0, 0, 1, 0, 1, 0])
  })

  test('forget the run that they were in the middle of', () => {
    const run = {
      noise: { seed: 1n, generator: 'philox' as const },
      history: [],
      clean: latents.tensor,
      initialNoise: latents.tensor,
    }
    expect(scaleLatents({ ...latents, run }, 2, 'nearest').run).toBeUndefined()
  })
})

describe('prompts', () => {
  const a: Conditioning = [{ embeddings: ramp(1, 2, 3), pooled: ramp(1, 2), strength: 0.5 }]
  const b: Conditioning = [
    { embeddings: float32([1, 4, 3], new Float32Array(12).fill(1)), pooled: zeros('float32', [1, 2]) },
  ]

  test('average from one to the other, the longer kept to its end', () => {
    expect(averaged(a, b, 0)[0]?.embeddings.data).toEqual(new Float32Array(12).fill(1))
    expect([...(averaged(a, b, 1)[0]?.embeddings.data ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0])
    expect([...(averaged(a, b, 0.5)[0]?.pooled?.data ?? [])]).toEqual([0, 0.5])
    expect(averaged(a, b, 0.5)[0]?.strength).toBe(0.5)
  })

  test('average in the length of the first where that is asked for', () => {
    expect([...(averaged(a, b, 0.5, 'first')[0]?.embeddings.data ?? [])]).toEqual([0.5, 1, 1.5, 2, 2.5, 3])
    expect(averaged(b, a, 0.5, 'first')[0]?.embeddings.shape).toEqual([1, 4, 3])
    const unpooled: Conditioning = [{ embeddings: ramp(1, 2, 3) }]
    expect(averaged(unpooled, a, 0.5)[0]?.pooled).toEqual(ramp(1, 2))
  })

  test('stand one behind the other', () => {
    const { shape, data } = concatenated(a, b)[0]?.embeddings ?? zeros('float32', [0])
    expect(shape).toEqual([1, 6, 3])
    expect([...data.slice(3, 8)]).toEqual([3, 4, 5, 1, 1])
  })

  test('of different models are refused', () => {
    expect(() => concatenated(a, [{ embeddings: zeros('float32', [1, 2, 4]) }])).toThrow(
      'one has 3 values a token, the other 4',
    )
  })

  test('can be emptied, and told of sizes in the order that SDXL was trained with', () => {
    expect(zeroed(a)[0]).toEqual({
      embeddings: zeros('float32', [1, 2, 3]),
      pooled: zeros('float32', [1, 2]),
      strength: 0.5,
    })
    const sizes = { width: 1, height: 2, cropLeft: 3, cropTop: 4, targetWidth: 5, targetHeight: 6 }
    expect(withSizes(a, sizes)[0]?.sizes).toEqual([2, 1, 4, 3, 6, 5])
  })
})

describe('inpainting', () => {
  test('greys what is masked and leaves the rest', () => {
    const image = float32([1, 2, 2, 3], new Float32Array(12).fill(0.9))
    const mask = float32([1, 2, 2], Float32Array.of(0, 1, 0, 0))
    const grey = [...greyWhereMasked(image, mask).data].map((value) => Number(value.toFixed(1)))
    expect(grey).toEqual([0.9, 0.9, 0.9, 0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9])
  })

  test('puts the mask before the masked latents, for each of the batch', () => {
    const beside = besideChannels(float32([1, 2, 2], Float32Array.of(0, 1, 1, 0)), ramp(2, 1, 2, 2))
    expect(beside.shape).toEqual([2, 2, 2, 2])
    expect([...beside.data]).toEqual([0, 1, 1, 0, 0, 1, 2, 3, 0, 1, 1, 0, 4, 5, 6, 7])
  })

  test('takes the middle of a picture whose sides are no multiples, pixel by pixel', () => {
    expect([...cutForLatents(ramp(1, 1, 13), 4).data.slice(0, 8)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(cutForLatents(ramp(1, 129, 67, 3), 8).shape).toEqual([1, 128, 64, 3])
    // One column and no row is left out before.
    expect(cutForLatents(ramp(1, 129, 67, 3), 8).data[0]).toBe(3)
  })

  test.each([
    [6, [0, 0, 1, 1, 1, 1, 1, 1, 0, 0]],
    [3, [0, 0, 0, 1, 1, 1, 0, 0, 0, 0]],
    [1, [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]],
    [0, [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]],
  ])('grows a mask by a square of %d pixels, half of it to each side', (pixels, expected) => {
    const mask = float32([1, 1, 10], Float32Array.of(0, 0.4, 0, 0.5, 0.6, 0, 0, 0, 0, 0))
    expect([...grownForLatents(mask, pixels).data]).toEqual(expected)
    expect([...grownForLatents(float32([1, 10, 1], mask.data), pixels).data]).toEqual(expected)
  })

  test('gives a network what it takes beside its latents, and none to one that takes none', () => {
    const clean = ramp(1, 4, 1, 1)
    const run = { noise: { seed: 1, generator: 'philox' as const }, history: [], clean, initialNoise: clean }
    const masked = { tensor: zeros('float32', [1, 4, 1, 1]), run, noiseMask: float32([1, 1, 1], Float32Array.of(0.6)) }
    const network = { inputChannels: 9, latentChannels: 4 }
    expect([...(besideLatents(network, masked, undefined)?.data ?? [])]).toEqual([1, 0, 1, 2, 3])
    expect(besideLatents(network, masked, ramp(1, 5, 1, 1))?.data).toEqual(ramp(1, 5, 1, 1).data)
    const grey = [...(besideLatents(network, { tensor: clean }, undefined)?.data ?? [])]
    expect(grey.map((value) => Number(value.toFixed(3)))).toEqual([1, 0.822, -0.688, 0.636, 0.138])
    expect(besideLatents({ ...network, inputChannels: 4 }, masked, ramp(1, 5, 1, 1))).toBeUndefined()
    expect(() => besideLatents({ ...network, inputChannels: 8 }, masked, undefined)).toThrow(
      'takes 4 channels beside its latents, but nothing makes them',
    )
  })
})

describe('noise levels', () => {
  test('are turned round, the lowest not being 0', () => {
    expect(flippedSigmas([4, 2, 0])).toEqual([1e-4, 2, 4])
    expect(flippedSigmas([])).toEqual([])
  })
  test('are split before a share of the steps', () => {
    expect(splitByShare([9, 7, 5, 3, 1, 0], 0.4)).toEqual({ high: [9, 7, 5, 3], low: [3, 1, 0] })
    // Two and a half steps are two.
    expect(splitByShare([9, 7, 5, 3, 1, 0], 0.5).low).toEqual([3, 1, 0])
    expect(splitByShare([9, 7], 0)).toEqual({ high: [], low: [7] })
  })
  test('are divided where they lie in a range', () => {
    expect(extendedSigmas([16, 8, 4, 0], 2, 'linear', { lowest: 5, highest: 10 })).toEqual([16, 8, 6, 4, 0])
    const [, early] = extendedSigmas([10, 0], 3, 'cosine', { lowest: 0, highest: Infinity })
    expect(early).toBeCloseTo(10 - 10 * 0.5, 12)
  })
})

describe('noise levels as written', () => {
  test('are split by whatever stands between them', () => {
    expect(parseSigmas('14.6, 7\n3;1  0')).toEqual([14.6, 7, 3, 1, 0])
  })

  test.each([
    ['1, two, 0', '"two" is no number.'],
    ['1', 'A run has at least two noise levels: where it begins and where it ends.'],
    ['1, 2, 0', 'Noise levels fall from step to step, but 2 comes after 1.'],
    ['1, -1', 'Noise levels end at 0 or above.'],
  ])('%s is refused', (text, message) => {
    expect(findSigmaMistake(text)).toEqual([{ input: 'levels', message }])
    expect(() => parseSigmas(text)).toThrow(message)
  })
})
