import { float, int, seed, text } from '@patchbay/engine'

/** What every training asks for. */
export const trainingInputs = (defaults: {
  readonly name: string
  readonly steps: number
  readonly batch: number
  readonly learningRate: number
  readonly emaDecay?: number
}) => ({
  name: text({
    default: defaults.name,
    description: 'What the result is saved as. A training of the same name and settings goes on where it stopped.',
  }),
  steps: int({ default: defaults.steps, min: 1, description: 'In all; more of them go on from those that are done.' }),
  batch: int({ default: defaults.batch, min: 1, max: 4096, description: 'Pictures a step.' }),
  learningRate: float({ default: defaults.learningRate, min: 0, max: 1, step: 0.00001 }),
  seed: seed(),
  sampleEvery: int({ default: 250, min: 0, description: 'Steps between two sheets of samples; 0 for none.' }),
  warmup: int({ default: 20, min: 0, advanced: true, description: 'Steps over which the learning rate rises.' }),
  emaDecay: float({
    default: defaults.emaDecay ?? 0.995,
    min: 0,
    max: 0.99999,
    step: 0.0001,
    advanced: true,
    description: 'Of the averages of the weights, which are what is saved; 0 for none.',
  }),
  saveEvery: int({
    default: 100,
    min: 1,
    advanced: true,
    description: 'Steps between two states on disk: what a crash can cost.',
  }),
})
