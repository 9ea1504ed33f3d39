import { choice, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { scoreTowerJson } from '../../architectures/scorers/score-tower.ts'
import { openScoreTowers } from '../../scoring/score-towers.ts'
import { Dataset, ScoreTowers } from '../../values/socket-types.ts'
import { digestOf } from '../../dataset/dataset.ts'
import { networkSizes } from '../../training/network-presets.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { distinctBatch } from '../../training/batches/picture-batch.ts'
import { firstLogitScale, logitScale, scoreTowerFeeds, scoreTowerLoss } from '../../training/losses/score-tower-loss.ts'
import { towerConfigOf } from '../../training/scorer-presets.ts'
import { sentenceVectors } from '../../training/batches/sentence-vectors.ts'
import { train } from '../../training/loop/train.ts'
import { claimedPath, scorerWeights, writeScorer, writeTrained } from '../../training/write-trained.ts'
import { trainingInputs } from './training-inputs.ts'

/** An image tower beside the bundled text tower (Radford et al. 2021, section 2). */
export const trainScoreTowers = defineNode({
  type: 'TrainScoreTowers',
  version: 1,
  category: 'training',
  description:
    'Trains a network that puts a picture near its caption and away from those of all others of a batch, so that CLIPScore can tell how well they go together.',
  aliases: ['CLIP', 'contrastive', 'image encoder'],
  inputs: {
    dataset: link(Dataset),
    ...trainingInputs({ name: 'my-towers', steps: 3000, batch: 64, learningRate: 1e-3, emaDecay: 0.99 }),
    network: choice(networkSizes, 'small'),
  },
  outputs: { towers: ScoreTowers },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, network, ...settings }, context) {
    const path = await claimedPath(context.services, 'score_models', settings.name)
    const { batch, seed } = settings
    const config = towerConfigOf(network, dataset.size)
    const encode = sentenceVectors(context.services)
    const trained = await train(
      {
        ...optimizeWith({ ...settings, sampleEvery: 0 }),
        recipe: recipeOf('TrainScoreTowers', settings, { config: scoreTowerJson(config), data: digestOf(dataset) }),
        loss: scoreTowerLoss(config, batch),
        initial: firstLogitScale,
        async feedsOf(step) {
          const { pictures, captions } = distinctBatch(dataset, { seed, step, batch })
          return scoreTowerFeeds(config, pictures, await encode(captions))
        },
      },
      context,
    )
    const { [logitScale]: _, ...weights } = trained.best
    writeTrained(path, trained, () => writeScorer(path, scoreTowerJson(config), weights, trained.recipe))
    return { towers: openScoreTowers(scorerWeights(path)) }
  },
})
