import { choice, float, int, link, text } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { applyLora } from '../../sampling/apply-lora.ts'
import { createCaptionEncoder } from '../../sampling/encode-captions.ts'
import { Dataset, Model, TextEncoder, Vae } from '../../socket-types.ts'
import { digestOf } from '../../training/dataset/dataset.ts'
import { denoiserInTraining } from '../../training/denoiser-in-training.ts'
import { trainingScope } from '../../training/denoising-loss.ts'
import { factorsOnly, firstFactors, withFactors, writeLora } from '../../training/lora-in-training.ts'
import { loraLayers, LoraScope } from '../../training/lora-scope.ts'
import { optimizeWith, recipeOf } from '../../training/optimize.ts'
import { train } from '../../training/train.ts'
import { claimedPath, writeTrained } from '../../training/write-trained.ts'
import { trainingInputs } from './training-inputs.ts'

/** A LoRA: a small change of a model, from a few pictures of one thing or style (Hu et al. 2021). */
export const trainLora = defineNode({
  type: 'TrainLora',
  version: 1,
  category: 'training',
  label: 'Train LoRA',
  description:
    'Teaches a model one thing or style from 5 to 20 pictures, as a small file that LoadLora adds to the model. Name the thing by the same unusual word in every caption.',
  aliases: ['personalise', 'fine-tune', 'dreambooth', 'lycoris'],
  inputs: {
    dataset: link(Dataset),
    model: link(Model),
    textEncoder: link(TextEncoder),
    vae: link(Vae),
    ...trainingInputs({ name: 'my-lora', steps: 300, batch: 4, learningRate: 1e-3, emaDecay: 0 }),
    rank: int({ default: 8, min: 1, max: 1024 }),
    alpha: float({
      default: 8,
      min: 0,
      max: 4096,
      advanced: true,
      description: 'The change is scaled by alpha / rank.',
    }),
    layers: choice(loraLayers, 'attention and feed-forward'),
    captionDropout: float({ default: 0.05, min: 0, max: 1, slider: true, advanced: true }),
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
    { dataset, model, textEncoder, vae, rank, alpha, layers, captionDropout, minSnrGamma, prompts, ...settings },
    context,
  ) {
    const { services, signal } = context
    const path = await claimedPath(services, 'loras', `${settings.name}.safetensors`)
    const encodeCaptions = createCaptionEncoder(services, textEncoder)
    const noise = { captionDropout, minSnrGamma }
    const denoiser = await denoiserInTraining(services, {
      dataset,
      vae,
      textEncoder,
      start: model,
      encodeCaptions,
      ...noise,
    })
    const shape = { rank, alpha, layers }
    const loss = denoiser.lossFor(settings.batch, {
      scopeOf: (graph) => new LoraScope(graph, shape, trainingScope(graph)),
    })
    const recipe = {
      ...noise,
      ...shape,
      model: model.denoising.key,
      vae: vae.key,
      text: textEncoder.key,
      data: digestOf(dataset),
    }
    const trained = await train(
      {
        ...optimizeWith(settings),
        ...factorsOnly(model),
        recipe: recipeOf('TrainLora', settings, recipe),
        loss,
        initial: firstFactors(loss),
        feedsOf: (step) => denoiser.feedsOf(settings, step),
        sample: (factors) => denoiser.sample(withFactors(model, factors, shape), prompts, signal),
      },
      context,
    )
    writeTrained(path, trained, () => writeLora(path, trained.best, shape, trained.recipe))
    return { model: applyLora(path, { model }, { modelStrength: 1, textStrength: 1 }).model }
  },
})
