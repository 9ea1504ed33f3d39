import { trainAutoencoder } from './train-autoencoder.ts'
import { trainDenoiser } from './train-denoiser.ts'

export const trainingNodes = [trainAutoencoder, trainDenoiser]
