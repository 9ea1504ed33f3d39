import { expect, test } from 'vitest'
import { logNormal, vaeBound, type BoundedVae } from './index.ts'
import { uniformSource } from '../random/uniform-source.ts'

/** x = w z + b + noise of deviation s, with z of one dimension and x of two: Tipping and Bishop (1999). */
const [w, b, s] = [[1.5, -0.4], [0.2, 0.7], 0.6] as const
const x = [1.1, -0.3]

/** log N(x; b, w wᵀ + s² 1), by the two by two matrix written out. */
function exactNats(): number {
  const [c00, c01, c11] = [w[0] ** 2 + s ** 2, w[0] * w[1], w[1] ** 2 + s ** 2]
  const determinant = c00 * c11 - c01 ** 2
  const [d0, d1] = [(x[0] ?? 0) - b[0], (x[1] ?? 0) - b[1]]
  const quadratic = (c11 * d0 * d0 - 2 * c01 * d0 * d1 + c00 * d1 * d1) / determinant
  return 0.5 * (2 * Math.log(2 * Math.PI) + Math.log(determinant) + quadratic)
}

const optimal = (() => {
  const precision = 1 + (w[0] ** 2 + w[1] ** 2) / s ** 2
  const mean = (w[0] * ((x[0] ?? 0) - b[0]) + w[1] * ((x[1] ?? 0) - b[1])) / s ** 2 / precision
  return { mean: [mean], logVariance: [-Math.log(precision)] }
})()

const draw = uniformSource(7)
const normals = Array.from(
  { length: 4000 },
  () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw()),
)

const vae = (posterior: BoundedVae['posterior']): BoundedVae => ({
  posterior,
  distortionAt: ([z = 0]) => -x.reduce((sum, value, i) => sum + logNormal(value, (w[i] ?? 0) * z + (b[i] ?? 0), s), 0),
  noise: (k) => [normals[k] ?? 0],
})

test('with the true posterior the bound is the likelihood of a linear Gaussian model, at every draw', async () => {
  for (const draws of [1, 7]) {
    const { nats } = await vaeBound(vae(optimal), draws)
    expect(Math.abs(nats - exactNats())).toBeLessThan(1e-6)
  }
})

test('rate and distortion together are the bound of one draw in the mean', async () => {
  const { rate, distortion } = await vaeBound(vae(optimal), 4000)
  expect(rate + distortion).toBeCloseTo(exactNats(), 1)
})

test('any other posterior gives a looser bound, which more weights tighten but never past the likelihood', async () => {
  const other = { mean: [(optimal.mean[0] ?? 0) + 0.3], logVariance: [(optimal.logVariance[0] ?? 0) + 0.8] }
  const meanOf = async (draws: number): Promise<number> => {
    const runs = Math.floor(4000 / draws)
    let sum = 0
    for (let run = 0; run < runs; run++) {
      const shifted = { ...vae(other), noise: (k: number) => [normals[run * draws + k] ?? 0] }
      sum += (await vaeBound(shifted, draws)).nats / runs
    }
    return sum
  }
  const [one, five, fifty] = [await meanOf(1), await meanOf(5), await meanOf(50)]
  expect(one).toBeGreaterThan(five + 0.05)
  expect(five).toBeGreaterThan(fifty + 0.01)
  expect(fifty).toBeGreaterThan(exactNats() - 1e-3)
})

test('no draw is no bound', async () => {
  await expect(vaeBound(vae(optimal), 0)).rejects.toThrow('at least one draw, but got 0')
})
