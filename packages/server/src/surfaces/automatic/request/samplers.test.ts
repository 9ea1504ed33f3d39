import { describe, expect, test } from 'vitest'
import { labelsOf, samplingOf } from './samplers.ts'

describe('a sampler by the name that AUTOMATIC1111 has for it', () => {
  test.each([
    ['DPM++ 2M', 'Automatic', 'dpmpp_2m', 'karras'],
    ['DPM++ SDE', undefined, 'dpmpp_sde', 'karras'],
    ['DPM++ 2S a', 'automatic', 'dpmpp_2s_ancestral', 'karras'],
    ['DPM2 a', undefined, 'dpm_2_ancestral', 'karras'],
    ['DPM++ 2M SDE', 'Automatic', 'dpmpp_2m_sde', 'exponential'],
    ['DPM++ 2M SDE Heun', undefined, 'dpmpp_2m_sde_heun', 'exponential'],
    ['DPM++ 3M SDE', undefined, 'dpmpp_3m_sde', 'exponential'],
    ['Euler a', 'Automatic', 'euler_ancestral', 'normal'],
    ['DDIM', 'Automatic', 'ddim', 'ddim_uniform'],
    ['k_euler_a', undefined, 'euler_ancestral', 'normal'],
    ['dpmpp_2m', undefined, 'dpmpp_2m', 'karras'],
    ['ipndm', undefined, 'ipndm', 'normal'],
  ])('%s with %s is %s on %s', (name, scheduler, ...expected) => {
    expect(Object.values(pairOf(name, scheduler))).toEqual(expected)
  })

  test.each([
    ['DPM++ 2M Karras', undefined, 'karras'],
    ['euler_ancestral_karras', undefined, 'karras'],
    ['DPM++ 2M SDE SGM Uniform', 'Karras', 'sgm_uniform'],
    ['Euler', 'Uniform', 'normal'],
    ['Euler', 'DDIM', 'ddim_uniform'],
    ['DPM++ 2M', 'Simple', 'simple'],
    ['Euler', 'Polyexponential', 'exponential'],
    ['Euler', 'SGM Uniform', 'sgm_uniform'],
    ['Euler', 'kl_optimal', 'kl_optimal'],
  ])('the scheduler of %s with %s is %s', (name, scheduler, expected) => {
    expect(samplingOf(name, scheduler).scheduler).toBe(expected)
  })

  test.each([
    ['Eulr', undefined, 'There is no sampler "Eulr". Did you mean "Euler"?'],
    ['PLMS', undefined, 'There is no sampler "PLMS".'],
    ['Euler', 'Karas', 'There is no scheduler "Karas". Did you mean "Karras"?'],
    ['Euler', 'Align Your Steps', 'There is no scheduler "Align Your Steps".'],
  ])('%s with %s is refused with the nearest name', (name, scheduler, message) => {
    expect(() => samplingOf(name, scheduler)).toThrow(message)
  })
})

test('what is written into a picture is read back as the same', () => {
  for (const name of ['DPM++ 2M', 'Euler a', 'DDIM', 'UniPC', 'res_multistep']) {
    const sampling = samplingOf(name)
    const labels = labelsOf(sampling)
    expect(samplingOf(labels.sampler, labels.scheduler)).toEqual(sampling)
  }
})

const pairOf = (name: string, scheduler: string | undefined) => {
  const { sampler, scheduler: rule } = samplingOf(name, scheduler)
  return { sampler, rule }
}
