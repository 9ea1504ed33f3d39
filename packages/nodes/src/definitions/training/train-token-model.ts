import { join } from 'node:path'
import { choice, float, link } from '@patchbay/engine'
import type { Feeds, Value } from '@patchbay/onnx'
import { defineNode } from '../../host/define-node.ts'
import { digestOf, type Dataset as DatasetValue } from '../../dataset/dataset.ts'
import { pixelsOfCode, type ImageTokenizer as ImageTokenizerValue } from '../../networks/tokens/image-tokenizer.ts'
import type { TokenModel as TokenModelValue } from '../../networks/tokens/token-model.ts'
import { openTokenModel } from '../../opening/open-token-model.ts'
import { weightsOf } from '../../opening/write-checkpoint.ts'
import { createTokenBatches, maskedFeeds, oneByOneFeeds, trainedText } from '../../training/batches/token-batches.ts'
import { maskedLoss, oneByOneLoss } from '../../training/losses/token-loss.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { train } from '../../training/loop/train.ts'
import type { NamedTensors } from '../../training/loop/training-state.ts'
import { networkSizes, type NetworkSize } from '../../training/network-presets.ts'
import { drawnInTraining } from '../../training/sample-tokens.ts'
import { maskedConfigOf, oneByOneConfigOf } from '../../training/token-presets.ts'
import { writeTokenModel } from '../../training/write-token-model.ts'
import { claimedPath, writeTrained } from '../../training/write-trained.ts'
import { Dataset, ImageTokenizer, TextEncoder, TokenModel } from '../../values/socket-types.ts'
import { trainingInputs } from './training-inputs.ts'

const kinds = ['one by one', 'masked'] as const

/** A model that draws by codes, on the codes of a data set. */
export const trainTokenModel = defineNode({
  type: 'TrainTokenModel',
  version: 1,
  category: 'training',
  description:
    'Trains a network that gives the codes of pictures by their captions: one after another (in the layout of LlamaGen), or all that are masked at once (a folder of aMUSEd). Saves the image tokenizer with it.',
  aliases: ['train LlamaGen', 'train MaskGIT', 'autoregressive', 'aMUSEd'],
  inputs: {
    dataset: link(Dataset),
    imageTokenizer: link(ImageTokenizer),
    kind: choice(kinds, 'one by one'),
    ...trainingInputs({ name: 'my-token-model', steps: 4000, batch: 32, learningRate: 1e-3 }),
    network: choice(networkSizes, 'small'),
    captionDropout: float({
      default: 0.1,
      min: 0,
      max: 1,
      step: 0.01,
      advanced: true,
      description: 'Share of captions that are left out, which guidance needs.',
    }),
  },
  outputs: { tokenModel: TokenModel, textEncoder: TextEncoder, imageTokenizer: ImageTokenizer },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, imageTokenizer, kind, network, captionDropout, ...settings }, context) {
    const { services } = context
    const path = await claimedPath(services, 'token_models', settings.name)
    const { batch, seed } = settings
    const plan = planOf(kind, network, imageTokenizer, dataset)
    const batchOf = createTokenBatches(services, imageTokenizer, dataset)
    const made = { kind, network, captionDropout, tokenizer: imageTokenizer.key, data: digestOf(dataset) }
    const trained = await train(
      {
        ...optimizeWith(settings),
        recipe: recipeOf('TrainTokenModel', settings, made),
        loss: plan.loss(batch),
        feedsOf: async (step) =>
          plan.feeds(await batchOf({ seed, step, batch, captionDropout }), { seed, step, tokenizer: imageTokenizer }),
        sample: (parameters) => drawnInTraining(services, plan.model(parameters), imageTokenizer, dataset),
      },
      context,
    )
    writeTrained(path, trained, () => {
      writeTokenModel(path, plan.model(trained.best), imageTokenizer, trained.recipe)
    })
    const { model, textEncoder } = openTokenModel(kind === 'masked' ? path : join(path, 'model.safetensors'))
    if (!textEncoder) throw new Error('What is trained here reads the bundled sentence encoder')
    return { tokenModel: model, textEncoder, imageTokenizer }
  },
})

type Batch = Parameters<typeof oneByOneFeeds>[0]
type Step = Pick<Parameters<typeof maskedFeeds>[1], 'seed' | 'step' | 'tokenizer'>

interface Plan {
  loss(batch: number): Value
  feeds(batch: Batch, step: Step): Feeds
  model(parameters: NamedTensors): TokenModelValue
}

/** What differs between the two kinds. */
function planOf(
  kind: (typeof kinds)[number],
  network: NetworkSize,
  tokenizer: ImageTokenizerValue,
  { size }: DatasetValue,
): Plan {
  const { codes } = tokenizer.config
  const side = Math.floor(size / pixelsOfCode(tokenizer))
  const common = { key: 'in training', title: 'The model in training' }
  if (kind === 'one by one') {
    const config = oneByOneConfigOf(network, { codes, side })
    return {
      loss: (batch) => oneByOneLoss(config, batch),
      feeds: (batch) => oneByOneFeeds(batch),
      model: (parameters) => ({ ...common, kind: 'one-by-one', config, weights: weightsOf(parameters) }),
    }
  }
  const config = maskedConfigOf(network, { codes, side })
  const maskToken = config.vocabulary - 1
  const { places: textPlaces } = trainedText
  return {
    loss: (batch) => maskedLoss(config, batch, textPlaces),
    feeds: (batch, step) => maskedFeeds(batch, { ...step, maskToken, side }),
    model: (parameters) => ({
      ...common,
      kind: 'masked',
      config,
      maskToken,
      schedule: 'cosine',
      textPlaces,
      saysNothing: 'zeros',
      weights: weightsOf(parameters),
    }),
  }
}
