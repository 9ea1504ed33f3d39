import { describe, expect, test } from 'vitest'
import { float32, full, type Tensor } from '@patchbay/onnx/tensor'
import { createStepNoise, initialNoise } from '../../random/index.ts'
import {
  sum,
  concatBatch,
  maximumDifference,
  maximumMagnitude,
  meanOf,
  scale,
  sliceBatch,
  standardDeviationOf,
} from '../../tensor/index.ts'
import { noisyLatents } from '../process/denoiser.ts'
import { diffusionProcess, flowProcess } from '../process/noise-process.ts'
import { sample } from '../sample.ts'
import { samplerNames } from '../samplers/index.ts'
import { sigmasFor } from '../schedules/index.ts'
import type { ConditioningPart } from './conditioning-part.ts'
import { createGuidedDenoiser, type Guidance } from './guidance.ts'
import { maskLike, withInpainting } from './inpaint.ts'
import { isWithin, sigmaRangeOf, sigmaRangeOfSteps } from './sigma-range.ts'

const process = diffusionProcess()
const shape = [1, 2, 12, 20]
const x = initialNoise({ seed: 1, shape })

/** A denoiser whose estimate is its conditioning everywhere; it notes what it was asked. */
function constantDenoiser() {
  const asked: { conditioning: number; shape: readonly number[] }[] = []
  const denoiser = async (x: Tensor, _sigma: number, conditioning: number): Promise<Tensor> => {
    asked.push({ conditioning, shape: x.shape })
    return full('float32', x.shape, conditioning)
  }
  return { asked, denoiser }
}

function guidedBy(
  positive: ConditioningPart<number>[],
  rest: Partial<Guidance<number>> = {},
): ReturnType<typeof createGuidedDenoiser> & { asked: { conditioning: number; shape: readonly number[] }[] } {
  const { asked, denoiser } = constantDenoiser()
  const guidance = { denoiser, process, positive, negative: [{ conditioning: 1 }], guidanceScale: 1, ...rest }
  return { ...createGuidedDenoiser(guidance), asked }
}

/** The value in a cell of the first channel. */
const at = (tensor: Tensor, row: number, column: number): number => tensor.data[row * 20 + column]!

describe('classifier-free guidance', () => {
  test('goes from the negative estimate through the positive one by its scale', async () => {
    const { denoise } = guidedBy([{ conditioning: 3 }], { guidanceScale: 7.5 })
    expect((await denoise(x, 2)).data[0]).toBe(1 + 7.5 * (3 - 1))
  })

  test('asks for both estimates in one call, where the denoiser can', async () => {
    const pairs: [number, number][] = []
    const denoisePair = async (x: Tensor, _sigma: number, positive: number, negative: number): Promise<Tensor> => {
      pairs.push([positive, negative])
      return concatBatch([full('float32', x.shape, positive), full('float32', x.shape, negative)])
    }
    const { denoise, asked } = guidedBy([{ conditioning: 3 }], { guidanceScale: 7.5, denoisePair })
    expect((await denoise(x, 2)).data[0]).toBe(1 + 7.5 * (3 - 1))
    expect([pairs, asked]).toEqual([[[3, 1]], []])
  })

  test('asks one after the other where the denoiser declines, and for parts that are no pair', async () => {
    let declined = 0
    const denoisePair = async (): Promise<undefined> => void (declined += 1)
    const one = guidedBy([{ conditioning: 3 }], { guidanceScale: 7.5, denoisePair })
    await one.denoise(x, 2)
    const two = guidedBy([{ conditioning: 3 }, { conditioning: 5 }], { guidanceScale: 7.5, denoisePair })
    await two.denoise(x, 2)
    expect(one.asked.map(({ conditioning }) => conditioning)).toEqual([3, 1])
    expect(two.asked.map(({ conditioning }) => conditioning)).toEqual([3, 5, 1])
    expect(declined).toBe(1)
  })

  test('of scale 1 asks for no negative estimate, unless the sampler wants it', async () => {
    const { denoise, denoiseGuided, asked } = guidedBy([{ conditioning: 3 }])
    await denoise(x, 2)
    expect(asked.map(({ conditioning }) => conditioning)).toEqual([3])
    const { denoised, negative } = await denoiseGuided(x, 2)
    expect([denoised.data[0], negative.data[0]]).toEqual([3, 1])
  })

  test('acts in its range only', async () => {
    const { denoise } = guidedBy([{ conditioning: 3 }], { guidanceScale: 5, range: { from: 4, to: 1 } })
    expect((await denoise(x, 4)).data[0]).toBe(11)
    expect((await denoise(x, 1)).data[0]).toBe(3)
  })

  test('says so when no conditioning acts at a sigma', async () => {
    const range = { from: 4, to: 1 }
    const { denoise } = guidedBy([{ conditioning: 3, range }], { negative: [] })
    await expect(denoise(x, 0.5)).rejects.toThrow('No conditioning acts at sigma 0.5')
  })
})

describe('several parts', () => {
  test('are mixed by their strengths', async () => {
    const { denoise } = guidedBy([{ conditioning: 2, strength: 3 }, { conditioning: 10 }])
    expect((await denoise(x, 2)).data[0]).toBe(4)
  })

  test('act one after another when their ranges meet', async () => {
    const [early, late] = [sigmaRangeOf(process, 0, 0.4), sigmaRangeOf(process, 0.4, 1)]
    const { denoise, asked } = guidedBy([
      { conditioning: 2, range: early },
      { conditioning: 9, range: late },
    ])
    const values = []
    for (const progress of [0, 0.39, 0.4, 0.41, 1]) values.push((await denoise(x, process.sigmaAt(progress))).data[0])
    expect(values).toEqual([2, 2, 9, 9, 9])
    expect(asked).toHaveLength(5)
  })

  test('see only their area, and blend over its inner edges', async () => {
    const area = { x: 8, y: 0, width: 12, height: 12 }
    const { denoise, asked } = guidedBy([{ conditioning: 0 }, { conditioning: 1, strength: 1, area }])
    const denoised = await denoise(x, 2)
    expect(asked.map((question) => question.shape)).toEqual([shape, [1, 2, 12, 12]])
    const row = [7, 8, 9, 15, 19].map((column) => at(denoised, 5, column))
    // A quarter of the area's 12 cells fades.
    const expected = [0, 1 / 3, 2 / 3, 1, 1].map((weight) => weight / (1 + weight))
    for (const [i, value] of row.entries()) expect(value).toBeCloseTo(expected[i]!, 6)
  })

  test('weigh each cell by their mask, and leave the rest to the negative estimate', async () => {
    const mask = float32(
      [12, 20],
      Float32Array.from({ length: 240 }, (_, i) => (i % 20 < 10 ? 1 : 0)),
    )
    const { denoise } = guidedBy([{ conditioning: 5, mask }], { guidanceScale: 3 })
    const denoised = await denoise(x, 2)
    expect([at(denoised, 3, 9), at(denoised, 3, 10)]).toEqual([1 + 3 * (5 - 1), 1])
  })

  test("leave cells that they do not reach at 0 with ComfyUI's formulas, so that guidance leads away there", async () => {
    const area = { x: 0, y: 0, width: 20, height: 6 }
    const { denoise } = guidedBy([{ conditioning: 5, area }], { guidanceScale: 3, formulas: 'comfyui' })
    const denoised = await denoise(x, 2)
    expect([at(denoised, 3, 9), at(denoised, 9, 9)]).toEqual([1 + 3 * (5 - 1), 1 + 3 * (0 - 1)])
    const never = guidedBy([{ conditioning: 5, range: { from: 1, to: 0 } }], { guidanceScale: 3, formulas: 'comfyui' })
    expect((await never.denoise(x, 2)).data[0]).toBe(1 + 3 * (0 - 1))
  })

  test('fade at an edge only where no mask says how', async () => {
    const area = { x: 8, y: 0, width: 12, height: 12 }
    const mask = full('float32', [12, 20], 1)
    const { denoise } = guidedBy([{ conditioning: 0 }, { conditioning: 1, area, mask }])
    expect(at(await denoise(x, 2), 5, 8)).toBe(0.5)
  })

  test('refuse a mask of another size by naming both', async () => {
    const { denoise } = guidedBy([{ conditioning: 5, mask: full('float32', [6, 20], 1) }])
    await expect(denoise(x, 2)).rejects.toThrow(
      '12 × 20 cells and batch 1 has shape [12, 20] or [1, 12, 20], but got [6, 20]',
    )
  })
})

describe.each([
  ['diffusion', process],
  ['a rectified flow', flowProcess()],
] as const)('rescaled guidance for %s', (_, scaleOf) => {
  test('gives the velocity back the spread of the positive one, item by item', async () => {
    const batch = initialNoise({ seed: 2, shape: [2, 4, 8, 8] })
    const estimates = [initialNoise({ seed: 5, shape: batch.shape }), initialNoise({ seed: 9, shape: batch.shape })]
    const sigma = 0.6
    const guide = (rescale: number) =>
      createGuidedDenoiser({
        denoiser: async (_x, _sigma, which: number) => estimates[which]!,
        process: scaleOf,
        positive: [{ conditioning: 0 }],
        negative: [{ conditioning: 1 }],
        guidanceScale: 6,
        rescale,
      })
    const isFlow = scaleOf !== process
    const velocity = (denoised: Tensor): Tensor =>
      isFlow
        ? sum([
            [1 / sigma, batch],
            [-1 / sigma, denoised],
          ])
        : sum([
            [1 / (sigma * Math.hypot(1, sigma)), batch],
            [-Math.hypot(1, sigma) / sigma, denoised],
          ])
    const spread = (tensor: Tensor, item: number): number =>
      standardDeviationOf(sliceBatch(tensor, item, item + 1).data)
    const rescaled = velocity(await guide(1).denoise(batch, sigma))
    const half = velocity(await guide(0.5).denoise(batch, sigma))
    const plain = velocity(await guide(0).denoise(batch, sigma))
    for (const item of [0, 1]) {
      const wanted = spread(velocity(estimates[0]!), item)
      expect(spread(rescaled, item)).toBeCloseTo(wanted, 4)
      expect(spread(half, item)).toBeCloseTo((wanted + spread(plain, item)) / 2, 4)
    }
  })
})

test('dynamic thresholding keeps the mean of each channel and the range of the guidance it imitates', async () => {
  const [positive, negative] = [initialNoise({ seed: 3, shape }), initialNoise({ seed: 4, shape })]
  const guide = (guidanceScale: number, mimicScale: number) =>
    createGuidedDenoiser({
      denoiser: async (_x, _sigma, which: string) => (which === 'positive' ? positive : negative),
      process,
      positive: [{ conditioning: 'positive' }],
      negative: [{ conditioning: 'negative' }],
      guidanceScale,
      dynamicThreshold: { percentile: 1, mimicScale },
    }).denoise(x, 2)
  const channel = (tensor: Tensor) => tensor.data.slice(0, 240)
  const centred = (data: Float32Array) => data.map((value) => value - meanOf(data))
  const [strong, mimic] = [channel(await guide(20, 20)), channel(await guide(6, 6))]
  const thresholded = channel(await guide(20, 6))
  expect(meanOf(thresholded)).toBeCloseTo(meanOf(strong), 4)
  expect(maximumMagnitude(centred(thresholded))).toBeCloseTo(maximumMagnitude(centred(mimic)), 4)
})

test('perturbed attention leads away from the perturbed estimate, within its range', async () => {
  const perturbedAttention = { ...constantDenoiser(), scale: 2, range: { from: 10, to: 1 } }
  perturbedAttention.denoiser = async (x) => full('float32', x.shape, 2.5)
  const { denoise } = guidedBy([{ conditioning: 3 }], { perturbedAttention })
  expect((await denoise(x, 2)).data[0]).toBe(3 + 2 * (3 - 2.5))
  expect((await denoise(x, 1)).data[0]).toBe(3)
})

describe('a range', () => {
  test('of steps changes between the steps that its share names', () => {
    const sigmas = sigmasFor(process, 'karras', 20)
    const [early, late] = [sigmaRangeOfSteps(sigmas, 0, 0.3), sigmaRangeOfSteps(sigmas, 0.3, 1)]
    const steps = sigmas.slice(0, -1)
    expect(steps.filter((sigma) => isWithin(early, sigma))).toEqual(steps.slice(0, 6))
    expect(steps.filter((sigma) => isWithin(late, sigma))).toEqual(steps.slice(6))
  })

  test('is refused when it runs backwards', () => {
    expect(() => sigmaRangeOf(process, 0.6, 0.4)).toThrow('from a start to an end')
  })
})

describe('inpainting', () => {
  const latents = scale(initialNoise({ seed: 20, shape }), 0.9)
  const noise = initialNoise({ seed: 21, shape })
  const mask = maskLike(
    float32(
      [12, 20],
      Float32Array.from({ length: 240 }, (_, i) => (i < 120 ? 1 : 0)),
    ),
    shape,
  )

  test.each(samplerNames.filter((name) => !['dpm_fast', 'dpm_adaptive'].includes(name)))(
    'with %s keeps what the mask does not repaint',
    async (sampler) => {
      const guided = guidedBy([{ conditioning: 3 }], { guidanceScale: 2 })
      const sigmas = sigmasFor(process, 'karras', 6, 0.7)
      const start = noisyLatents(process, latents, noise, sigmas[0]!)
      const inpainting = withInpainting(guided, { process, latents, noise, mask })
      const result = await sample({
        sampler,
        ...inpainting,
        x: start,
        sigmas,
        noise: createStepNoise({ seed: 1, shape }),
      })
      expect(at(result.x, 8, 3)).toBeCloseTo(at(latents, 8, 3), 5)
      expect(at(result.x, 2, 3)).toBeCloseTo(5, 1)
    },
  )

  test('may take the grey of a mask as the time from which a place is repainted', async () => {
    const guided = guidedBy([{ conditioning: 3 }])
    const sigmas = sigmasFor(process, 'normal', 4)
    const grey = maskLike(full('float32', [12, 20], 0.5), shape)
    const asked = { process, latents, noise, mask: grey, sigmas }
    const { denoise } = withInpainting(guided, { ...asked, gradual: 1 })
    const values = []
    for (const sigma of sigmas.slice(0, 4)) values.push(at(await denoise(x, sigma), 3, 3))
    // Half of the timesteps are over after the second of four.
    const kept = at(latents, 3, 3)
    expect(values).toEqual([kept, kept, 3, 3])
    const half = withInpainting(guided, { ...asked, gradual: 0.5 })
    expect(at(await half.denoise(x, sigmas[0]!), 3, 3)).toBeCloseTo(0.75 * kept + 0.25 * 3, 5)
  })

  test('repeats a mask over channels and refuses another size', () => {
    expect(mask.shape).toEqual(shape)
    expect(maximumDifference(float32([240], mask.data.slice(0, 240)), float32([240], mask.data.slice(240)))).toBe(0)
    expect(() => maskLike(full('float32', [3, 3], 1), shape)).toThrow('12 × 20 cells')
  })
})
