import { choice, float, int, link, optionalLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { refusalOf } from '../../networks/exported-graph.ts'
import { loadAutoencoder } from '../../opening/checkpoint-values.ts'
import { weightsOf } from '../../opening/write-checkpoint.ts'
import { Critic, Dataset, ScoreTowers, Vae } from '../../values/socket-types.ts'
import { criticInTraining, withoutCritic } from '../../training/critic-in-training.ts'
import { withFrozen } from '../../training/frozen-weights.ts'
import { expectSizeOf, perceptualPlace } from '../../training/losses/perceptual-distance.ts'
import type { CriticChoice } from '../../values/critic.ts'
import {
  autoencoderFeeds,
  autoencoderLoss,
  defaultAutoencoderWeights,
  type AutoencoderLossWeights,
} from '../../training/losses/autoencoder-loss.ts'
import { digestOf } from '../../dataset/dataset.ts'
import { autoencoderConfigOf, autoencoderNetworks, mostHalvings } from '../../training/network-presets.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { pictureBatch } from '../../training/batches/picture-batch.ts'
import { reconstructions, scaledAutoencoder } from '../../training/reconstructions.ts'
import { train } from '../../training/loop/train.ts'
import { claimedPath, writeAutoencoder, writeTrained } from '../../training/write-trained.ts'
import { trainingInputs } from './training-inputs.ts'

/**
 * An autoencoder from nothing: pictures to latents and back (Kingma and Welling 2014; Rombach et al. 2022, appendix G).
 */
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
    network: choice(autoencoderNetworks, 'small', {
      description:
        'tiny is for trying, small for an hour, bundled is what ships; vector, with 5 halvings, has few latents that stand for the whole picture: what arithmetic needs.',
    }),
    latentChannels: int({ default: 16, min: 1, max: 64 }),
    halvings: int({
      default: 3,
      min: 1,
      max: mostHalvings,
      description: 'How often the side is halved: 3 makes 8 pixels a latent, 5 makes 32.',
    }),
    objective: choice(['weighted', 'bound'], 'weighted', {
      description:
        'weighted adds the differences and the divergence up as weighted below. bound is the evidence lower bound itself, in bits per dimension: pixels under a Gaussian of the best deviation, and the whole divergence. Its weights are 1, and its latents stay as they are.',
    }),
    squared: float({
      default: defaultAutoencoderWeights.squared,
      min: 0,
      advanced: true,
      description: 'Weight of the squared difference of pixels.',
    }),
    absolute: float({
      default: defaultAutoencoderWeights.absolute,
      min: 0,
      advanced: true,
      description: 'Weight of the absolute difference.',
    }),
    divergence: float({
      default: defaultAutoencoderWeights.divergence,
      min: 0,
      step: 0.00001,
      advanced: true,
      description: 'Weight of the divergence of latents from noise.',
    }),
    towers: optionalLink(ScoreTowers, { description: 'Compare pictures by what these see as well.' }),
    perceptual: float({ default: 0.2, min: 0, advanced: true, description: 'Weight of what the towers see.' }),
    adversarial: float({
      default: 0,
      min: 0,
      advanced: true,
      description: 'Weight of a critic of patches that is trained beside; 0 for none. A linked critic has its own.',
    }),
    adversarialFrom: int({
      default: 500,
      min: 0,
      advanced: true,
      description: 'The step from which the critic of patches is heard.',
    }),
    critic: optionalLink(Critic, { description: 'Tells reconstructions from pictures, and sharpens them.' }),
  },
  outputs: { vae: Vae },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, network, latentChannels, halvings, objective, towers, critic, ...inputs }, context) {
    const { squared, absolute, divergence, perceptual, adversarial, adversarialFrom, ...settings } = inputs
    const path = await claimedPath(context.services, 'vae', `${settings.name}.safetensors`)
    const config = autoencoderConfigOf(network, { latentChannels, halvings })
    const weights = { squared, absolute, divergence }
    if (objective === 'bound') warnOfWeights(weights, context.warn)
    const { batch, seed } = settings
    const shape = { batch, side: dataset.size }
    const encoder = towers?.image
    if (encoder && 'file' in encoder) throw refusalOf(encoder.file, 'be part of a loss')
    if (encoder) expectSizeOf(encoder, dataset.size)
    const judge = await criticInTraining(
      context.services,
      chosenCritic(critic, { adversarial, adversarialFrom }),
      shape,
    )
    const judged = { perceptual, adversarial, adversarialFrom, towers: encoder?.key ?? '' }
    const learnt = objective === 'bound' ? { objective } : { weights }
    const linked = critic && judge ? { critic: judge.recipe } : {}
    const made = { config: { ...config }, ...learnt, ...judged, ...linked, data: digestOf(dataset) }
    const frozen = [
      ...(encoder ? [{ place: perceptualPlace, weights: encoder.weights }] : []),
      ...(judge?.frozen ?? []),
    ]
    const trained = await train(
      {
        ...optimizeWith(settings),
        ...withFrozen(frozen),
        recipe: recipeOf('TrainAutoencoder', settings, made),
        loss: autoencoderLoss(config, shape, objective === 'bound' ? objective : weights, {
          critic: judge,
          perceptual: encoder && { encoder, weight: perceptual },
        }),
        async feedsOf(step) {
          const { pictures, captions } = pictureBatch(dataset, { seed, step, batch })
          const own = autoencoderFeeds(config, pictures, { ...shape, seed, step })
          return { ...own, ...(await judge?.feedsOf(step, captions)) }
        },
        sample: (parameters) => reconstructions(context.services, config, withoutCritic(parameters), dataset),
      },
      context,
    )
    const own = withoutCritic(trained.best)
    // Under the bound latents are held to a standard normal already, and a scale would be no part of it.
    const scaled =
      objective === 'bound'
        ? { config, weights: weightsOf(own) }
        : await scaledAutoencoder(context.services, config, own, dataset)
    writeTrained(path, trained, () => writeAutoencoder(path, scaled, trained))
    return { vae: loadAutoencoder(path) }
  },
})

/** The critic of the link, or that of patches by its weight. */
function chosenCritic(
  linked: CriticChoice | undefined,
  { adversarial, adversarialFrom }: { readonly adversarial: number; readonly adversarialFrom: number },
): CriticChoice | undefined {
  if (linked && adversarial > 0)
    throw new TypeError(
      'There are two critics, a linked one and "adversarial": set adversarial to 0, or unlink the other.',
    )
  const own = { kind: 'patch', loss: 'non-saturating', gradientPenalty: 0 } as const
  return linked ?? { ...own, weight: adversarial, from: adversarialFrom }
}

function warnOfWeights(weights: AutoencoderLossWeights, warn: (message: string) => void): void {
  const changed = Object.entries(defaultAutoencoderWeights)
    .filter(([name, usual]) => weights[name as keyof AutoencoderLossWeights] !== usual)
    .map(([name]) => name)
  if (changed.length > 0)
    warn(`The bound has no weights, so ${changed.join(' and ')} counted for nothing: choose "weighted" to use them.`)
}
