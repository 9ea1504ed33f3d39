import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFeatureStatistics, type Features } from './feature-statistics.ts'
import { frechetDistance, frechetDistanceOf, gaussianOf, type Gaussian } from './frechet-distance.ts'
import { inceptionScore } from './inception-score.ts'
import { kernelDistance, squaredDiscrepancy } from './kernel-distance.ts'
import { psnr, ssim, type Planes } from './picture-similarity.ts'
import { precisionRecall } from './precision-recall.ts'
import { clipScore, cosineSimilarity, featureDistance } from './vector-similarity.ts'

interface Recorded {
  readonly a: number[][]
  readonly b: number[][]
  readonly frechet: number
  readonly frechet_singular: number
  readonly squared_discrepancy: number
  readonly probabilities: number[][]
  readonly inception_score: [number, number]
  readonly precision_recall: [number, number]
  readonly picture: number[][][]
  readonly other: number[][][]
  readonly psnr: number
  readonly ssim: number
}

/** Made by tests/reference/metrics.py with scipy and scikit-image. */
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../tests/reference/vectors/metrics.json'), 'utf8'),
) as Recorded

const featuresOf = (rows: readonly (readonly number[])[]): Features => ({
  count: rows.length,
  width: rows[0]?.length ?? 0,
  values: Float64Array.from(rows.flat()),
})

function planesOf(picture: readonly (readonly (readonly number[])[])[]): Planes {
  const [first] = picture
  return {
    channels: picture.length,
    height: first?.length ?? 0,
    width: first?.[0]?.length ?? 0,
    values: Float64Array.from(picture.flat(2)),
  }
}

function gaussianFrom(...batches: readonly Features[]): Gaussian {
  const statistics = createFeatureStatistics(batches[0]?.width ?? 0)
  for (const batch of batches) statistics.add(batch)
  return gaussianOf(statistics)
}

const rangeOf = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Equal steps through [0, 1), enough to choose rows by. */
function steadyRandom(): () => number {
  let state = 0
  return () => (state = (state + 0.618033988749895) % 1)
}

const a = featuresOf(recorded.a)
const b = featuresOf(recorded.b)
const probabilities = featuresOf(recorded.probabilities)

test('the Fréchet distance agrees with scipy’s matrix root', () => {
  expect(frechetDistance(gaussianFrom(a), gaussianFrom(b))).toBeCloseTo(recorded.frechet, 6)
})

test('fewer pictures than features still give scipy’s distance', () => {
  const few = featuresOf(recorded.a.slice(0, 4))
  expect(frechetDistance(gaussianFrom(few), gaussianFrom(b))).toBeCloseTo(recorded.frechet_singular, 4)
})

test('the distance of two sets is that of their Gaussians, by singular values where there are few vectors', () => {
  const few = featuresOf(recorded.a.slice(0, 4))
  expect(frechetDistanceOf(a, b)).toBeCloseTo(recorded.frechet, 6)
  expect(frechetDistanceOf(few, featuresOf(recorded.b.slice(0, 20)))).toBeCloseTo(
    frechetDistance(gaussianFrom(few), gaussianFrom(featuresOf(recorded.b.slice(0, 20)))),
    4,
  )
  expect(frechetDistanceOf(featuresOf(recorded.b.slice(0, 20)), few)).toBeCloseTo(
    frechetDistanceOf(few, featuresOf(recorded.b.slice(0, 20))),
    8,
  )
})

test('the Fréchet distance of two Gaussians equals its closed form', () => {
  const gaussian = (mean: number[], deviations: number[]): Gaussian => ({
    width: mean.length,
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(deviations.flatMap((s, i) => deviations.map((_, j) => (i === j ? s * s : 0)))),
  })
  const distance = frechetDistance(gaussian([0, 1, 2], [1, 2, 3]), gaussian([1, 1, 0], [2, 2, 0.5]))
  expect(distance).toBeCloseTo(1 + 0 + 4 + (1 + 0 + 2.5 ** 2), 10)
})

test('the distance from a distribution to itself is zero', () => {
  expect(frechetDistance(gaussianFrom(a), gaussianFrom(a))).toBeCloseTo(0, 8)
})

test('statistics do not depend on how the pictures were batched', () => {
  const rows = (from: number, to: number): Features => featuresOf(recorded.a.slice(from, to))
  const whole = gaussianFrom(a)
  const pieces = gaussianFrom(rows(0, 1), rows(1, 17), rows(17, 30))
  expect(pieces).toEqual(whole)
})

test('a mean far from zero costs no precision', () => {
  const far = featuresOf(recorded.a.map((row) => row.map((value) => value + 1e7)))
  const [covariance, reference] = [gaussianFrom(far).covariance, gaussianFrom(a).covariance]
  covariance.forEach((value, i) => expect(value).toBeCloseTo(reference[i] ?? NaN, 6))
})

test('features of two models cannot be compared', () => {
  const narrow = featuresOf([[1], [2]])
  expect(() => frechetDistance(gaussianFrom(a), gaussianFrom(narrow))).toThrow('features of 6 and 1 numbers')
})

test('the kernel discrepancy agrees with numpy', () => {
  const value = squaredDiscrepancy(a, rangeOf(25), b, rangeOf(25))
  expect(value / recorded.squared_discrepancy).toBeCloseTo(1, 8)
})

test('one subset of all vectors gives that discrepancy, whatever the order', () => {
  const first = featuresOf(recorded.a.slice(0, 25))
  const { mean, standardDeviation } = kernelDistance(first, b, { subsets: 3, random: steadyRandom() })
  expect(mean / recorded.squared_discrepancy).toBeCloseTo(1, 8)
  expect(standardDeviation / mean).toBeCloseTo(0, 8)
})

test('the inception score agrees with numpy', () => {
  const { mean, standardDeviation } = inceptionScore(probabilities, 3)
  expect(mean).toBeCloseTo(recorded.inception_score[0], 6)
  expect(standardDeviation).toBeCloseTo(recorded.inception_score[1], 6)
})

test('certain and evenly spread classes score as many as there are classes', () => {
  expect(
    inceptionScore(
      featuresOf([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]),
      1,
    ).mean,
  ).toBeCloseTo(3, 12)
})

test('precision and recall agree with numpy', () => {
  const { precision, recall } = precisionRecall(a, b, 3)
  expect([precision, recall]).toEqual(recorded.precision_recall)
})

test('copies of one real picture are precise but recall next to nothing', () => {
  const copies = featuresOf(Array.from({ length: 10 }, () => recorded.a[0] ?? []))
  const { precision, recall } = precisionRecall(a, copies, 3)
  expect(precision).toBe(1)
  expect(recall).toBe(1 / 30)
})

test('PSNR and SSIM agree with scikit-image', () => {
  const [picture, other] = [planesOf(recorded.picture), planesOf(recorded.other)]
  expect(psnr(picture, other, 1)).toBeCloseTo(recorded.psnr, 6)
  // scikit-image cuts the border at 5 pixels, as the window does.
  expect(ssim(picture, other, 1)).toBeCloseTo(recorded.ssim, 5)
})

test('equal pictures have no noise and full similarity', () => {
  const picture = planesOf(recorded.picture)
  expect(psnr(picture, picture, 1)).toBe(Infinity)
  expect(ssim(picture, picture, 1)).toBeCloseTo(1, 12)
})

test('pictures of two sizes are refused with both sizes', () => {
  const small: Planes = { channels: 1, height: 2, width: 3, values: new Float64Array(6) }
  expect(() => psnr(small, { ...small, height: 1 }, 1)).toThrow('3 × 2 with 1 channels against 3 × 1 with 1 channels')
})

test('CLIP score is a hundredfold cosine and never negative', () => {
  expect(clipScore([1, 1], [1, 0])).toBeCloseTo(100 * Math.SQRT1_2, 12)
  expect(clipScore([1, 0], [-1, 0])).toBe(0)
  expect(cosineSimilarity([1, 0], [-2, 0])).toBe(-1)
  expect(featureDistance([1, 0], [0, 3])).toBe(1)
  expect(cosineSimilarity([0, 0], [1, 2])).toBe(0)
})
