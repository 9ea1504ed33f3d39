import { trainAutoencoder } from './train-autoencoder.ts'
import { trainDenoiser } from './train-denoiser.ts'
import { trainDiscriminator } from './train-discriminator.ts'
import { trainLora } from './train-lora.ts'
import { trainScoreTowers } from './train-score-towers.ts'
import { trainTextualInversion } from './train-textual-inversion.ts'

export const trainingNodes = [
  trainAutoencoder,
  trainDenoiser,
  trainLora,
  trainTextualInversion,
  trainScoreTowers,
  trainDiscriminator,
]
