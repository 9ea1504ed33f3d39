import { choice, float, int, link } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { loadAutoencoder } from '../../sampling/checkpoint-values.ts'
import { Dataset, Vae } from '../../socket-types.ts'
import { autoencoderFeeds, autoencoderLoss } from '../../training/autoencoder-loss.ts'
import { digestOf } from '../../training/dataset/dataset.ts'
import { networkSizes, autoencoderConfigOf } from '../../training/network-presets.ts'
import { optimizeWith, recipeOf } from '../../training/optimize.ts'
import { pictureBatch } from '../../training/picture-batch.ts'
import { reconstructions, scaledAutoencoder } from '../../training/reconstructions.ts'
import { train } from '../../training/train.ts'
import { claimedPath, writeAutoencoder, writeTrained } from '../../training/write-trained.ts'
import { trainingInputs } from './training-inputs.ts'

/** An autoencoder from nothing: pictures to latents and back (Kingma and Welling 2014; Rombach et al. 2022, appendix G). */
export const trainAutoencoder = defineNode({
  type: 'TrainAutoencoder',
  version: 1,
  category: 'training',
  description:
    'Trains a VAE: pictures become small latents and come back as they were. The first half of a checkpoint.',
  aliases: ['train VAE', 'first stage', 'AutoencoderKL'],
  inputs: {
    dataset: link(Dataset),
    ...trainingInputs({ name: 'my-vae', steps: 2000, batch: 16, learningRate: 1e-3 }),
    network: choice(networkSizes, 'small'),
    latentChannels: int({ default: 16, min: 1, max: 64 }),
    halvings: int({
      default: 3,
      min: 1,
      max: 3,
      description: 'How often the side is halved: 3 makes 8 pixels a latent.',
    }),
    squared: float({ default: 1, min: 0, advanced: true, description: 'Weight of the squared difference of pixels.' }),
    absolute: float({ default: 0.1, min: 0, advanced: true, description: 'Weight of the absolute difference.' }),
    divergence: float({
      default: 1e-4,
      min: 0,
      step: 0.00001,
      advanced: true,
      description: 'Weight of the divergence of latents from noise.',
    }),
  },
  outputs: { vae: Vae },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, network, latentChannels, halvings, squared, absolute, divergence, ...settings }, context) {
    const path = await claimedPath(context.services, 'vae', `${settings.name}.safetensors`)
    const config = autoencoderConfigOf(network, { latentChannels, halvings })
    const weights = { squared, absolute, divergence }
    const { batch, seed } = settings
    const shape = { batch, side: dataset.size }
    const trained = await train(
      {
        ...optimizeWith(settings),
        recipe: recipeOf('TrainAutoencoder', settings, { config: { ...config }, weights, data: digestOf(dataset) }),
        loss: autoencoderLoss(config, shape, weights),
        feedsOf: (step) =>
          autoencoderFeeds(config, pictureBatch(dataset, { seed, step, batch }).pictures, { ...shape, seed, step }),
        sample: (parameters) => reconstructions(context.services, config, parameters, dataset),
      },
      context,
    )
    const scaled = await scaledAutoencoder(context.services, config, trained, dataset)
    writeTrained(path, trained, () => writeAutoencoder(path, scaled, trained))
    return { vae: loadAutoencoder(path) }
  },
})
