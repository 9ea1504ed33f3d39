import { choice, float, int, link, optionalLink, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { applyLora } from '../../merging/apply-lora.ts'
import { writeLora } from '../../training/adapters/lora-in-training.ts'
import { withoutCritic } from '../../training/critic-in-training.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { train } from '../../training/loop/train.ts'
import { turboInTraining } from '../../training/turbo-in-training.ts'
import { claimedPath, writeTrained } from '../../training/write-trained.ts'
import { Critic, Dataset, Model, TextEncoder, Vae } from '../../values/socket-types.ts'
import { trainingInputs } from './training-inputs.ts'

/** A LoRA with which a model draws in few steps without guidance (Sauer et al. 2023). */
export const trainTurbo = defineNode({
  type: 'TrainTurbo',
  version: 1,
  category: 'training',
  description:
    'Teaches a model to draw in 4, 2 or 1 steps without guidance, as a LoRA that LoadLora adds to it: it learns from itself with guidance, and from a critic that is linked. Sample with the sampler lcm, the scheduler simple, so many steps and a guidance scale of 1.',
  aliases: ['distillation', 'ADD', 'turbo', 'lightning', 'few steps', 'LCM'],
  inputs: {
    dataset: link(Dataset),
    model: link(Model),
    textEncoder: link(TextEncoder),
    vae: link(Vae),
    critic: optionalLink(Critic, {
      description: 'Tells decoded pictures from real ones; best of the kind text. Without one pictures are softer.',
    }),
    ...trainingInputs({ name: 'my-turbo', steps: 600, batch: 16, learningRate: 5e-4, emaDecay: 0.99 }),
    samplingSteps: choice(['4', '2', '1'], '4', { description: 'In how many steps it is to draw.' }),
    guidanceScale: float({
      default: 4,
      min: 1,
      max: 30,
      step: 0.1,
      description: 'Of the teacher; it becomes part of the student.',
    }),
    distillation: float({
      default: 2.5,
      min: 0,
      step: 0.1,
      description: 'Weight of what the teacher says, beside the critic.',
    }),
    rank: int({ default: 32, min: 1, max: 1024 }),
    prompts: text({
      multiline: true,
      description: 'What samples are made of, one a line; captions of the data where there is none.',
    }),
  },
  outputs: { model: Model },
  sideEffect: true,
  lane: 'gpu',
  async run({ samplingSteps, guidanceScale, distillation, rank, prompts, ...inputs }, context) {
    const { dataset, model, textEncoder, vae, critic, ...settings } = inputs
    const { services, signal } = context
    const path = await claimedPath(services, 'loras', `${settings.name}.safetensors`)
    const shape = { rank, alpha: rank, layers: 'all' } as const
    const { seed, batch } = settings
    const wanted = { steps: Number(samplingSteps), guidanceScale, distillation, shape, seed, batch }
    const parts = { dataset, model, textEncoder, vae, critic }
    const { made, sample, ...turbo } = await turboInTraining(services, { ...parts, ...wanted })
    const trained = await train(
      {
        ...optimizeWith(settings),
        ...turbo,
        recipe: recipeOf('TrainTurbo', settings, made),
        sample: (parameters) => sample(parameters, prompts, signal),
      },
      context,
    )
    writeTrained(path, trained, () => writeLora(path, withoutCritic(trained.best), shape, trained.recipe))
    return { model: applyLora(path, { model }, { modelStrength: 1, textStrength: 1 }).model }
  },
})
