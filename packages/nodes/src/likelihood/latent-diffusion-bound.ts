import { diffusionBound, type BoundedDiffusion, type BoundSettings, type DiffusionBound } from './diffusion-bound.ts'
import { drawFrom, entropyOf, type BoundedVae } from './vae-bound.ts'

/** All in nats of the whole picture. */
export interface LatentDiffusionBound {
  /** An upper bound of −log p(x) in pixels, estimated. */
  readonly nats: number
  /** −log p(x|z): what the decoder leaves to tell. */
  readonly distortion: number
  /** The entropy of q(z|x), which is given back. */
  readonly entropy: number
  /** What the latents cost under the diffusion. */
  readonly latents: DiffusionBound
}

/**
 * How likely a picture is under a latent diffusion, in pixels: −log p(x) ≤ E[−log p(x|z)] − H(q(z|x)) + the
 * diffusion's bound on −log p(z), with one draw of z from q(z|x) (Vahdat et al. 2021, eq. 4).
 */
export async function latentDiffusionBound(
  { posterior, distortionAt, noise }: BoundedVae,
  diffusion: BoundedDiffusion,
  settings: BoundSettings,
): Promise<LatentDiffusionBound> {
  const { latents: drawn } = drawFrom(posterior, noise(0))
  const distortion = await distortionAt(drawn)
  const entropy = entropyOf(posterior)
  const latents = await diffusionBound(diffusion, drawn, settings)
  return { nats: distortion - entropy + latents.nats, distortion, entropy, latents }
}
