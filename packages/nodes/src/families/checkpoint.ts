import type { AutoencoderPart } from '../architectures/autoencoder-part.ts'
import type { DenoiserPart } from '../architectures/denoiser-part.ts'
import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { NoiseProcess } from '../diffusion/process/noise-process.ts'
import type { ModelFamily } from './model-family.ts'

/** A checkpoint as opened: what it is, and its parts where they lie in its files. */
export interface Checkpoint {
  readonly title: string
  readonly family: ModelFamily
  readonly denoiser: DenoiserPart
  readonly autoencoder?: AutoencoderPart
  /** In the order in which their embeddings are joined. */
  readonly textEncoders: readonly TextEncoderPart[]
  readonly process: NoiseProcess
  /** Names in its file that nothing reads. */
  readonly unread?: readonly string[]
  /** Side of the pictures that it was trained on, in pixels, where that is known. */
  readonly nativeSize?: number
}
