import { numberAt } from '@patchbay/onnx/tensor'
/** Nats of a whole sample as bits for each of its dimensions: what 8-bit pictures cost before they are packed is 8. */
export function bitsPerDimension(nats: number, dimensions: number): number {
  if (!(dimensions > 0)) throw new RangeError(`Bits are told for each of some dimensions, but there are ${dimensions}`)
  return nats / (dimensions * Math.LN2)
}

/** The levels of a byte. */
export const byteLevels = 256

/**
 * What a density over numbers scaled to a width of 1 says of bytes: −log P in nats, at most, where to each byte noise
 * of `uniform` [0, 1) was added and the sum divided by 256 (Theis et al. 2016, section 3.1).
 * @param logDensity of the scaled sample, in nats
 */
export const natsOfLevels = (logDensity: number, dimensions: number): number =>
  dimensions * Math.log(byteLevels) - logDensity

const logRootTwoPi = 0.5 * Math.log(2 * Math.PI)

/** log N(x; mean, deviation²), in nats. */
export function logNormal(x: number, mean: number, deviation: number): number {
  const distance = (x - mean) / deviation
  return -0.5 * distance * distance - Math.log(deviation) - logRootTwoPi
}

/**
 * log of the mass that a normal has between two places, `from` < `to`, either of which may be infinite; in nats. Right
 * to twelve digits also far out in the tails, where the mass itself is no number any more.
 */
export function logNormalMass(from: number, to: number, mean: number, deviation: number): number {
  const [a, b] = [(from - mean) / deviation, (to - mean) / deviation]
  if (!(a < b)) throw new RangeError(`A normal has mass between two places that rise, but got ${from} to ${to}`)
  if (a < 0 && b > 0) return logSum(logTailPart(0, -a), logTailPart(0, b))
  return a >= 0 ? logTailPart(a, b) : logTailPart(-b, -a)
}

/** Nodes and weights of Gauss and Legendre on -1 to 1, eight points of which four are mirror images. */
const legendre = [
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745],
  [0.9602898564975363, 0.1012285362903763],
] as const
/** Beyond so many nats below its highest place nothing of the density counts. */
const depth = 40
/** Nats that the density falls by within a panel, for which eight points are exact to twelve digits. */
const panelFall = 2

/**
 * The same of a standard normal for 0 ≤ a < b: the density at `a` times the integral of what it falls by from there.
 */
function logTailPart(a: number, b: number): number {
  const reach = Math.min(b - a, Math.sqrt(a * a + 2 * depth) - a)
  const panels = Math.ceil((a * reach + (reach * reach) / 2) / panelFall) || 1
  const half = reach / panels / 2
  const fallen = (s: number): number => Math.exp(-(a * s + (s * s) / 2))
  let sum = 0
  for (let panel = 0; panel < panels; panel++) {
    const middle = (2 * panel + 1) * half
    for (const [node, weight] of legendre) sum += weight * (fallen(middle - half * node) + fallen(middle + half * node))
  }
  return -0.5 * a * a - logRootTwoPi + Math.log(sum * half)
}

export const logSum = (a: number, b: number): number => {
  const [low, high] = a < b ? [a, b] : [b, a]
  return high + Math.log1p(Math.exp(low - high))
}

/** log of the mean of numbers that are given by their logarithms. */
export function logMean(logs: readonly number[]): number {
  const highest = Math.max(...logs)
  const sum = logs.reduce((total, log) => total + Math.exp(log - highest), 0)
  return highest + Math.log(sum / logs.length)
}

/**
 * −log P of levels 0 to 255 under normals round `means` (in levels, any real number), each integrated over the half
 * level to both sides of its own; the lowest and highest levels take the tails (Ho et al. 2020, eq. 13). In nats.
 */
export function natsOfBytes(levels: ArrayLike<number>, means: ArrayLike<number>, deviation: number): number {
  let nats = 0
  for (let i = 0; i < levels.length; i++) {
    const level = numberAt(levels, i)
    const from = level <= 0 ? -Infinity : level - 0.5
    const to = level >= byteLevels - 1 ? Infinity : level + 0.5
    nats -= logNormalMass(from, to, numberAt(means, i), deviation)
  }
  return nats
}
