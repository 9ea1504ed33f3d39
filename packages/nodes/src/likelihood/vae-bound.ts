import { numberAt } from '@patchbay/onnx/tensor'
import { logMean, logNormal } from './bits.ts'

/** A normal with a mean and a logarithm of its variance for each place of the latents. */
export interface Posterior {
  readonly mean: ArrayLike<number>
  readonly logVariance: ArrayLike<number>
}

/** What is asked of a VAE to tell how likely one picture is. */
export interface BoundedVae {
  /** q(z|x) of the picture. */
  readonly posterior: Posterior
  /** −log p(x|z) of the picture at some latents, in nats. */
  readonly distortionAt: (latents: Float64Array) => number | Promise<number>
  /** Standard normal numbers for draw `k`, as many as there are latents. */
  readonly noise: (draw: number) => ArrayLike<number>
}

/** All in nats of the whole picture. */
export interface VaeBound {
  /** An upper bound of −log p(x): that of Burda et al. (2016, eq. 8) with as many weights as there are draws. */
  readonly nats: number
  /** How far q(z|x) lies from what latents are like: their divergence from a standard normal. */
  readonly rate: number
  /** The mean of −log p(x|z) over the draws. */
  readonly distortion: number
}

/**
 * How likely a picture is under a VAE (Kingma and Welling 2014, eq. 3; Burda et al. 2016). One draw estimates the
 * evidence lower bound; with more the bound is tighter, and it is a bound with any number.
 * @throws RangeError for less than one draw
 */
export async function vaeBound({ posterior, distortionAt, noise }: BoundedVae, draws: number): Promise<VaeBound> {
  if (!(draws >= 1)) throw new RangeError(`A bound takes at least one draw, but got ${draws}`)
  const weights: number[] = []
  let distortion = 0
  for (let draw = 0; draw < draws; draw++) {
    const { latents, logDensity } = drawFrom(posterior, noise(draw))
    const nats = await distortionAt(latents)
    distortion += nats / draws
    weights.push(logStandardNormal(latents) - logDensity - nats)
  }
  return { nats: -logMean(weights), rate: divergenceOf(posterior), distortion }
}

/** One draw from a posterior, with the logarithm of its density there. */
export function drawFrom(
  { mean, logVariance }: Posterior,
  noise: ArrayLike<number>,
): { readonly latents: Float64Array; readonly logDensity: number } {
  const latents = new Float64Array(mean.length)
  let logDensity = 0
  for (let i = 0; i < mean.length; i++) {
    const deviation = Math.exp(0.5 * numberAt(logVariance, i))
    latents[i] = numberAt(mean, i) + deviation * numberAt(noise, i)
    logDensity += logNormal(numberAt(noise, i), 0, 1) - Math.log(deviation)
  }
  return { latents, logDensity }
}

export function logStandardNormal(x: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += logNormal(numberAt(x, i), 0, 1)
  return sum
}

/** KL(q ‖ N(0, 1)), in nats (Kingma and Welling 2014, appendix B). */
export function divergenceOf({ mean, logVariance }: Posterior): number {
  let sum = 0
  for (let i = 0; i < mean.length; i++) {
    const [m, log] = [numberAt(mean, i), numberAt(logVariance, i)]
    sum += 0.5 * (m * m + Math.expm1(log) - log)
  }
  return sum
}

/** The entropy of q(z|x), in nats; below 0 where it is narrow. */
export function entropyOf({ logVariance }: Pick<Posterior, 'logVariance'>): number {
  let sum = 0
  for (let i = 0; i < logVariance.length; i++) sum += 0.5 * (Math.log(2 * Math.PI) + 1 + numberAt(logVariance, i))
  return sum
}
