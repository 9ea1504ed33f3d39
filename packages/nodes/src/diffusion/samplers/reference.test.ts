import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { float32, type Tensor } from '@patchbay/onnx/tensor'
import type { StepNoise } from '../../random/index.ts'
import { map, scale } from '../../tensor/index.ts'
import { diffusionProcess, flowProcess } from '../process/noise-process.ts'
import { sample } from '../sample.ts'
import { sigmasFor, type SchedulerName } from '../schedules/index.ts'
import type { BetaScheduleName } from '../process/beta-schedule.ts'
import type { SamplerName } from './index.ts'

interface Recorded {
  size: number
  means: number[]
  spread: number
  schedules: Record<string, number[]>
  tables: Record<string, Record<string, number>>
  runs: { source: string; sampler: SamplerName; schedule: string; sigmas?: number[]; eta?: number; x: number[] }[]
}

const vectors = new URL('../../../../../tests/reference/vectors/samplers.json', import.meta.url)
const recorded: Recorded = JSON.parse(readFileSync(vectors, 'utf8'))
const { size, means, spread } = recorded

/** The posterior mean of a mixture of Gaussians, element by element: the denoiser that the reference runs used. */
const posteriorMean = (x: number, sigma: number): number => {
  const variance = spread ** 2 + sigma ** 2
  const logits = means.map((mean) => -((x - mean) ** 2) / (2 * variance))
  const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)))
  const total = weights.reduce((a, b) => a + b)
  return means.reduce(
    (sum, mean, k) => sum + (weights[k]! / total) * ((mean * sigma ** 2 + x * spread ** 2) / variance),
    0,
  )
}

const unitNoise = (draw: number): Tensor =>
  float32(
    [1, size],
    Float32Array.from({ length: size }, (_, j) => Math.SQRT2 * Math.sin(1 + 78.233 * draw + 12.9898 * j)),
  )

function noiseInOrder(): StepNoise {
  let draws = 0
  return { independent: unitNoise, brownian: () => unitNoise(draws++) }
}

async function runLike({ sampler, schedule, sigmas, eta = 1 }: Recorded['runs'][number]): Promise<Tensor> {
  const isFlow = schedule === 'flow'
  const process = isFlow ? flowProcess({ shift: 3 }) : diffusionProcess()
  const steps = (sigmas ?? recorded.schedules[schedule])!.slice()
  const denoise = async (x: Tensor, sigma: number): Promise<Tensor> => {
    const alpha = process.alphaOf(sigma)
    if (alpha === 0) return scale(unitNoise(1), 0.7)
    return map(x, (value) => posteriorMean(value / alpha, sigma / alpha))
  }
  const x = scale(unitNoise(1000), steps[0]!)
  const result = await sample({ sampler, denoise, x, sigmas: steps, process, eta, noise: noiseInOrder() })
  return result.x
}

describe('latents after 20 steps', () => {
  test.each(recorded.runs)('of $sampler on $schedule agree with $source', async (run) => {
    const { data } = await runLike(run)
    const worst = Math.max(...run.x.map((value, i) => Math.abs(value - data[i]!)))
    // dpm_adaptive chooses its steps by differences near the rounding of single precision; the reference ran in double.
    expect(worst).toBeLessThan(run.sampler === 'dpm_adaptive' ? 2e-3 : 1e-3)
  })
})

describe('the schedule', () => {
  const process = diffusionProcess()
  test.each(Object.keys(recorded.schedules) as SchedulerName[])('%s agrees with the reference', (name) => {
    const expected = recorded.schedules[name]!
    for (const [i, sigma] of sigmasFor(process, name, 20).entries()) {
      expect(Math.abs(sigma - expected[i]!) / (expected[i]! || 1), `sigma ${i}`).toBeLessThan(2e-4)
    }
  })
})

test.each(Object.entries(recorded.tables))('training sigmas of %s agree with diffusers', (name, table) => {
  const isZero = name === 'zero_terminal_snr'
  const betas = {
    name: (isZero ? 'scaled_linear' : name) as BetaScheduleName,
    timesteps: 1000,
    betaStart: name === 'linear' ? 0.0001 : 0.00085,
    betaEnd: name === 'linear' ? 0.02 : 0.012,
  }
  const { sigmas } = diffusionProcess({ betas, terminalSignal: 2 ** -24, zeroTerminalSnr: isZero })
  for (const [timestep, sigma] of Object.entries(table)) {
    expect(Math.abs(sigmas[Number(timestep)]! / sigma - 1), timestep).toBeLessThan(5e-4)
  }
})
