import { choice, file, int, link } from '@patchbay/engine'
import { trunkCaptionerJson } from '../../architectures/trunk-captioner/trunk-captioner.ts'
import { digestOf } from '../../dataset/dataset.ts'
import { defineNode } from '../../host/define-node.ts'
import { openCaptioner } from '../../opening/open-captioner.ts'
import { pictureBatch } from '../../training/batches/picture-batch.ts'
import { captionFeeds, captionLoss } from '../../training/losses/caption-loss.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { train } from '../../training/loop/train.ts'
import { networkSizes } from '../../training/network-presets.ts'
import { captionDecoderOf } from '../../training/scorer-presets.ts'
import { openTowerEyes } from '../../training/tower-sight.ts'
import { claimedPath, scorerWeights, writeScorer, writeTrained } from '../../training/write-trained.ts'
import { Captioner, Dataset } from '../../values/socket-types.ts'
import { trainingInputs } from './training-inputs.ts'

/** A text decoder on a frozen image tower (Li et al. 2022). */
export const trainCaptioner = defineNode({
  type: 'TrainCaptioner',
  version: 1,
  category: 'training',
  description:
    'Trains a network that writes what a picture shows: a text decoder on what the image tower of score towers sees, which stays as it is. It learns to say the captions of the data set.',
  aliases: ['BLIP', 'image to text', 'caption'],
  inputs: {
    dataset: link(Dataset),
    ...trainingInputs({ name: 'my-captioner', steps: 2000, batch: 32, learningRate: 1e-3, emaDecay: 0.99 }),
    network: choice(networkSizes, 'small'),
    maxTokens: int({
      default: 16,
      min: 2,
      max: 47,
      description: 'Of a caption; what is longer is cut. A word is one to three tokens.',
    }),
    towers: file({
      folder: 'score_models',
      accept: ['.safetensors'],
      default: 'patchbay-towers/model.safetensors',
      advanced: true,
      description: "Patchbay's own score towers, whose image tower is what the network sees with.",
    }),
  },
  outputs: { captioner: Captioner },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, network, maxTokens, towers, ...settings }, context) {
    const { services, show } = context
    const path = await claimedPath(services, 'captioners', settings.name)
    const eyes = openTowerEyes(await services.pathOf('score_models', towers))
    const words = services.tokenizers.sentence()
    const config = {
      text: captionDecoderOf(network, words.vocabularySize),
      towers: eyes.towers,
      tasks: { caption: '' },
    }
    const { batch, seed } = settings
    const { beginToken, endToken } = config.text
    const json = trunkCaptionerJson(config)
    const trained = await train(
      {
        ...optimizeWith({ ...settings, sampleEvery: 0 }),
        recipe: recipeOf('TrainCaptioner', settings, { config: json, data: digestOf(dataset), maxTokens }),
        loss: captionLoss(config, eyes.sizes, { batch, tokens: maxTokens }),
        async feedsOf(step) {
          const { pictures, captions } = pictureBatch(dataset, { seed, step, batch })
          const seen = await eyes.see(services.sessions, pictures, dataset.size)
          const texts = captions.map((caption) => ({ ids: [beginToken, ...words.encode(caption), endToken], told: 1 }))
          return captionFeeds(config, eyes.sizes, seen, texts, maxTokens)
        },
      },
      context,
    )
    writeTrained(path, trained, () => writeScorer(path, json, trained.best, trained.recipe))
    show({ text: `${settings.name}: ${dataset.pictures.length} pictures, ${trained.steps} steps` })
    return { captioner: await openCaptioner(scorerWeights(path), services) }
  },
})
