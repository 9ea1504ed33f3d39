import { float, int, link, text, Text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { createCaptionEncoder } from '../../encoding/encode-captions.ts'
import { Dataset, Model, TextEncoder, Vae } from '../../values/socket-types.ts'
import { digestOf } from '../../dataset/dataset.ts'
import { denoiserInTraining } from '../../training/denoiser-in-training.ts'
import {
  encoderWith,
  firstVectors,
  vectorsOnly,
  writeEmbedding,
} from '../../training/adapters/inversion-in-training.ts'
import { learntText } from '../../training/adapters/learnt-text.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { train } from '../../training/loop/train.ts'
import { claimedPath, writeTrained } from '../../training/write-trained.ts'
import { trainingInputs } from './training-inputs.ts'

/** A word of its own for one thing: vectors that a text encoder reads in its place (Gal et al. 2022). */
export const trainTextualInversion = defineNode({
  type: 'TrainTextualInversion',
  version: 1,
  category: 'training',
  description:
    'Learns a word for one thing from 5 to 20 pictures. The model stays as it is; the word is a file of a few kilobytes that prompts name as embedding:name. For SDXL it holds vectors for both text encoders.',
  aliases: ['embedding', 'personalise', 'concept'],
  inputs: {
    dataset: link(Dataset),
    model: link(Model),
    textEncoder: link(TextEncoder),
    vae: link(Vae),
    ...trainingInputs({ name: 'my-word', steps: 500, batch: 4, learningRate: 5e-3, emaDecay: 0 }),
    word: text({ default: 'patchy', description: 'What captions call the thing; captions without it begin with it.' }),
    near: text({ default: 'robot', description: 'A known word to begin with.' }),
    vectors: int({ default: 2, min: 1, max: 32, description: 'Tokens that the word takes up.' }),
    minSnrGamma: float({
      default: 0,
      min: 0,
      advanced: true,
      description: 'Limits the weight of easy timesteps; 0 for none.',
    }),
    prompts: text({
      multiline: true,
      description: 'What samples are made of, one a line; captions of the data where there is none.',
    }),
  },
  outputs: { word: Text },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, model, textEncoder, vae, word, near, vectors, minSnrGamma, prompts, ...settings }, context) {
    const { services, signal } = context
    const path = await claimedPath(services, 'embeddings', `${settings.name}.safetensors`)
    const encodeCaptions = createCaptionEncoder(services, textEncoder)
    const noise = { captionDropout: 0, minSnrGamma }
    const denoiser = await denoiserInTraining(services, {
      dataset,
      vae,
      textEncoder,
      start: model,
      encodeCaptions,
      ...noise,
    })
    const learnt = { word, vectors, batch: settings.batch }
    const inLoss = await learntText(textEncoder, services.tokenizers, learnt)
    const recipe = {
      word,
      near,
      vectors,
      minSnrGamma,
      model: model.denoising.key,
      text: textEncoder.key,
      vae: vae.key,
      data: digestOf(dataset),
    }
    const trained = await train(
      {
        ...optimizeWith(settings),
        ...vectorsOnly(model, inLoss),
        recipe: recipeOf('TrainTextualInversion', settings, recipe),
        loss: denoiser.lossFor(settings.batch, { textOf: (graph) => inLoss.build(graph) }),
        initial: firstVectors(inLoss, learnt, near),
        feedsOf: (step) => denoiser.feedsOf(settings, step, (captions) => inLoss.feedsOf(captions)),
        sample: async (parameters) =>
          denoiser.sample(
            model,
            prompts,
            signal,
            await encoderWith(services, textEncoder, learnt, inLoss.parts, parameters),
          ),
      },
      context,
    )
    writeTrained(path, trained, () => writeEmbedding(path, inLoss.parts, trained.best, trained.recipe))
    return { word: `embedding:${settings.name}` }
  },
})
