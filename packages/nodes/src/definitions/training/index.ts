import { trainAutoencoder } from './train-autoencoder.ts'
import { trainDenoiser } from './train-denoiser.ts'
import { trainLora } from './train-lora.ts'

export const trainingNodes = [trainAutoencoder, trainDenoiser, trainLora]
