/** A picture as planes: [channels, height, width]. */
export interface Planes {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly values: ArrayLike<number>
}

function requireSameShape(metric: string, a: Planes, b: Planes): void {
  const [first, second] = [a, b].map(({ channels, height, width }) => `${width} × ${height} with ${channels} channels`)
  if (first !== second) {
    throw new RangeError(
      `${metric}: the pictures differ in shape, ${first} against ${second}. Resize or crop one of them first.`,
    )
  }
}

/** Peak signal-to-noise ratio in dB, `10 log₁₀(range² / mean squared error)`; infinite for equal pictures. */
export function psnr(a: Planes, b: Planes, range: number): number {
  requireSameShape('PSNR', a, b)
  const length = a.channels * a.height * a.width
  let sum = 0
  for (let i = 0; i < length; i++) sum += (a.values[i] - b.values[i]) ** 2
  return 10 * Math.log10((range * range * length) / sum)
}

const sigma = 1.5
const radius = 5
/** Wang et al.'s window: 11 numbers of a Gaussian that sum to 1. */
const gaussianWindow = ((): Float64Array => {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  )
  const sum = weights.reduce((total, value) => total + value, 0)
  return weights.map((value) => value / sum)
})()

/**
 * Structural similarity (Wang et al. 2004, eq. 13): the mean over channels and over every place where the 11 × 11
 * Gaussian window lies wholly inside. 1 for equal pictures.
 */
export function ssim(a: Planes, b: Planes, range: number): number {
  requireSameShape('SSIM', a, b)
  if (a.width <= 2 * radius || a.height <= 2 * radius) {
    throw new RangeError(`SSIM needs pictures of at least 11 × 11 pixels, got ${a.width} × ${a.height}.`)
  }
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2]
  const area = a.width * a.height
  let total = 0
  for (let channel = 0; channel < a.channels; channel++) {
    const x = Float64Array.from({ length: area }, (_, i) => a.values[channel * area + i])
    const y = Float64Array.from({ length: area }, (_, i) => b.values[channel * area + i])
    const blur = (of: (x: number, y: number) => number): Float64Array =>
      blurred(
        x.map((value, i) => of(value, y[i])),
        a.width,
        a.height,
      )
    const [mx, my] = [blur((u) => u), blur((_, v) => v)]
    const [xx, yy, xy] = [blur((u) => u * u), blur((_, v) => v * v), blur((u, v) => u * v)]
    let sum = 0
    for (let i = 0; i < mx.length; i++) {
      const [u, v] = [mx[i], my[i]]
      const [varianceX, varianceY, covariance] = [xx[i] - u * u, yy[i] - v * v, xy[i] - u * v]
      sum += ((2 * u * v + c1) * (2 * covariance + c2)) / ((u * u + v * v + c1) * (varianceX + varianceY + c2))
    }
    total += sum / mx.length
  }
  return total / a.channels
}

/** The window's weighted mean wherever it fits: [height - 10, width - 10]. */
function blurred(plane: Float64Array, width: number, height: number): Float64Array {
  const [narrow, low] = [width - 2 * radius, height - 2 * radius]
  const across = new Float64Array(narrow * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < narrow; x++) {
      let sum = 0
      for (let k = 0; k < gaussianWindow.length; k++) sum += gaussianWindow[k] * plane[y * width + x + k]
      across[y * narrow + x] = sum
    }
  }
  const result = new Float64Array(narrow * low)
  for (let y = 0; y < low; y++) {
    for (let x = 0; x < narrow; x++) {
      let sum = 0
      for (let k = 0; k < gaussianWindow.length; k++) sum += gaussianWindow[k] * across[(y + k) * narrow + x]
      result[y * narrow + x] = sum
    }
  }
  return result
}
