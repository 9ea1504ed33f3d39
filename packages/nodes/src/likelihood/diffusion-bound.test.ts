import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { expect, test } from 'vitest'
import { createDenoiser, diffusionProcess, flowProcess, type PredictionType } from '../diffusion/index.ts'
import { uniformSource } from '../random/uniform-source.ts'
import {
  diffusionBound,
  latentDiffusionBound,
  logNormal,
  logNormalMass,
  natsOfBytes,
  type BoundedDiffusion,
} from './index.ts'

const draw = uniformSource(3)
const normal = (): number => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw())
/** Two draws of these have the mean 0 and the variance 1 of a normal, so that the mean of a square is exact. */
const signs = (length: number, k: number): number[] => Array.from({ length }, () => (k % 2 === 0 ? 1 : -1))

/** √((1 − ᾱ) / ᾱ) for betas in a line, as Ho et al. (2020) had them over 1000 timesteps. */
function linearRatios(timesteps: number): number[] {
  let product = 1
  return Array.from({ length: timesteps }, (_, t) => {
    const beta = ((1e-4 + (0.02 - 1e-4) * (t / (timesteps - 1))) * 1000) / timesteps
    product *= 1 - beta
    return Math.sqrt((1 - product) / product)
  })
}

/** Levels whose logarithms rise evenly, so that more of them lie closer together everywhere. */
const evenRatios = (timesteps: number): number[] =>
  Array.from({ length: timesteps }, (_, t) => 1e-3 * 1e5 ** (t / (timesteps - 1)))

/** Data ~ N(0, spread²) under its ideal denoiser x · s² / (s² + σ²). */
const gaussian = (ratios: readonly number[], spread: number, length = 1): BoundedDiffusion => ({
  ratios,
  noise: (_, k) => signs(length, k),
  denoise(sample, noise, step) {
    const ratio = ratios[step] ?? 0
    const share = spread ** 2 / (spread ** 2 + ratio ** 2)
    return Promise.resolve(Array.from(sample, (x, i) => share * (x + ratio * (noise[i] ?? 0))))
  },
  last: 'density',
})

test('for Gaussian data under its ideal denoiser the bound is the closed sum', async () => {
  const [ratios, spread, x] = [linearRatios(200), 0.5, 0.3]
  const { nats } = await diffusionBound(gaussian(ratios, spread), [x], { evaluations: 200, draws: 2 })
  // Each term as Ho et al. (2020) write it, eq. 6 to 8, with its expectation over the noise taken by hand.
  const signals = ratios.map((ratio) => 1 / (1 + ratio ** 2))
  const squareAt = (t: number): number => {
    const share = spread ** 2 / (spread ** 2 + (ratios[t] ?? 0) ** 2)
    return ((1 - share) * x) ** 2 + (share * (ratios[t] ?? 0)) ** 2
  }
  let expected = 0
  for (let t = 1; t < 200; t++) {
    const [before = 1, own = 1] = [signals[t - 1], signals[t]]
    const beta = 1 - own / before
    const variance = ((1 - before) / (1 - own)) * beta
    expected += (squareAt(t) * ((Math.sqrt(before) * beta) / (1 - own)) ** 2) / (2 * variance)
  }
  const [first = 1, end = 1] = [signals[0], signals[199]]
  expected += 0.5 * (end * x * x - end - Math.log(1 - end))
  expected += 0.5 * (Math.log(2 * Math.PI * (1 - first)) + squareAt(0) / (1 - first))
  expect(Math.abs(nats - expected)).toBeLessThan(1e-6)
})

test('with more timesteps the mean bound falls to the entropy of the data', async () => {
  const spread = 0.5
  const entropy = 0.5 * Math.log(2 * Math.PI * Math.E * spread ** 2)
  const gapAt = async (timesteps: number): Promise<number> => {
    // Samples at plus and minus the deviation have the mean square of all.
    const { nats } = await diffusionBound(gaussian(evenRatios(timesteps), spread), [spread], {
      evaluations: timesteps,
      draws: 2,
    })
    return nats - entropy
  }
  const gaps = [await gapAt(100), await gapAt(400), await gapAt(1600)]
  expect(gaps[0]).toBeGreaterThan(2 * (gaps[1] ?? 0))
  expect(gaps[1]).toBeGreaterThan(2 * (gaps[2] ?? 0))
  expect(gaps[2]).toBeGreaterThan(0)
  expect(gaps[2]).toBeLessThan(0.05)
})

test('one network gives the same bits whether it predicts noise, velocity or the sample', async () => {
  const values = Float32Array.from({ length: 8 }, normal)
  const bitsOf = async (predictionType: PredictionType & ('epsilon' | 'v' | 'sample')): Promise<number> => {
    const process = diffusionProcess({ predictionType })
    // The estimate of a network that is none too good, told in each of the three languages.
    const network = (x: Tensor, timestep: number): Promise<Tensor> => {
      const sigma = process.sigmas[timestep] ?? 1
      const alpha = 1 / Math.hypot(1, sigma)
      const told = x.data.map((value) => {
        const clean = 0.8 * Math.tanh(value) * alpha
        const epsilon = (value - alpha * clean) / (alpha * sigma)
        return { sample: clean, epsilon, v: alpha * epsilon - alpha * sigma * clean }[predictionType]
      })
      return Promise.resolve(float32(x.shape, told))
    }
    const denoise = createDenoiser(network, process)
    const diffusion: BoundedDiffusion = {
      ratios: process.sigmas,
      noise: (step) => Array.from({ length: 8 }, (_, i) => Math.sin(12.9898 * step + 78.233 * i) * 1.3),
      async denoise(sample, noise, step) {
        const sigma = process.sigmas[step] ?? 0
        const x = Float32Array.from(sample, (value, i) => value + sigma * (noise[i] ?? 0))
        return (await denoise(float32([1, 8, 1, 1], x), sigma, undefined)).data
      },
      last: 'density',
    }
    return (await diffusionBound(diffusion, values, { evaluations: 1000 })).nats
  }
  const [epsilon, v, sample] = [await bitsOf('epsilon'), await bitsOf('v'), await bitsOf('sample')]
  expect(v / epsilon).toBeCloseTo(1, 4)
  expect(sample / epsilon).toBeCloseTo(1, 4)
})

test('on bytes it is what the published loop over timesteps adds up', async () => {
  const [ratios, length] = [linearRatios(50), 6]
  const sample = Array.from({ length }, (_, i) => Math.round(40 * i + 20) / 127.5 - 1)
  const noises = ratios.map(() => Array.from({ length }, normal))
  const diffusion: BoundedDiffusion = {
    ...gaussian(ratios, 0.6),
    noise: (step) => noises[step] ?? [],
    last: 'bytes',
  }
  const { nats, prior } = await diffusionBound(diffusion, sample, { evaluations: 50 })

  // The loop of improved-diffusion (Nichol and Dhariwal 2021), in its own variables: means and variances of q and p.
  const alphas = ratios.map((ratio) => 1 / (1 + ratio ** 2))
  let expected = 0
  for (let t = 49; t >= 0; t--) {
    const [before, own] = [t > 0 ? (alphas[t - 1] ?? 1) : 1, alphas[t] ?? 1]
    const beta = 1 - own / before
    const noisy = sample.map((x, i) => Math.sqrt(own) * x + Math.sqrt(1 - own) * (noises[t]?.[i] ?? 0))
    const clean = noisy.map((x) => ((x / Math.sqrt(own)) * 0.36) / (0.36 + (1 - own) / own))
    const meanOf = (start: readonly number[]): number[] =>
      start.map(
        (x, i) =>
          ((Math.sqrt(before) * beta) / (1 - own)) * x +
          ((Math.sqrt(own / before) * (1 - before)) / (1 - own)) * (noisy[i] ?? 0),
      )
    const [right, guessed] = [meanOf(sample), meanOf(clean)]
    const variance = t === 0 ? beta : (beta * (1 - before)) / (1 - own)
    for (let i = 0; i < length; i++) {
      const mean = guessed[i] ?? 0
      if (t > 0) expected += ((right[i] ?? 0) - mean) ** 2 / (2 * variance)
      else {
        const [x, half] = [sample[i] ?? 0, 1 / 255]
        const [low, high] = [x < -0.999 ? -Infinity : x - half, x > 0.999 ? Infinity : x + half]
        expected -= logNormalMass(low, high, mean, Math.sqrt(variance))
      }
    }
  }
  const end = alphas[49] ?? 1
  for (const x of sample) expected += 0.5 * (-1 - Math.log(1 - end) + (1 - end) + end * x * x)
  expect(prior).toBeGreaterThan(0)
  expect(Math.abs(nats / expected - 1)).toBeLessThan(1e-6)
})

test('a few strata estimate the whole sum, without bias and within the error they tell', async () => {
  const diffusion = gaussian(linearRatios(300), 0.5)
  const whole = await diffusionBound(diffusion, [0.4], { evaluations: 300, draws: 2 })
  const runs = Array.from({ length: 60 }, () =>
    diffusionBound(diffusion, [0.4], { evaluations: 12, draws: 2, uniform: () => draw() }),
  )
  const estimates = await Promise.all(runs)
  const mean = estimates.reduce((sum, { nats }) => sum + nats / 60, 0)
  const deviation = Math.sqrt(estimates.reduce((sum, { nats }) => sum + (nats - mean) ** 2 / 59, 0))
  expect(Math.abs(mean - whole.nats)).toBeLessThan((4 * deviation) / Math.sqrt(60) + 1e-9)
  const told = estimates.reduce((sum, { error }) => sum + error / 60, 0)
  expect(told).toBeGreaterThan(deviation / 1.5)
  expect(whole.error).toBe(0)
  expect(estimates[0]?.curve.reduce((sum, { steps }) => sum + steps, 0)).toBe(299)
})

test('noise that is added to a sample makes it less likely, the more the worse', async () => {
  const ratios = linearRatios(200)
  const drawn = Array.from({ length: 16 }, normal)
  const natsAt = async (amount: number): Promise<number> => {
    const sample = Array.from({ length: 16 }, (_, i) => 0.2 * Math.sin(i) + amount * (drawn[i] ?? 0))
    return (await diffusionBound(gaussian(ratios, 0.2, 16), sample, { evaluations: 200, draws: 2 })).nats
  }
  const rising = [await natsAt(0), await natsAt(0.3), await natsAt(0.6), await natsAt(1.2)]
  expect(rising).toEqual([...rising].sort((a, b) => a - b))
})

test('a rectified flow has a bound too, whose last level holds no signal', async () => {
  const spread = 0.5
  const ratios = [
    ...evenRatios(1600),
    ...flowProcess()
      .sigmas.slice(-1)
      .map((sigma) => sigma / (1 - sigma)),
  ]
  expect(ratios.at(-1)).toBe(Infinity)
  const ideal = gaussian(ratios, spread)
  const diffusion: BoundedDiffusion = {
    ...ideal,
    // At an infinite ratio the ideal estimate is the mean of the data.
    denoise: (sample, noise, step) => (step === 1600 ? Promise.resolve([0]) : ideal.denoise(sample, noise, step)),
  }
  const { nats, prior } = await diffusionBound(diffusion, [spread], { evaluations: 1600, draws: 2 })
  expect(prior).toBe(0)
  expect(nats).toBeCloseTo(0.5 * Math.log(2 * Math.PI * Math.E * spread ** 2), 1)
})

test('a latent diffusion is bounded in pixels: a linear decoder of Gaussian latents comes near the exact likelihood', async () => {
  // x = z + noise of deviation s, z ~ N(0, 1) under the diffusion; q(z|x) is the true posterior.
  const [s, x] = [0.3, 0.7]
  const precision = 1 + 1 / s ** 2
  const posterior = { mean: [x / s ** 2 / precision], logVariance: [-Math.log(precision)] }
  const ratios = evenRatios(2000)
  const exact = -logNormal(x, 0, Math.sqrt(1 + s ** 2))
  let mean = 0
  const runs = 20
  for (let run = 0; run < runs; run++) {
    // The middles of equal parts of the distribution stand for draws of it.
    const quantile = quantileOf((run + 0.5) / runs)
    const vae = { posterior, noise: () => [quantile], distortionAt: ([z = 0]: Float64Array) => -logNormal(x, z, s) }
    const bound = await latentDiffusionBound(vae, gaussian(ratios, 1), { evaluations: 2000, draws: 2 })
    mean += bound.nats / runs
  }
  expect(mean).toBeGreaterThan(exact)
  expect(mean - exact).toBeLessThan(0.05)
})

function quantileOf(share: number): number {
  let [low, high] = [-8, 8]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (Math.exp(logNormalMass(-Infinity, middle, 0, 1)) < share) low = middle
    else high = middle
  }
  return low
}

test('levels that do not rise, and no evaluation, are refused', async () => {
  await expect(diffusionBound(gaussian([0.1, 0.1], 1), [0], { evaluations: 2 })).rejects.toThrow(
    'level 1 is 0.1 after 0.1',
  )
  await expect(diffusionBound(gaussian([0.1, 0.2], 1), [0], { evaluations: 0 })).rejects.toThrow('got 0 evaluations')
  expect(natsOfBytes([3], [3], 0.001)).toBeCloseTo(0, 12)
})
