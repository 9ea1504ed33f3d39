import { choice, int, link } from '@patchbay/engine'
import { discriminatorJson } from '../../architectures/scorers/discriminator.ts'
import { defineNode } from '../../host/define-node.ts'
import { openPictureJudge } from '../../scoring/picture-judge.ts'
import { Dataset, Discriminator, Model, TextEncoder, Vae } from '../../values/socket-types.ts'
import { digestOf } from '../../dataset/dataset.ts'
import { discriminatorFeeds, discriminatorLoss } from '../../training/losses/discriminator-loss.ts'
import { networkSizes } from '../../training/network-presets.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { distinctBatch } from '../../training/batches/picture-batch.ts'
import { discriminatorConfigOf } from '../../training/scorer-presets.ts'
import { sentenceVectors } from '../../training/batches/sentence-vectors.ts'
import { train } from '../../training/loop/train.ts'
import { weakPictures } from '../../training/weak-pictures.ts'
import { claimedPath, scorerWeights, writeScorer, writeTrained } from '../../training/write-trained.ts'
import { trainingInputs } from './training-inputs.ts'

/** A discriminator of text-image pairs (Goodfellow et al. 2014; Reed et al. 2016). */
export const trainDiscriminator = defineNode({
  type: 'TrainDiscriminator',
  version: 1,
  category: 'training',
  description:
    'Trains a network that tells real pictures with their captions from those that a deliberately weak generator makes, and from real ones with the caption of another.',
  aliases: ['GAN', 'critic', 'adversarial'],
  inputs: {
    dataset: link(Dataset),
    model: link(Model, { description: 'The generator; few steps make it weak.' }),
    textEncoder: link(TextEncoder),
    vae: link(Vae),
    ...trainingInputs({ name: 'my-discriminator', steps: 1500, batch: 32, learningRate: 3e-4, emaDecay: 0.99 }),
    network: choice(networkSizes, 'small'),
    generatorSteps: int({ default: 4, min: 1, max: 100, description: 'Sampling steps of the generator.' }),
    generated: int({
      default: 512,
      min: 1,
      max: 100_000,
      description: 'Pictures that it makes before the training begins.',
    }),
  },
  outputs: { discriminator: Discriminator },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, model, textEncoder, vae, network, generatorSteps, generated, ...settings }, context) {
    const path = await claimedPath(context.services, 'score_models', settings.name)
    const { batch, seed } = settings
    const config = discriminatorConfigOf(network, dataset.size)
    const encode = sentenceVectors(context.services)
    const weak = await weakPictures(
      { dataset, model, textEncoder, vae, steps: generatorSteps, count: generated, seed },
      context,
    )
    const json = discriminatorJson(config)
    const made = { generatorSteps, generated, model: model.denoising.key, data: digestOf(dataset) }
    const trained = await train(
      {
        ...optimizeWith({ ...settings, sampleEvery: 0 }),
        recipe: recipeOf('TrainDiscriminator', settings, { config: json, ...made }),
        loss: discriminatorLoss(config, batch),
        async feedsOf(step) {
          const [real, fake] = [distinctBatch(dataset, { seed, step, batch }), weak.batch({ seed, step, batch })]
          const [text, generatedText] = [await encode(real.captions), await encode(fake.captions)]
          return discriminatorFeeds(config, { real: real.pictures, generated: fake.pictures, text, generatedText })
        },
      },
      context,
    )
    writeTrained(path, trained, () => writeScorer(path, json, trained.best, trained.recipe))
    return { discriminator: openPictureJudge(scorerWeights(path)) }
  },
})
