import { describe, expect, test } from 'vitest'
import type { Tensor } from '@patchbay/onnx/tensor'
import { createStepNoise, initialNoise } from '../../random/index.ts'
import { maximumDifference, scale, sliceBatch, standardDeviationOf } from '../../tensor/index.ts'
import { diffusionProcess, flowProcess, type SigmaScale } from '../process/noise-process.ts'
import { sample, type SampleSettings } from '../sample.ts'
import type { SamplerName } from './index.ts'

/** For data ~ N(0, spread²) the ideal denoiser is linear, and so is the exact solution. */
const spread = 0.8

/** What a sampler must show. */
export interface SamplerTraits {
  /**
   * The error falls by 2^order from `coarseSteps` steps to twice as many; undefined for samplers that choose their own
   * steps.
   */
  readonly order: number | undefined
  /** Few enough that the error stays above the rounding of single precision; 32 by default. */
  readonly coarseSteps?: number
  readonly isStochastic: boolean
  /** It asks for the end of the trajectory (a consistency model) instead of the mean of the data. */
  readonly asksConsistency?: boolean
  /** The items of a batch share steps that depend on all of them. */
  readonly sharesSteps?: boolean
}

/** Geometric from 10 to 0.1, both above 0, so that only the integration is measured. */
const geometric = (steps: number, first = 10, last = 0.1): number[] =>
  Array.from({ length: steps + 1 }, (_, i) => first * (last / first) ** (i / steps))

interface Space extends SigmaScale {
  readonly sigmas: (steps: number) => number[]
}

const diffusion: Space = { ...diffusionProcess(), sigmas: (steps) => geometric(steps) }
const flow: Space = {
  ...flowProcess(),
  sigmas: (steps) => geometric(steps, 9, 0.11).map((ratio) => ratio / (1 + ratio)),
}

/** The standard deviation of x at a sigma: √(alpha²·s² + sigma²). */
const deviationAt = ({ alphaOf }: Space, sigma: number): number => Math.hypot(alphaOf(sigma) * spread, sigma)

function idealDenoiser(space: Space) {
  return async (x: Tensor, sigma: number): Promise<Tensor> =>
    scale(x, (space.alphaOf(sigma) * spread ** 2) / deviationAt(space, sigma) ** 2)
}

function idealConsistencyModel(space: Space) {
  return async (x: Tensor, sigma: number): Promise<Tensor> => scale(x, spread / deviationAt(space, sigma))
}

function runOf(
  name: SamplerName,
  space: Space,
  sigmas: readonly number[],
  size: number,
  ideal = idealDenoiser,
): SampleSettings {
  const shape = [1, size]
  const x = scale(initialNoise({ seed: 3, shape }), deviationAt(space, sigmas[0] ?? 0))
  const noise = createStepNoise({ seed: 4, shape })
  return { sampler: name, denoise: ideal(space), x, sigmas, noise, process: space }
}

async function errorOf(name: SamplerName, space: Space, steps: number): Promise<number> {
  const sigmas = space.sigmas(steps)
  const run = { ...runOf(name, space, sigmas, 16), eta: 0 }
  const { x } = await sample(run)
  const exact = scale(run.x, deviationAt(space, sigmas.at(-1) ?? 0) / deviationAt(space, sigmas[0] ?? 0))
  return maximumDifference(x, exact)
}

/** The behaviour that every sampler shares, measured against closed forms. */
export function describeSampler(
  name: SamplerName,
  { order, coarseSteps = 32, isStochastic, asksConsistency = false, sharesSteps = false }: SamplerTraits,
) {
  describe(`the sampler ${name}`, () => {
    if (order !== undefined) {
      test(`converges with order ${order} to the exact solution`, async () => {
        for (const space of [diffusion, flow]) {
          const [coarse, fine] = [await errorOf(name, space, coarseSteps), await errorOf(name, space, 2 * coarseSteps)]
          // In the flow's coordinates some methods of high order are exact to rounding before their order shows.
          if (space === diffusion || fine > 1e-4) expect(Math.log2(coarse / fine)).toBeGreaterThan(order - 0.25)
        }
      })
    }

    if (!asksConsistency)
      test('follows the exact solution closely in 64 steps without noise', async () => {
        for (const space of [diffusion, flow]) expect(await errorOf(name, space, 64)).toBeLessThan(0.06)
      })

    test.each([
      ['diffusion', diffusion],
      ['a rectified flow', flow],
    ] as const)('lands on the variance of the data for %s', async (_, space) => {
      const sigmas = asksConsistency ? [...space.sigmas(8), 0] : space.sigmas(60)
      const ideal = asksConsistency ? idealConsistencyModel : idealDenoiser
      const { x } = await sample(runOf(name, space, sigmas, 1 << 12, ideal))
      const expected = asksConsistency ? spread : deviationAt(space, sigmas.at(-1) ?? 0)
      expect(Math.abs(standardDeviationOf(x.data) / expected - 1)).toBeLessThan(0.06)
    })

    test('gives the same latents whether its steps run at once or are chained, bit for bit', async () => {
      for (const space of [diffusion, flow]) {
        const run = runOf(name, space, [...space.sigmas(8), 0], 24)
        const whole = await sample(run)
        let [x, history] = [run.x, whole.history.slice(0, 0)]
        for (let first = 0; first < 9; first++) {
          const next = await sample({ ...run, x, history, range: { first, end: first + 1 } })
          x = next.x
          history = [...next.history]
        }
        expect(x.data).toEqual(whole.x.data)
      }
    })

    if (!sharesSteps) {
      test('gives item k of a batch what a single run with seed + k gives, bit for bit', async () => {
        const sigmas = [...diffusion.sigmas(6), 0]
        const runFor = (seed: number, batch: number) => {
          const shape = [batch, 4, 2, 2]
          const x = scale(initialNoise({ seed, shape }), 10)
          return sample({ ...runOf(name, diffusion, sigmas, 1), x, noise: createStepNoise({ seed, shape }) })
        }
        const whole = (await runFor(7, 3)).x
        for (const k of [0, 1, 2]) expect(sliceBatch(whole, k, k + 1).data).toEqual((await runFor(7 + k, 1)).x.data)
      })
    }

    test('begins a rectified flow at pure noise, where there is no signal at all', async () => {
      const sigmas = Array.from({ length: 41 }, (_, i) => 1 - i / 40)
      const { x } = await sample(
        runOf(name, flow, sigmas, 1 << 12, asksConsistency ? idealConsistencyModel : idealDenoiser),
      )
      expect(Math.abs(standardDeviationOf(x.data) / spread - 1)).toBeLessThan(0.12)
    })

    test('ends with finite latents at sigma 0, and leaves its start untouched', async () => {
      for (const space of [diffusion, flow]) {
        const run = runOf(name, space, [...space.sigmas(5), 0], 24)
        const before = run.x.data.slice()
        const { x } = await sample(run)
        expect(x.data.every(Number.isFinite)).toBe(true)
        expect(run.x.data).toEqual(before)
      }
    })

    test(isStochastic ? 'draws from the noise it is given' : 'draws no noise', async () => {
      const run = runOf(name, diffusion, [...diffusion.sigmas(6), 0], 24)
      const other = { ...run, noise: createStepNoise({ seed: 5, shape: run.x.shape }) }
      const difference = maximumDifference((await sample(run)).x, (await sample(other)).x)
      expect(difference > 0).toBe(isStochastic)
    })

    test('reports each step, and stops when the report throws', async () => {
      const reported: number[] = []
      const run = runOf(name, diffusion, [...diffusion.sigmas(5), 0], 8)
      await sample({ ...run, onStep: ({ step }) => reported.push(step) })
      expect(reported.length).toBeGreaterThan(0)
      expect(reported).toEqual([...reported].sort((a, b) => a - b))
      const stop = new Error('cancelled')
      const stopping = sample({
        ...run,
        onStep: () => {
          throw stop
        },
      })
      await expect(stopping).rejects.toBe(stop)
    })
  })
}
