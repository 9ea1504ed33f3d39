import { describe, expect, test } from 'vitest'
import { diffusionProcess, flowProcess } from '../process/noise-process.ts'
import { betaCumulative, betaQuantile } from './beta-distribution.ts'
import type { TimestepSpacing } from '../process/timestep-spacing.ts'
import {
  alignedSigmas,
  laplaceSigmas,
  schedulerNames,
  sigmasFor,
  turboSigmas,
  variancePreservingSigmas,
} from './index.ts'

const processes = {
  'Stable Diffusion': diffusionProcess(),
  'zero terminal SNR': diffusionProcess({ predictionType: 'v', zeroTerminalSnr: true }),
  'a shifted flow': flowProcess({ shift: 3 }),
}

describe.each(Object.entries(processes))('schedules of %s', (_, process) => {
  test.each(schedulerNames)('%s makes steps + 1 falling sigmas that end at 0, for any number of steps', (scheduler) => {
    for (const steps of [1, 2, 3, 7, 20, 30, 77, 250, 999]) {
      const sigmas = sigmasFor(process, scheduler, steps)
      expect(sigmas).toHaveLength(steps + 1)
      expect(sigmas.at(-1)).toBe(0)
      // Up to single precision, in which sigmas between timesteps are reckoned.
      expect(sigmas[0]).toBeLessThanOrEqual(process.sigmaMax * (1 + 1e-6))
      const rises = sigmas.filter((sigma, i) => i > 0 && !(sigma < sigmas[i - 1]!))
      expect(rises, `${steps} steps`).toEqual([])
    }
  })
})

describe("ComfyUI's ddim_uniform", () => {
  const process = diffusionProcess()
  const timesteps = (steps: number, takesAll: boolean, denoiseStrength = 1) =>
    sigmasFor(process, 'ddim_uniform', steps, denoiseStrength, { formulas: 'comfyui', takesAll })
      .slice(0, -1)
      .map((sigma) => process.timestepOf(sigma))

  test('takes a step more where the steps do not divide the timesteps', () => {
    expect(timesteps(4, true)).toEqual([751, 501, 251, 1])
    expect(timesteps(6, true)).toEqual([997, 831, 665, 499, 333, 167, 1])
    expect(timesteps(6, false)).toEqual([831, 665, 499, 333, 167, 1])
  })

  test('takes no more than asked for of a part of it', () => {
    expect(timesteps(6, true, 0.5)).toHaveLength(6)
  })
})

describe('noise levels by rules of their own', () => {
  test('of a variance-preserving process run from 1 to the earliest time', () => {
    const sigmas = variancePreservingSigmas(3, 19.9, 0.1, 0.001)
    expect(sigmas[0]).toBeCloseTo(Math.sqrt(Math.expm1(19.9 / 2 + 0.1)), 9)
    expect(sigmas[2]).toBeCloseTo(Math.sqrt(Math.expm1(19.9e-6 / 2 + 1e-4)), 9)
    expect(sigmas[3]).toBe(0)
  })

  test('of Laplace crowd round one, within a range', () => {
    const sigmas = laplaceSigmas(5, { sigmaMin: 0.03, sigmaMax: 14, mu: 0, beta: 0.5 })
    expect([sigmas[0], sigmas[2], sigmas[4]]).toEqual([14, 1, 0.03])
    expect(sigmas[1]).toBeCloseTo(Math.exp(-0.5 * Math.log(0.5 + 1e-5)), 9)
  })

  test('that are aligned are the published ones for ten steps, and between them for others', () => {
    expect(alignedSigmas('sd1', 10, 1).slice(0, 2)).toEqual([14.6146412293, 6.4745760956])
    expect(alignedSigmas('sd1', 10, 1)).toHaveLength(11)
    const twenty = alignedSigmas('sd1', 20, 1)
    expect(twenty[1]).toBeCloseTo(Math.sqrt(14.6146412293 * 6.4745760956), 9)
    expect(alignedSigmas('sdxl', 10, 0.3)).toEqual([...alignedSigmas('sdxl', 10, 1).slice(-4)])
    expect(alignedSigmas('sd1', 10, 0)).toEqual([])
  })
})

test('a denoise strength runs the last steps of a longer schedule', () => {
  const process = diffusionProcess()
  expect(sigmasFor(process, 'karras', 10, 0.5)).toEqual(sigmasFor(process, 'karras', 20).slice(10))
  expect(sigmasFor(process, 'karras', 10, 0)).toEqual([])
  expect(() => sigmasFor(process, 'karras', 10, 1.5)).toThrow('from 0 to 1')
  expect(() => sigmasFor(process, 'karras', 0)).toThrow('whole number from 1 up')
})

describe('the schedule of a checkpoint takes the timesteps that its scheduler config names', () => {
  const timesteps = (spacing: TimestepSpacing, steps: number) => {
    const process = diffusionProcess({ spacing })
    return sigmasFor(process, 'checkpoint', steps)
      .slice(0, -1)
      .map((sigma) => process.timestepOf(sigma))
  }
  // As set_timesteps of diffusers' EulerDiscreteScheduler, DDIMScheduler and LCMScheduler gives them.
  test.each([
    [{ rule: 'leading', offset: 1 }, 3, [667, 334, 1]],
    [{ rule: 'leading' }, 4, [750, 500, 250, 0]],
    [{ rule: 'trailing' }, 1, [999]],
    [{ rule: 'trailing' }, 3, [999, 666, 332]],
    [{ rule: 'linspace' }, 4, [999, 666, 333, 0]],
    [{ rule: 'consistency' }, 4, [999, 759, 499, 259]],
  ] as const)('%j in %i steps', (spacing, steps, expected) => {
    expect(timesteps(spacing, steps)).toEqual(expected)
  })

  test('and without one, those of Stable Diffusion', () => {
    expect(sigmasFor(diffusionProcess(), 'checkpoint', 20)).toEqual(
      sigmasFor(diffusionProcess({ spacing: { rule: 'leading', offset: 1 } }), 'checkpoint', 20),
    )
  })
})

test('Turbo walks down in tenths of the training timesteps', () => {
  const process = diffusionProcess()
  const at = (...timesteps: number[]) => [...timesteps.map((timestep) => process.sigmas[timestep]), 0]
  expect(turboSigmas(process, 1)).toEqual(at(999))
  expect(turboSigmas(process, 3)).toEqual(at(999, 899, 799))
  expect(turboSigmas(process, 2, 0.5)).toEqual(at(499, 399))
  expect(turboSigmas(process, 4, 0.2)).toEqual(at(199, 99))
  expect(turboSigmas(process, 1, 0)).toEqual([])
})

test('quantiles of a Beta distribution invert its cumulative probability', () => {
  // Beta(½, ½) is the arcsine distribution, Beta(2, 1) has the cumulative probability x².
  for (const p of [0.001, 0.05, 0.3, 0.5, 0.77, 0.999]) {
    expect(betaQuantile(p, 0.5, 0.5)).toBeCloseTo(Math.sin((Math.PI / 2) * p) ** 2, 12)
    expect(betaQuantile(p, 2, 1)).toBeCloseTo(Math.sqrt(p), 12)
    expect(betaCumulative(betaQuantile(p, 0.6, 0.6), 0.6, 0.6)).toBeCloseTo(p, 12)
  }
})
