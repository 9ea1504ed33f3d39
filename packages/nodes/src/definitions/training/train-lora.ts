import { choice, float, int, link, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { applyLora } from '../../merging/apply-lora.ts'
import { createCaptionEncoder } from '../../encoding/encode-captions.ts'
import { Dataset, Model, TextEncoder, Vae } from '../../values/socket-types.ts'
import { digestOf, withTrigger } from '../../dataset/dataset.ts'
import { denoiserInTraining } from '../../training/denoiser-in-training.ts'
import { trainingScope } from '../../training/losses/denoising-loss.ts'
import { factorsOnly, firstFactors, withFactors, writeLora } from '../../training/adapters/lora-in-training.ts'
import { loraLayers, LoraScope } from '../../training/adapters/lora-scope.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { preservePrior, priorPrompts } from '../../training/prior-preservation.ts'
import { train } from '../../training/loop/train.ts'
import { claimedPath, writeTrained } from '../../training/write-trained.ts'
import { trainingInputs } from './training-inputs.ts'

/** A LoRA: a small change of a model, from a few pictures of one thing or style (Hu et al. 2021). */
export const trainLora = defineNode({
  type: 'TrainLora',
  version: 1,
  category: 'training',
  label: 'Train LoRA',
  description:
    'Teaches a model one thing or style from 5 to 20 pictures, as a small file that LoadLora adds to the model; the text encoder stays as it is. Name the thing by the same unusual word in every caption. The defaults suit the bundled checkpoint; Stable Diffusion wants a learning rate of about 0.0001 and averages of 0.',
  aliases: ['personalise', 'fine-tune', 'dreambooth', 'lycoris'],
  inputs: {
    dataset: link(Dataset),
    model: link(Model),
    textEncoder: link(TextEncoder),
    vae: link(Vae),
    ...trainingInputs({ name: 'my-lora', steps: 200, batch: 4, learningRate: 3e-3, emaDecay: 0.98 }),
    rank: int({ default: 16, min: 1, max: 1024 }),
    alpha: float({
      default: 16,
      min: 0,
      max: 4096,
      advanced: true,
      description: 'The change is scaled by alpha / rank.',
    }),
    layers: choice(loraLayers, 'all', { description: 'Convolutions too with all, as small models need it.' }),
    trigger: text({
      description:
        'An unusual word for the thing, put before every caption that lacks it; nothing where captions have it.',
    }),
    priorWeight: float({
      default: 2,
      min: 0,
      max: 100,
      step: 0.1,
      description:
        'How firmly the model is held to what it draws of other prompts (DreamBooth), beside 1 for the pictures; 0 for not at all, which takes less time.',
    }),
    priorPrompts: text({
      default: priorPrompts,
      multiline: true,
      description:
        'What it is to go on drawing as it does, one a line: things of many kinds, but not the one that is taught.',
    }),
    priorPictures: int({
      default: 24,
      min: 1,
      max: 10_000,
      advanced: true,
      description:
        'Pictures that the model makes of these prompts before it is trained; they are kept for the next time.',
    }),
    captionDropout: float({
      default: 0.1,
      min: 0,
      max: 1,
      slider: true,
      advanced: true,
      description:
        "Share of texts that are left out, of the prior's pictures where there are some: what is taught without a text is what guidance leads away from.",
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
    {
      dataset: pictures,
      model,
      textEncoder,
      vae,
      rank,
      alpha,
      layers,
      trigger,
      priorWeight,
      priorPrompts: otherPrompts,
      priorPictures,
      captionDropout,
      minSnrGamma,
      prompts,
      ...settings
    },
    context,
  ) {
    const { services, signal } = context
    const dataset = withTrigger(pictures, trigger)
    const path = await claimedPath(services, 'loras', `${settings.name}.safetensors`)
    const encodeCaptions = createCaptionEncoder(services, textEncoder)
    const prior = { weight: priorWeight, prompts: otherPrompts, pictures: priorPictures, captionDropout }
    const denoiser = await denoiserInTraining(services, {
      dataset,
      vae,
      textEncoder,
      start: model,
      encodeCaptions,
      captionDropout: priorWeight > 0 ? 0 : captionDropout,
      minSnrGamma,
    })
    const { seed, batch } = settings
    const asked = { model, textEncoder, encodeCaptions, batch, seed, signal }
    const { rows, join } = await preservePrior(services, denoiser, prior, asked)
    const shape = { rank, alpha, layers }
    const loss = denoiser.lossFor(batch + rows, {
      scopeOf: (graph) => new LoraScope(graph, shape, denoiser.network.layerKind, trainingScope(graph)),
      keptRows: rows,
    })
    const recipe = {
      prior,
      minSnrGamma,
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
        feedsOf: async (step) => join(await denoiser.feedsOf(settings, step), step),
        sample: (factors) => denoiser.sample(withFactors(model, factors, shape), prompts, signal),
      },
      context,
    )
    writeTrained(path, trained, () => writeLora(path, trained.best, shape, trained.recipe))
    return { model: applyLora(path, { model }, { modelStrength: 1, textStrength: 1 }).model }
  },
})
