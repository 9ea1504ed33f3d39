import { describe, expect, test } from 'vitest'
import { float32, full, type Tensor } from '@patchbay/onnx/tensor'
import { sum } from '../../tensor/index.ts'
import { sample, type SampleSettings } from '../sample.ts'
import { samplerNames, type SamplerName } from './index.ts'
import { comfyCoefficients } from './multistep/ipndm-v.ts'

/** A guided and a negative estimate that are not the same, and depend on x and sigma. */
const guided = (x: number, sigma: number) => 0.6 * x - 0.02 * sigma
const negative = (x: number, sigma: number) => 0.2 * x + 0.1 * sigma
const of = (x: number): Tensor => float32([1, 1], Float32Array.of(x))
const valueOf = (x: Tensor): number => x.data[0] ?? NaN

/** Noise of draw n is n + 1. */
async function run(sampler: SamplerName, sigmas: readonly number[], more: Partial<SampleSettings> = {}) {
  const draws: number[] = []
  const noise = {
    independent: (draw: number) => of(draws.push(draw) && draw + 1),
    brownian: () => of(0),
  }
  const { x } = await sample({
    sampler,
    sigmas,
    noise,
    x: of(3),
    formulas: 'comfyui',
    denoise: async (x, sigma) => of(guided(valueOf(x), sigma)),
    denoiseGuided: async (x, sigma) => ({
      denoised: of(guided(valueOf(x), sigma)),
      negative: of(negative(valueOf(x), sigma)),
    }),
    ...more,
  })
  return { x: valueOf(x), draws }
}

describe("ComfyUI's weights of ipndm_v", () => {
  test('are those of Adams and Bashforth for even steps, up to the third order', () => {
    const even = (order: number) => comfyCoefficients(Array.from({ length: order + 1 }, (_, k) => k * 2))
    expect(even(1)).toEqual([-2])
    expect(even(2)).toEqual([-3, 1])
    for (const [i, weight] of [23, -16, 5].entries()) expect(even(3)[i]).toBeCloseTo((-2 * weight) / 12, 12)
    // 3/8 of the third difference there, 11/24 here.
    const fourth = [1, -3, 3, -1].map((times, i) => [23 / 12, -16 / 12, 5 / 12, 0][i]! + (times * 11) / 24)
    for (const [i, weight] of fourth.entries()) expect(even(4)[i]).toBeCloseTo(-2 * weight, 12)
  })

  test('of the second order are exact on uneven steps, those of the fourth do not add up to the step', () => {
    const total = (weights: readonly number[]) => weights.reduce((all, weight) => all + weight, 0)
    expect(comfyCoefficients([1, 3, 4])).toEqual([-4, 2])
    expect(total(comfyCoefficients([1, 3, 4, 9]))).toBeCloseTo(-2, 12)
    expect(Math.abs(total(comfyCoefficients([1, 1.7, 5, 6, 20])) + 0.7)).toBeGreaterThan(0.05)
  })
})

test("ComfyUI's lms ends with the estimate, ours with the polynomial", async () => {
  const sigmas = [10, 4, 1, 0]
  const before = await run('lms', sigmas.slice(0, 3))
  expect((await run('lms', sigmas)).x).toBeCloseTo(guided(before.x, 1), 5)
  expect((await run('lms', sigmas, { formulas: 'published' })).x).not.toBeCloseTo(guided(before.x, 1), 3)
})

test("ComfyUI's res_multistep_cfg_pp takes and remembers the negative estimate after the first step", async () => {
  const [s0, s1, s2] = [4, 2, 1] as const
  const { x } = await run('res_multistep_cfg_pp', [s0, s1, s2])
  const first = guided(3, s0) + ((3 - negative(3, s0)) / s0) * s1
  const [d, n, old] = [guided(first, s1), negative(first, s1), negative(3, s0)]
  // Both steps halve sigma, so that c₂ is −1.
  const h = Math.log(2)
  const phi1 = Math.expm1(-h) / -h
  const phi2 = (phi1 - 1) / -h
  const expected = (first + d - n) / 2 + h * ((phi1 + phi2) * n - phi2 * old)
  expect(x).toBeCloseTo(expected, 5)
})

test("ComfyUI's dpmpp_2s_ancestral_cfg_pp moves the full step by the half step's negative estimate", async () => {
  const { x } = await run('dpmpp_2s_ancestral_cfg_pp', [4, 1], { eta: 0 })
  const d = guided(3, 4)
  const middle = 0.5 * (3 + d - negative(3, 4)) + 0.5 * d
  expect(x).toBeCloseTo(0.25 * (3 + d - negative(middle, 2)) + 0.75 * guided(middle, 2), 5)
})

test("ComfyUI's exp_heun_2_x0_sde draws two noises a step and uses the first", async () => {
  expect((await run('exp_heun_2_x0_sde', [8, 4, 2, 1])).draws).toEqual([0, 2, 4])
  expect((await run('exp_heun_2_x0_sde', [8, 4, 2, 1], { formulas: 'published' })).draws).toEqual([0, 1, 2])
})

test("ComfyUI's er_sde sums 200 points, which shows where one step spans decades", async () => {
  const scaler = (ratio: number) => ratio * (Math.exp(ratio ** 0.3) + 10)
  const [s0, s1, s2] = [40, 20, 0.02] as const
  const start = (x: number, from: number, to: number) => {
    const fall = scaler(to) / scaler(from)
    const added = Math.sqrt(to ** 2 - from ** 2 * fall ** 2)
    return { x: fall * x + (1 - fall) * guided(x, from), added }
  }
  const first = start(3, s0, s1)
  const at1 = first.x + first.added * 1
  const second = start(at1, s1, s2)
  const width = (s1 - s2) / 200
  const points = Array.from({ length: 200 }, (_, k) => s2 + k * width)
  const total = points.reduce((all, at) => all + 1 / scaler(at), 0) * width
  const slope = (guided(at1, s1) - guided(3, s0)) / (s1 - s0)
  const expected = second.x + (s2 - s1 + total * scaler(s2)) * slope + second.added * 2
  expect((await run('er_sde', [s0, s1, s2])).x).toBeCloseTo(expected, 4)
  expect((await run('er_sde', [s0, s1, s2], { formulas: 'published' })).x).not.toBeCloseTo(expected, 2)
})

const different = [
  'exp_heun_2_x0_sde',
  'lms',
  'dpmpp_2s_ancestral_cfg_pp',
  'ipndm_v',
  'res_multistep_cfg_pp',
  'res_multistep_ancestral_cfg_pp',
  'er_sde',
]
test.each(samplerNames.filter((name) => !different.includes(name)))('%s is the same by both formulas', async (name) => {
  const x = full('float32', [1, 2], 5)
  const settings = (formulas: 'published' | 'comfyui'): SampleSettings => ({
    sampler: name,
    sigmas: [10, 6, 3, 1, 0.4, 0],
    x,
    formulas,
    noise: { independent: (draw) => full('float32', [1, 2], draw), brownian: (a, b) => full('float32', [1, 2], a - b) },
    denoise: async (x, sigma) => sum([[1 / (1 + sigma), x]]),
  })
  expect((await sample(settings('comfyui'))).x).toEqual((await sample(settings('published'))).x)
})
