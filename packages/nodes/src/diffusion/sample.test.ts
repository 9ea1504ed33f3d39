import { describe, expect, test } from 'vitest'
import { full } from '@patchbay/onnx/tensor'
import { createStepNoise } from '../random/index.ts'
import { scale } from '../tensor/index.ts'
import { sample, type SampleSettings } from './sample.ts'
import { exponentialSigmas, sigmasFor } from './schedules/index.ts'
import { diffusionProcess } from './process/noise-process.ts'

const shape = [1, 1, 2, 2]

function runWith(changes: Partial<SampleSettings>) {
  return sample({
    sampler: 'euler',
    denoise: async (x) => scale(x, 0.5),
    x: full('float32', shape, 8),
    sigmas: [4, 2, 1, 0],
    noise: createStepNoise({ seed: 1, shape }),
    ...changes,
  })
}

describe('sampling', () => {
  test('gives the latents and the last estimate', async () => {
    const { x, denoised } = await runWith({})
    // 8 → 6 (half of the way from 8 to 4) → 4.5 → its estimate 2.25.
    expect([x.data[0], denoised?.data[0]]).toEqual([2.25, 2.25])
  })

  test('takes only the steps of its range', async () => {
    const reported: number[] = []
    const { x } = await runWith({ range: { first: 1, end: 2 }, onStep: ({ step }) => reported.push(step) })
    expect([x.data[0], ...reported]).toEqual([6, 2])
  })

  test('of no steps changes nothing and estimates nothing', async () => {
    for (const sigmas of [[], [4]]) {
      const { x, denoised } = await runWith({ sigmas })
      expect([x.data[0], denoised]).toEqual([8, undefined])
    }
  })

  test.each([
    [[4, 4, 0], 'sigma 1 is 4 after 4'],
    [[1, 2, 0], 'sigma 2 is 0 after 2'],
    [[4, Number.NaN, 0], 'sigma 1 is NaN after 4'],
    [[2, -1], 'sigma 1 is -1 after 2'],
  ])('refuses the sigmas %j, which do not fall', async (sigmas, message) => {
    await expect(runWith({ sigmas })).rejects.toThrow(message)
  })

  test('refuses a range outside the schedule', async () => {
    await expect(runWith({ range: { first: 2, end: 4 } })).rejects.toThrow(
      'Steps 2 to 4 are not all in a schedule of 3 steps',
    )
  })

  test('continues with PyTorch’s noise as if it had not stopped', async () => {
    const sigmas = [9, 5, 3, 1, 0.5, 0]
    const run = { sampler: 'dpmpp_2m_sde', sigmas } as const
    const fresh = () => createStepNoise({ seed: 1, shape, generator: 'torch-cpu' })
    const whole = await runWith({ ...run, noise: fresh() })
    const start = await runWith({ ...run, noise: fresh(), range: { first: 0, end: 2 } })
    const rest = { range: { first: 2, end: 5 }, x: start.x, history: start.history }
    expect((await runWith({ ...run, noise: fresh(), ...rest })).x.data).toEqual(whole.x.data)
  })

  test('passes the negative estimate on to samplers that ask for it', async () => {
    const { x } = await runWith({
      sampler: 'euler_cfg_pp',
      sigmas: [4, 2],
      denoiseGuided: async (x) => ({ denoised: scale(x, 0.5), negative: scale(x, 0.25) }),
    })
    // The guided estimate 4, and the noise (8 − 2) / 4 of the negative one at sigma 2.
    expect(x.data[0]).toBe(4 + 2 * ((8 - 2) / 4))
  })
})

describe('the schedule of a sampler', () => {
  const process = diffusionProcess()
  const karras = (steps: number) => sigmasFor(process, 'karras', steps)

  test('may rise, so that a run adds noise', async () => {
    const rising = { sigmas: [1, 2, 4], x: full('float32', shape, 3) }
    // The slope of an estimate of one half is x / 2σ.
    const { x } = await runWith(rising)
    expect(x.data[0]).toBeCloseTo(3 * 1.5 * 1.5, 5)
    await expect(runWith({ sigmas: [1, 2, 1.5] })).rejects.toThrow('rise from step to step')
  })

  test('leaves out the lowest sigma for those that are known to be run so', () => {
    expect(sigmasFor(process, 'karras', 10, 1, { sampler: 'euler' })).toEqual(karras(10))
    expect(sigmasFor(process, 'karras', 10, 1, { sampler: 'uni_pc' })).toEqual([...karras(11).slice(0, 10), 0])
  })

  test('leaves it out of the longer schedule of a denoise strength', () => {
    // 5 steps at 0.6: 8 and one more, less the lowest, of which the last five.
    const longer = karras(9).slice(0, 8)
    expect(sigmasFor(process, 'karras', 5, 0.6, { sampler: 'dpm_2' })).toEqual([...longer.slice(-5), 0])
  })

  test('may bend: rho 2 puts the middle a quarter of the way up in log sigma', () => {
    const [, middle] = exponentialSigmas(1, 16, 3, 2)
    expect(middle).toBeCloseTo(2, 12)
  })
})
