import { expect, test } from 'vitest'
import { bitsPerDimension, logNormal, logNormalMass, natsOfBytes, natsOfLevels } from './index.ts'

test('a uniform guess of bytes costs 8 bits a dimension', () => {
  const dimensions = 12
  expect(bitsPerDimension(natsOfLevels(0, dimensions), dimensions)).toBeCloseTo(8, 12)
  expect(bitsPerDimension(dimensions * Math.log(256), dimensions)).toBeCloseTo(8, 12)
})

test('the mass between two places is that of tables, and what lies beside it is the rest', () => {
  // Φ(1) and Φ(2) − Φ(1) to 15 digits.
  expect(Math.exp(logNormalMass(-Infinity, 1, 0, 1))).toBeCloseTo(0.841344746068543, 13)
  expect(Math.exp(logNormalMass(3, 4, 1, 2))).toBeCloseTo(0.9331927987311419 - 0.841344746068543, 12)
  const parts = [-Infinity, -2.3, 0.4, 7, Infinity].map((from, i, ends) => [from, ends[i + 1]] as const).slice(0, -1)
  const whole = parts.reduce((sum, [from, to = NaN]) => sum + Math.exp(logNormalMass(from, to, 0.7, 1.3)), 0)
  expect(whole).toBeCloseTo(1, 12)
})

test('far out in a tail the mass is still a number', () => {
  // Mills' ratio: log Q(x) = log φ(x) − log x − 1/x² + 5/(2x⁴) …
  const x = 60
  const expected = logNormal(x, 0, 1) - Math.log(x) - 1 / x ** 2 + 2.5 / x ** 4
  expect(logNormalMass(x, Infinity, 0, 1)).toBeCloseTo(expected, 8)
  expect(logNormalMass(-Infinity, -x, 0, 1)).toBeCloseTo(expected, 8)
})

test('the probabilities of all bytes sum to 1, whatever the mean and the deviation', () => {
  for (const [mean, deviation] of [
    [100.3, 4],
    [-20, 9],
    [255, 0.05],
    [128, 500],
  ] as const) {
    const sum = Array.from({ length: 256 }, (_, level) => Math.exp(-natsOfBytes([level], [mean], deviation)))
    expect(sum.reduce((a, b) => a + b)).toBeCloseTo(1, 10)
  }
})

test('places that do not rise are refused', () => {
  expect(() => logNormalMass(2, 2, 0, 1)).toThrow('two places that rise, but got 2 to 2')
  expect(() => bitsPerDimension(1, 0)).toThrow('there are 0')
})
