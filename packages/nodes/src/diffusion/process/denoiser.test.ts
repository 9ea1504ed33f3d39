import { sigmasFor } from '../schedules/index.ts'
import { describe, expect, test } from 'vitest'
import type { Tensor } from '@patchbay/onnx/tensor'
import { sum, maximumDifference, scale } from '../../tensor/index.ts'
import { initialNoise } from '../../random/index.ts'
import { createDenoiser, noisyLatents, restoredLatents } from './denoiser.ts'
import { continuousProcess, diffusionProcess, flowProcess, fluxShift, type NoiseProcess } from './noise-process.ts'

const shape = [1, 4, 4, 4]
const clean = initialNoise({ seed: 1, shape })
const noise = initialNoise({ seed: 2, shape })

/** What a perfect network of each prediction type answers, from its definition. */
function truthOf({ predictionType }: NoiseProcess, sigma: number): Tensor {
  const alpha = 1 / Math.sqrt(1 + sigma ** 2)
  switch (predictionType) {
    case 'epsilon':
      return noise
    case 'v':
      return sum([
        [alpha, noise],
        [-sigma * alpha, clean],
      ])
    case 'flow':
      return sum([
        [1, noise],
        [-1, clean],
      ])
    case 'sample':
      return clean
    case 'edm': {
      const root = Math.sqrt(1 + sigma ** 2)
      const x = sum([
        [1, clean],
        [sigma, noise],
      ])
      return sum([
        [root / sigma, clean],
        [-1 / (sigma * root), x],
      ])
    }
  }
}

const edmOfUnitSpread = { predictionType: 'edm', sigmaMin: 0.01, sigmaMax: 80, dataSpread: 1 } as const
const processes = {
  epsilon: diffusionProcess(),
  v: diffusionProcess({ predictionType: 'v', zeroTerminalSnr: true }),
  sample: diffusionProcess({ predictionType: 'sample' }),
  flow: flowProcess({ shift: 3 }),
  edm: continuousProcess({ ...edmOfUnitSpread, timesteps: 'logarithm' }),
}

describe.each(Object.entries(processes))('a denoiser of prediction type %s', (_, process) => {
  test('recovers clean latents from what a perfect network says, at any sigma', async () => {
    for (const progress of [0.1, 0.5, 0.9]) {
      const sigma = process.sigmaAt(progress)
      const denoise = createDenoiser<undefined>(async () => truthOf(process, sigma), process)
      const x = sum([
        [process.alphaOf(sigma), clean],
        [sigma, noise],
      ])
      expect(maximumDifference(await denoise(x, sigma, undefined), clean)).toBeLessThan(sigma * 1e-5 + 1e-5)
    }
  })

  test('gives the network an input of unit variance for data of unit variance, and the timestep of the sigma', async () => {
    const sigma = process.sigmaAt(0.5)
    let [input, timestep]: [Tensor | undefined, number] = [undefined, -1]
    const denoise = createDenoiser<string>(async (x, t, conditioning) => {
      ;[input, timestep] = [x, t]
      expect(conditioning).toBe('a cat')
      return x
    }, process)
    const x = sum([
      [process.alphaOf(sigma), clean],
      [sigma, noise],
    ])
    await denoise(x, sigma, 'a cat')
    expect(timestep).toBe(process.timestepOf(sigma))
    const scaleOfTraining = process.predictionType === 'flow' ? 1 : 1 / Math.sqrt(1 + sigma ** 2)
    expect(maximumDifference(input!, scale(x, scaleOfTraining))).toBeLessThan(1e-6)
  })
})

describe('a diffusion process', () => {
  const process = diffusionProcess()

  test('has the ends of Stable Diffusion’s schedule', () => {
    expect(process.sigmaMax).toBeCloseTo(14.614642, 4)
    expect(process.sigmaMin).toBeCloseTo(0.0291675, 6)
  })

  test('finds the timestep of each of its sigmas, and the nearest between two', () => {
    for (const timestep of [0, 1, 499, 998, 999]) {
      expect(process.timestepOf(process.sigmas[timestep]!)).toBe(timestep)
      expect(Math.abs(process.sigmaOf(timestep) / process.sigmas[timestep]! - 1)).toBeLessThan(1e-6)
    }
    const between = process.sigmaOf(400.4)
    expect(process.timestepOf(between)).toBe(400)
    expect(diffusionProcess({ timesteps: 'interpolated' }).timestepOf(between)).toBeCloseTo(400.4, 4)
  })

  test('decides between two timesteps that are equally near as single precision does', () => {
    // As torch 2.15 does it for 3, 7 and 19 steps of the normal schedule, every second of which lies between two.
    const wanted = [
      [999, 500, 0],
      [999, 833, 666, 500, 333, 166, 0],
      [999, 943, 888, 833, 777, 721, 666, 610, 555, 500, 444, 389, 333, 278, 222, 166, 111, 55, 0],
    ]
    for (const timesteps of wanted) {
      const sigmas = sigmasFor(process, 'normal', timesteps.length).slice(0, -1)
      expect(sigmas.map((sigma) => process.timestepOf(sigma))).toEqual(timesteps)
    }
  })

  test('of zero terminal SNR starts from almost no signal and keeps its clean end', () => {
    const zero = diffusionProcess({ zeroTerminalSnr: true })
    expect(zero.sigmaMax).toBeCloseTo(4518.76, 1)
    expect(diffusionProcess({ zeroTerminalSnr: true, terminalSignal: 2 ** -24 }).sigmaMax).toBeCloseTo(4096, 0)
    expect(zero.sigmaMin).toBeCloseTo(process.sigmaMin, 9)
    expect(zero.sigmas.every((sigma, i) => i === 0 || sigma > zero.sigmas[i - 1]!)).toBe(true)
  })

  test('never loses all signal in one step of the capped cosine schedule', () => {
    const betas = { name: 'squaredcos_cap_v2', timesteps: 1000, betaStart: 0, betaEnd: 0 } as const
    const { sigmas } = diffusionProcess({ betas })
    expect(sigmas.every(Number.isFinite)).toBe(true)
    expect(sigmas[499]).toBeCloseTo(Math.tan((Math.PI / 2) * (0.508 / 1.008)), 1)
  })
})

describe('a rectified flow', () => {
  test('moves towards noise with its shift', () => {
    expect(flowProcess().sigmaAt(0.5)).toBeCloseTo(0.5, 12)
    expect(flowProcess({ shift: 3 }).sigmaAt(0.5)).toBeCloseTo(0.75, 12)
    expect(flowProcess({ shift: 3 }).timestepOf(0.75)).toBe(750)
    expect(flowProcess({ timestepScale: 1 }).timestepOf(0.75)).toBe(0.75)
    expect(() => flowProcess({ shift: 0 })).toThrow('shift is a number above 0')
  })

  test('takes FLUX’s shift from the size of the picture', () => {
    expect(Math.log(fluxShift(256))).toBeCloseTo(0.5, 12)
    expect(Math.log(fluxShift(4096))).toBeCloseTo(1.15, 12)
  })

  test('gives latents back that stopped half-way', () => {
    const process = flowProcess()
    const noisy = noisyLatents(process, clean, scale(noise, 0), 0.4)
    expect(maximumDifference(restoredLatents(process, noisy, 0.4), clean)).toBeLessThan(1e-6)
  })
})

test('diffusion starts with noise of variance 1 + sigma² at the top, sigma² below', () => {
  const process = diffusionProcess()
  const empty = scale(clean, 0)
  const top = noisyLatents(process, empty, noise, process.sigmaMax)
  expect(maximumDifference(top, scale(noise, Math.hypot(1, process.sigmaMax)))).toBeLessThan(1e-5)
  expect(
    maximumDifference(
      noisyLatents(process, clean, noise, 2),
      sum([
        [1, clean],
        [2, noise],
      ]),
    ),
  ).toBeLessThan(1e-6)
})
