import { expect, test } from 'vitest'
import { samplerNames, type SamplerName } from './index.ts'
import { describeSampler, type SamplerTraits } from './sampler.contract.ts'

const deterministic = (order: number): SamplerTraits => ({ order, isStochastic: false })
const stochastic = (order: number): SamplerTraits => ({ order, isStochastic: true })

const traits: Record<SamplerName, SamplerTraits> = {
  euler: deterministic(1),
  euler_ancestral: stochastic(1),
  heun: deterministic(2),
  dpmpp_2m: deterministic(2),
  lcm: { order: undefined, isStochastic: true, asksConsistency: true },
  ddim: deterministic(1),
}

for (const name of samplerNames) describeSampler(name, traits[name])

test('every sampler has a name that people know', () => {
  expect(samplerNames).toEqual(Object.keys(traits))
})
