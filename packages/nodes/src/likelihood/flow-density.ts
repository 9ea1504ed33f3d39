import { logStandardNormal } from './vae-bound.ts'

/** What an invertible network makes of one sample. */
export interface FlowImage {
  /** The latents, as many as the sample has numbers. */
  readonly latents: ArrayLike<number>
  /** log |det ∂z/∂x|. */
  readonly logDeterminant: number
}

/**
 * log p(x) in nats of a sample under a flow whose latents are standard normal, exactly: the change of variables (Dinh
 * et al. 2017, eq. 3).
 */
export const flowDensity = ({ latents, logDeterminant }: FlowImage): number =>
  logStandardNormal(latents) + logDeterminant
