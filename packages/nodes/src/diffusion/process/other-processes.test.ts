import { describe, expect, test } from 'vitest'
import { float32 } from '@patchbay/onnx/tensor'
import { sigmasFor } from '../schedules/index.ts'
import { denoisedOf, networkInput } from './denoiser.ts'
import { consistencyProcess, continuousProcess, diffusionProcess } from './noise-process.ts'

const of = (value: number) => float32([1], Float32Array.of(value))
const valueOf = ({ data }: { data: Float32Array }) => data[0] ?? NaN

describe('a consistency model', () => {
  const base = diffusionProcess()
  const process = consistencyProcess(base)

  test('has every twentieth timestep, and finds the nearest of these', () => {
    expect(process.sigmas).toHaveLength(50)
    expect([process.sigmaMin, process.sigmaMax]).toEqual([base.sigmas[19], base.sigmas[999]])
    expect([700, 709, 711, 0].map((timestep) => process.timestepOf(base.sigmas[timestep]!))).toEqual([
      699, 699, 719, 19,
    ])
    expect(process.timestepOf(sigmasFor(process, 'normal', 4)[1]!)).toBe(679)
  })

  test('changes almost nothing at its cleanest timestep but for the boundary scalings', () => {
    const sigma = base.sigmas[699]!
    const [skip, out] = [0.25 / (6990 ** 2 + 0.25), 6990 / Math.sqrt(6990 ** 2 + 0.25)]
    expect(valueOf(denoisedOf(process, of(3), sigma, of(0.5)))).toBeCloseTo(out * (3 - sigma * 0.5) + skip * 3, 6)
  })
})

describe('a diffusion of any noise level', () => {
  const edm = continuousProcess({
    predictionType: 'edm',
    timesteps: 'logarithm',
    sigmaMin: 0.002,
    sigmaMax: 80,
    dataSpread: 0.5,
  })

  test('of EDM scales input, output and timestep as Karras et al. (2022), table 1', () => {
    const sigma = 2
    const variance = sigma ** 2 + 0.25
    expect(valueOf(networkInput(edm, of(3), sigma))).toBeCloseTo(3 / Math.sqrt(variance), 6)
    const expected = (0.25 / variance) * 3 + ((sigma * 0.5) / Math.sqrt(variance)) * 0.7
    expect(valueOf(denoisedOf(edm, of(3), sigma, of(0.7)))).toBeCloseTo(expected, 6)
    expect(edm.timestepOf(sigma)).toBeCloseTo(Math.log(2) / 4, 12)
    expect(edm.sigmaOf(edm.timestepOf(0.3))).toBeCloseTo(0.3, 12)
    expect([edm.sigmaAt(0), edm.sigmaAt(1)].map((level) => Number(level.toFixed(6)))).toEqual([80, 0.002])
  })

  test('may call a level by its angle', () => {
    const settings = { predictionType: 'v', sigmaMin: 0.03, sigmaMax: 500, dataSpread: 1 } as const
    const angles = continuousProcess({ ...settings, timesteps: 'angle' })
    expect(angles.timestepOf(1)).toBeCloseTo(0.5, 12)
    expect(angles.sigmaOf(0.5)).toBeCloseTo(1, 12)
    expect(sigmasFor(angles, 'karras', 5).slice(0, 1)[0]).toBeCloseTo(500, 9)
    expect(() => continuousProcess({ ...settings, timesteps: 'angle', sigmaMin: 0 })).toThrow('rise from one above 0')
  })
})
