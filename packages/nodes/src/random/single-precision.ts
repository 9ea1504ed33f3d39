/**
 * Logarithm, sine and cosine in single precision after Moshier's Cephes library (logf, sincosf), evaluated with fused
 * multiply–add in the order of PyTorch's AVX2 kernels. PyTorch's CPU noise depends on their last bit, so the platform's
 * functions will not do.
 */

const round = Math.fround
const bits = new Uint32Array(1)
const value = new Float32Array(bits.buffer)

/** a·b + c, rounded once: products of two singles are exact in double precision. */
function fused(a: number, b: number, c: number): number {
  return round(a * b + c)
}

const halfRoot = round(Math.SQRT1_2)
const log2High = 0.693359375
const log2Low = round(-2.1219444e-4)
const logCoefficients = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(round)

/** The natural logarithm of a positive, normal single. */
export function logSingle(x: number): number {
  value[0] = x
  const word = bits[0]
  let exponent = (word >>> 23) - 126
  bits[0] = (word & 0x007fffff) | 0x3f000000
  let m = value[0]
  if (m < halfRoot) {
    exponent--
    m = round(m + m - 1)
  } else {
    m = round(m - 1)
  }
  const z = round(m * m)
  let y = 0
  for (const coefficient of logCoefficients) y = fused(y, m, coefficient)
  y = round(y * m)
  y = fused(y, z, round(exponent * log2Low))
  y = fused(-0.5, z, y)
  return fused(exponent, log2High, round(m + y))
}

const fourOverPi = round(4 / Math.PI)
const [quarterPi1, quarterPi2, quarterPi3] = [-0.78515625, -2.4187564849853515625e-4, round(-3.77489497744594108e-8)]
const [sin0, sin1, sin2] = [round(-1.9515295891e-4), round(8.3321608736e-3), round(-1.6666654611e-1)]
const [cos0, cos1, cos2] = [round(2.443315711809948e-5), round(-1.388731625493765e-3), round(4.166664568298827e-2)]

/** Writes [sin x, cos x] of a single in [0, 8192) to `out`. */
export function sinCosSingle(x: number, out: Float32Array): void {
  const octant = (Math.trunc(round(x * fourOverPi)) + 1) & ~1
  const r = fused(octant, quarterPi3, fused(octant, quarterPi2, fused(octant, quarterPi1, x)))
  const z = round(r * r)
  const cosine = round(fused(round(fused(fused(cos0, z, cos1), z, cos2) * z), z, -0.5 * z) + 1)
  const sine = fused(round(fused(fused(sin0, z, sin1), z, sin2) * z), r, r)
  const swapped = (octant & 2) !== 0
  out[0] = (octant & 4 ? -1 : 1) * (swapped ? cosine : sine)
  out[1] = ((octant + 2) & 4 ? -1 : 1) * (swapped ? sine : cosine)
}
