import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { choice, int, link, text } from '@patchbay/engine'
import { float32 } from '@patchbay/onnx/tensor'
import { defineNode } from '../../host/define-node.ts'
import { digestOf } from '../../dataset/dataset.ts'
import { openImageTokenizer } from '../../opening/open-image-tokenizer.ts'
import { recipeFile } from '../../opening/write-checkpoint.ts'
import { pictureBatch } from '../../training/batches/picture-batch.ts'
import { imageTokenizerLoss, productCodebook } from '../../training/losses/image-tokenizer-loss.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { train } from '../../training/loop/train.ts'
import { networkSizes } from '../../training/network-presets.ts'
import { retokenized } from '../../training/sample-tokens.ts'
import { imageTokenizerConfigOf, parseLevels } from '../../training/token-presets.ts'
import { withCodebook, writeImageTokenizer } from '../../training/write-token-model.ts'
import { claimedPath, writeTrained } from '../../training/write-trained.ts'
import { Dataset, ImageTokenizer } from '../../values/socket-types.ts'
import { trainingInputs } from './training-inputs.ts'

/** An image tokenizer from nothing, by finite scalar quantisation (Mentzer et al. 2023). */
export const trainImageTokenizer = defineNode({
  type: 'TrainImageTokenizer',
  version: 1,
  category: 'training',
  description:
    "Trains a network that turns pictures into codes and back, and saves it as diffusers' VQModel: each value of an entry is rounded to one of its levels, so that no codebook collapses.",
  aliases: ['train VQGAN', 'FSQ', 'VQ-VAE', 'codebook'],
  inputs: {
    dataset: link(Dataset),
    ...trainingInputs({ name: 'my-tokens', steps: 2000, batch: 16, learningRate: 1e-3 }),
    network: choice(networkSizes, 'small'),
    levels: text({
      default: '8,8,8,8',
      description: 'Levels of each value of an entry; their product is the number of codes.',
    }),
    halvings: int({
      default: 3,
      min: 1,
      max: 3,
      description: 'How often the side is halved: 3 makes 8 pixels a code.',
    }),
  },
  outputs: { imageTokenizer: ImageTokenizer },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, network, levels: written, halvings, ...settings }, context) {
    const path = await claimedPath(context.services, 'image_tokenizers', settings.name)
    const levels = parseLevels(written)
    const config = imageTokenizerConfigOf(network, { levels, halvings })
    const { batch, seed } = settings
    const book = productCodebook(levels)
    const made = { levels: [...levels], widths: [...config.autoencoder.blockOutChannels], data: digestOf(dataset) }
    const trained = await train(
      {
        ...optimizeWith(settings),
        recipe: recipeOf('TrainImageTokenizer', settings, made),
        loss: imageTokenizerLoss(config, levels, { batch, side: dataset.size }),
        feedsOf: (step) => ({
          image: float32([batch, 3, dataset.size, dataset.size], pictureBatch(dataset, { seed, step, batch }).pictures),
        }),
        sample: (parameters) =>
          retokenized(context.services, { config, weights: withCodebook(parameters, book, levels.length) }, dataset),
      },
      context,
    )
    writeTrained(path, trained, () => {
      writeImageTokenizer(path, { config, weights: withCodebook(trained.best, book, levels.length) })
      writeFileSync(join(path, recipeFile), trained.recipe)
    })
    return { imageTokenizer: openImageTokenizer(join(path, 'diffusion_pytorch_model.safetensors')) }
  },
})
