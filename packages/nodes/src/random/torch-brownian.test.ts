import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createStepNoise } from './noise.ts'
import { seedSequence } from './seed-sequence.ts'

interface Recorded {
  sequences: { entropy: string; plain: number[]; spawned: number[] }[]
  paths: { seed: string; shape: number[]; sigmas: number[]; steps: number[][] }[]
}

const vectors = new URL('../../../../tests/reference/vectors/brownian-tree.json', import.meta.url)
const recorded: Recorded = JSON.parse(readFileSync(vectors, 'utf8'))

test.each(recorded.sequences)('a seed sequence from $entropy has numpy’s words', ({ entropy, plain, spawned }) => {
  expect(seedSequence(BigInt(entropy), 4)).toEqual(plain)
  expect(seedSequence(BigInt(entropy), 4, { spawnKey: [5, 3], poolSize: 24 })).toEqual(spawned)
})

describe.each(recorded.paths)('the Brownian path of torch-cpu from seed $seed', ({ seed, shape, sigmas, steps }) => {
  const span = { lowest: sigmas.at(-1)!, highest: sigmas[0]! }
  const difference = (data: Float32Array, expected: readonly number[]) =>
    Math.max(...expected.map((value, i) => Math.abs(value - data[i]!)))

  test('is the one that k-diffusion draws from', () => {
    const noise = createStepNoise({ seed, shape, generator: 'torch-cpu' })
    for (const [i, expected] of steps.entries()) {
      expect(difference(noise.brownian(sigmas[i]!, sigmas[i + 1]!, span).data, expected), `step ${i}`).toBeLessThan(
        1e-4,
      )
    }
  })

  test('does not depend on the order of the steps', () => {
    const noise = createStepNoise({ seed, shape, generator: 'torch-cpu' })
    for (const i of [5, 0, 3]) {
      expect(difference(noise.brownian(sigmas[i]!, sigmas[i + 1]!, span).data, steps[i]!)).toBeLessThan(1e-4)
    }
  })
})
