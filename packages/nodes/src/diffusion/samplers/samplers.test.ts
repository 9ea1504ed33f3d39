import { describe, expect, test } from 'vitest'
import { full } from '@patchbay/onnx/tensor'
import { scale } from '../../tensor/index.ts'
import { diffusionProcess, flowProcess } from '../process/noise-process.ts'
import { sample } from '../sample.ts'
import { sigmasFor } from '../schedules/index.ts'
import { samplerNames, samplers, type SamplerName } from './index.ts'
import { describeSampler, type SamplerTraits } from './sampler.contract.ts'

const deterministic = (order: number): SamplerTraits => ({ order, isStochastic: false })
const stochastic = (order: number): SamplerTraits => ({ order, isStochastic: true })

type OwnName = Exclude<SamplerName, `${string}_gpu`>

const traits: Record<OwnName, SamplerTraits> = {
  euler: deterministic(1),
  euler_cfg_pp: deterministic(1),
  euler_ancestral: stochastic(1),
  euler_ancestral_cfg_pp: stochastic(1),
  heun: deterministic(2),
  heunpp2: deterministic(1),
  exp_heun_2_x0: deterministic(2),
  exp_heun_2_x0_sde: stochastic(2),
  dpm_2: deterministic(2),
  dpm_2_ancestral: stochastic(2),
  lms: deterministic(3),
  dpm_fast: { order: undefined, isStochastic: false },
  dpm_adaptive: { order: undefined, isStochastic: false, sharesSteps: true },
  dpmpp_2s_ancestral: stochastic(2),
  dpmpp_2s_ancestral_cfg_pp: stochastic(2),
  dpmpp_sde: stochastic(2),
  dpmpp_2m: deterministic(2),
  dpmpp_2m_cfg_pp: deterministic(2),
  dpmpp_2m_sde: stochastic(2),
  dpmpp_2m_sde_heun: stochastic(2),
  dpmpp_3m_sde: stochastic(2),
  ddpm: stochastic(1),
  lcm: { order: undefined, isStochastic: true, asksConsistency: true },
  ipndm: deterministic(2),
  ipndm_v: deterministic(3),
  deis: deterministic(3),
  res_multistep: deterministic(2),
  res_multistep_cfg_pp: deterministic(2),
  res_multistep_ancestral: stochastic(2),
  res_multistep_ancestral_cfg_pp: stochastic(2),
  gradient_estimation: deterministic(1),
  gradient_estimation_cfg_pp: deterministic(1),
  er_sde: stochastic(2),
  seeds_2: stochastic(2),
  seeds_3: { ...stochastic(3), coarseSteps: 16 },
  sa_solver: { ...stochastic(3), coarseSteps: 16 },
  sa_solver_pece: { ...stochastic(3), coarseSteps: 16 },
  ddim: deterministic(1),
  uni_pc: deterministic(2),
  uni_pc_bh2: deterministic(2),
}

const isOwnName = (name: string): name is OwnName => Object.hasOwn(traits, name)

for (const name of samplerNames.filter(isOwnName)) describeSampler(name, traits[name])

test('the 44 names that people know are there, and those on the GPU are the same functions', () => {
  expect(samplerNames).toHaveLength(44)
  const others = samplerNames.filter((name) => !isOwnName(name))
  expect(others).toEqual(['dpmpp_sde_gpu', 'dpmpp_2m_sde_gpu', 'dpmpp_2m_sde_heun_gpu', 'dpmpp_3m_sde_gpu'])
  const named: Record<string, unknown> = samplers
  for (const name of others) expect(named[name]).toBe(named[name.replace('_gpu', '')])
})

test('sa_solver adds noise only in the middle of the schedule', async () => {
  const process = diffusionProcess()
  const sigmas = sigmasFor(process, 'normal', 20)
  const drawn: [draw: number, after: number | undefined][] = []
  const asked: number[] = []
  const noise = {
    independent: (draw: number) => {
      if (drawn.length === draw) drawn.push([draw, asked.at(-1)])
      return full('float32', [1, 4], draw)
    },
    brownian: () => full('float32', [1, 4], 0),
  }
  await sample({
    sampler: 'sa_solver',
    denoise: async (x, sigma) => {
      asked.push(sigma)
      return scale(x, 0.5)
    },
    x: full('float32', [1, 4], 9),
    sigmas,
    noise,
  })
  // Steps that add no noise draw none: the first draw is number 0.
  expect(drawn.map(([draw]) => draw)).toEqual(drawn.map((_, i) => i))
  const targets = drawn.map(([, sigma]) => sigmas[sigmas.indexOf(sigma!) + 1]!)
  expect(Math.max(...targets)).toBeLessThanOrEqual(process.sigmaAt(0.2))
  expect(Math.min(...targets)).toBeGreaterThanOrEqual(process.sigmaAt(0.8))
  expect(targets).toHaveLength(12)
})

describe.each([
  ['diffusion', diffusionProcess()],
  ['a rectified flow', flowProcess()],
] as const)('CFG++ for %s', (_, process) => {
  test.each(samplerNames.filter((name) => name.endsWith('_cfg_pp')))(
    '%s puts the noise of the negative estimate on the guided one',
    async (sampler) => {
      const [guided, negative, start, sigma, sigmaNext] = [3, 1, 2, 0.8, 0.5]
      const { x } = await sample({
        sampler,
        process,
        eta: 0,
        sigmas: [sigma, sigmaNext],
        x: full('float32', [1, 4], start),
        denoise: async () => full('float32', [1, 4], guided),
        denoiseGuided: async () => ({
          denoised: full('float32', [1, 4], guided),
          negative: full('float32', [1, 4], negative),
        }),
        noise: { independent: () => full('float32', [1, 4], 0), brownian: () => full('float32', [1, 4], 0) },
      })
      const noisePart = (start - process.alphaOf(sigma) * negative) / sigma
      expect(x.data[0]).toBeCloseTo(process.alphaOf(sigmaNext) * guided + sigmaNext * noisePart, 5)
    },
  )
})
