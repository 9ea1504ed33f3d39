import { choice, float, link, optionalLink, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { loadCheckpointParts } from '../../opening/checkpoint-values.ts'
import { createCaptionEncoder } from '../../encoding/encode-captions.ts'
import { Dataset, Model, TextEncoder, Vae } from '../../values/socket-types.ts'
import { digestOf } from '../../dataset/dataset.ts'
import { configInRecipe, denoiserInTraining, predictions, weightsToTrain } from '../../training/denoiser-in-training.ts'
import { networkSizes } from '../../training/network-presets.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { train } from '../../training/loop/train.ts'
import { claimedPath, writeTrained } from '../../training/write-trained.ts'
import { trainingInputs } from './training-inputs.ts'

/** A denoiser, from nothing or on from a model (Ho et al. 2020; Salimans and Ho 2022; Lipman et al. 2023). */
export const trainDenoiser = defineNode({
  type: 'TrainDenoiser',
  version: 1,
  category: 'training',
  description:
    'Trains the network that removes noise, guided by captions, and saves it with its VAE and text encoder as a checkpoint. With a model it goes on from that one.',
  aliases: ['train UNet', 'diffusion', 'fine-tune', 'pretrain'],
  inputs: {
    dataset: link(Dataset),
    vae: link(Vae),
    textEncoder: link(TextEncoder),
    model: optionalLink(Model, { description: 'Where to go on from; its network and prediction are kept.' }),
    ...trainingInputs({ name: 'my-model', steps: 5000, batch: 32, learningRate: 1e-3 }),
    network: choice(networkSizes, 'small'),
    prediction: choice(predictions, 'v'),
    captionDropout: float({
      default: 0.1,
      min: 0,
      max: 1,
      slider: true,
      advanced: true,
      description: 'Share of captions left out, for guidance.',
    }),
    minSnrGamma: float({
      default: 5,
      min: 0,
      advanced: true,
      description: 'Limits the weight of easy timesteps; 0 for none.',
    }),
    prompts: text({
      multiline: true,
      description: 'What samples are made of, one a line; captions of the data where there is none.',
    }),
  },
  outputs: { model: Model },
  sideEffect: true,
  lane: 'gpu',
  async run(
    { dataset, vae, textEncoder, model, network, prediction, captionDropout, minSnrGamma, prompts, ...settings },
    context,
  ) {
    const { services, signal } = context
    const path = await claimedPath(services, 'checkpoints', settings.name)
    const encodeCaptions = createCaptionEncoder(services, textEncoder)
    const noise = { captionDropout, minSnrGamma }
    const start = model ?? { network, prediction }
    const denoiser = await denoiserInTraining(services, {
      dataset,
      vae,
      textEncoder,
      start,
      encodeCaptions,
      ...noise,
    })
    const recipe = {
      ...noise,
      prediction: denoiser.prediction,
      config: configInRecipe(denoiser.network),
      from: model?.denoising.key ?? '',
      vae: vae.key,
      text: textEncoder.key,
      data: digestOf(dataset),
    }
    const trained = await train(
      {
        ...optimizeWith(settings),
        recipe: recipeOf('TrainDenoiser', settings, recipe),
        loss: denoiser.lossFor(settings.batch),
        ...(model && { initial: weightsToTrain(model) }),
        feedsOf: (step) => denoiser.feedsOf(settings, step),
        sample: (parameters) => denoiser.sample(denoiser.withWeights(parameters), prompts, signal),
      },
      context,
    )
    writeTrained(path, trained, () => denoiser.write(path, trained))
    return { model: loadCheckpointParts(path).model }
  },
})
