import { elementCountOf, float32, type Tensor } from '@patchbay/onnx/tensor'
import type { BrownianPath } from './brownian.ts'
import { seedSequence } from './seed-sequence.ts'
import { TorchCpuGenerator } from './torch-cpu.ts'

const poolSize = 24

/** The ends of the path: the lowest sigma above 0 and the highest of a schedule. */
export interface SigmaSpan {
  readonly lowest: number
  readonly highest: number
}

/**
 * The Brownian path of torchsde's BrownianTree with PyTorch's CPU generator, that k-diffusion's samplers of stochastic
 * differential equations draw from: the span of sigmas is halved down to 10⁻⁶, with a generator of its own for each
 * half (Kidger et al. 2021, "Efficient and accurate gradients for neural SDEs", section 4). Equal to it up to rounding.
 * Sigmas outside the span count as its ends.
 */
export function createTorchBrownianPath(
  seed: bigint,
  shape: readonly number[],
  { lowest, highest }: SigmaSpan,
): BrownianPath {
  const count = elementCountOf(shape)
  const [start, end] = [rounded(lowest), rounded(highest)]
  const drawn = (seeds: readonly number[]): Float32Array => new TorchCpuGenerator(seeds[0]).randn(shape).data
  /** The noise of the nodes that the last point passed, by depth: neighbouring points share most of the way. */
  const way: { node: number; noise: Float32Array }[] = []
  /** The last two points: the end of one step is the start of the next. */
  const remembered = new Map<number, Float64Array>()
  let root: Float32Array | undefined

  function noiseOf(node: number, depth: number): Float32Array {
    const known = way[depth]
    if (known?.node === node) return known.noise
    const noise = drawn(seedSequence(seed, 1, { spawnKey: [node, depth], poolSize }))
    way[depth] = { node, noise }
    return noise
  }

  /** W(sigma) − W(lowest). */
  function valueAt(sigma: number): Float64Array {
    const point = Math.min(end, Math.max(start, rounded(sigma)))
    const known = remembered.get(point)
    if (known !== undefined) return known
    const value = new Float64Array(count)
    if (point > start) walk(value, point)
    const [oldest] = remembered.keys()
    if (remembered.size >= 2 && oldest !== undefined) remembered.delete(oldest)
    remembered.set(point, value)
    return value
  }

  function walk(value: Float64Array, point: number): void {
    root ??= drawn(seedSequence(seed, 1, { poolSize }))
    const span = Math.sqrt(Math.fround(highest) - Math.fround(lowest))
    /** The path's increment over the interval at hand. */
    const increment = Float64Array.from(root, (noise) => noise * span)
    let [from, to, node] = [start, end, 0]
    for (let depth = 0; point < to; depth++) {
      const middle = rounded(0.5 * (from + to), false)
      const [left, right] = [middle - from, to - middle]
      const noise = noiseOf(node, depth)
      const [share, spread] = [left / (to - from), Math.sqrt((left * right) / (to - from))]
      const isRight = point > middle
      for (let i = 0; i < count; i++) {
        const whole = increment[i]
        const half = share * whole + spread * noise[i]
        if (isRight) value[i] = value[i] + half
        increment[i] = isRight ? whole - half : half
      }
      node = 2 * node + (isRight ? 1 : 0)
      if (isRight) from = middle
      else to = middle
    }
    for (let i = 0; i < count; i++) value[i] = value[i] + increment[i]
  }

  return {
    increment: (from, to): Tensor => {
      const [a, b] = [valueAt(from), valueAt(to)]
      const factor = 1 / Math.sqrt(Math.abs(to - from))
      const normalised = new Float32Array(count)
      for (let i = 0; i < count; i++) normalised[i] = (b[i] - a[i]) * factor
      return float32(shape, normalised)
    },
  }
}

/** To six decimals; sigmas are single-precision numbers there. */
function rounded(value: number, isSingle = true): number {
  return Number((isSingle ? Math.fround(value) : value).toFixed(6))
}
