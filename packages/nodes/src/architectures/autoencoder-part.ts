import type { AutoencoderKLConfig } from './autoencoder-kl/config.ts'
import type { AutoencoderTinyConfig } from './autoencoder-tiny/autoencoder-tiny.ts'
import type { ModelPart } from './kinds/model-part.ts'

/** An autoencoder, as its config says, or a tiny one that stands for it. */
export interface AutoencoderPart extends ModelPart<AutoencoderKLConfig> {
  /** Of a tiny autoencoder (TAESD): what it is built by, in place of `config`, which gives its sizes alone. */
  readonly tiny?: AutoencoderTinyConfig
}
