import { choice, link, optionalLink } from '@patchbay/engine'
import { codedStyleJson } from '../../architectures/style-networks/coded-style.ts'
import { digestOf } from '../../dataset/dataset.ts'
import { defineNode } from '../../host/define-node.ts'
import { openStyleModel } from '../../networks/style-model.ts'
import { styleIndexOf } from '../../training/batches/style-pairs.ts'
import { criticInTraining } from '../../training/critic-in-training.ts'
import { styleLoss } from '../../training/losses/style-loss.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { train } from '../../training/loop/train.ts'
import { networkSizes, styleConfigOf } from '../../training/network-presets.ts'
import {
  styleBasisOf,
  styleBinding,
  styleSamples,
  styleStep,
  wholeStyleNetwork,
} from '../../training/style-in-training.ts'
import { claimedPath, scorerWeights, writeScorer, writeTrained } from '../../training/write-trained.ts'
import { Critic, Dataset, ScoreTowers, StyleModel } from '../../values/socket-types.ts'
import { trainingInputs } from '../training/training-inputs.ts'

/** A network that redraws a picture in the style of others, from things that are drawn in several styles. */
export const trainStyleModel = defineNode({
  type: 'TrainStyleModel',
  version: 1,
  category: 'training',
  label: 'Train style model',
  description:
    'Trains a network that redraws a picture in the style of others, from a set that draws the same things in several styles, such as EmojiPictures. StyleTransfer uses it.',
  aliases: ['AdaIN', 'style transfer', 'image to image'],
  inputs: {
    dataset: link(Dataset),
    ...trainingInputs({ name: 'my-style', steps: 3000, batch: 8, learningRate: 2e-3 }),
    network: choice(networkSizes, 'small'),
    towers: optionalLink(ScoreTowers, {
      description: 'Towers on a MobileNetV2, whose first layers tell styles apart; the bundled ones without.',
    }),
    critic: optionalLink(Critic, { description: 'Tells redrawn pictures from true drawings, and sharpens them.' }),
  },
  outputs: { styleModel: StyleModel },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, network, towers, critic, ...settings }, context) {
    const { services, signal } = context
    const path = await claimedPath(services, 'style_models', settings.name)
    const config = styleConfigOf(network, dataset.size)
    const index = styleIndexOf(dataset)
    const basis = await styleBasisOf(services, towers, dataset, signal)
    const { batch, seed } = settings
    const shape = { batch, side: dataset.size }
    const judge = await criticInTraining(services, critic, shape)
    const judged = { towers: basis.key, ...(judge && { critic: judge.recipe }) }
    const made = { config: codedStyleJson(config), ...judged, data: digestOf(dataset) }
    const trained = await train(
      {
        ...optimizeWith(settings),
        ...styleBinding(basis, config, judge?.frozen),
        recipe: recipeOf('TrainStyleModel', settings, made),
        loss: styleLoss(config, shape, judge),
        async feedsOf(step) {
          const { captions, feeds } = styleStep(dataset, index, basis, { seed, step, batch })
          return { ...feeds, ...(await judge?.feedsOf(step, captions)) }
        },
        sample: (parameters) => styleSamples(services, { config, basis, parameters, dataset, index, seed, signal }),
      },
      context,
    )
    writeTrained(path, trained, () => {
      writeScorer(path, codedStyleJson(config), wholeStyleNetwork(basis, trained.best), trained.recipe)
    })
    return { styleModel: openStyleModel(scorerWeights(path)) }
  },
})
