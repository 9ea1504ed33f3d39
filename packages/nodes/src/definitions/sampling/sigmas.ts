import { choice, float, int, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { formulaSets, samplerNames, schedulerNames, sigmasFor } from '../../diffusion/index.ts'
import { Model, Sigmas } from '../../values/socket-types.ts'

/** The noise levels of a run. */
export const sigmas = defineNode({
  type: 'Sigmas',
  version: 1,
  category: 'sampling',
  description:
    'The noise levels that a run walks down, made by a rule. A denoise strength below 1 takes the last steps of a longer schedule, so that a picture is changed rather than made anew.',
  aliases: ['BasicScheduler', 'scheduler', 'schedule', 'timesteps'],
  inputs: {
    model: link(Model),
    scheduler: choice(schedulerNames, 'karras'),
    steps: int({ default: 20, min: 1, max: 10_000 }),
    denoiseStrength: float({ default: 1, min: 0, max: 1, step: 0.01, slider: true }),
    sampler: choice(samplerNames, 'euler', {
      advanced: true,
      description: 'Some samplers leave out the lowest level.',
    }),
    formulas: choice(formulaSets, 'published', {
      advanced: true,
      description: "Whose rule it is where programs differ: the papers', or ComfyUI's.",
    }),
    whole: toggle({
      default: false,
      advanced: true,
      label: 'All of the rule',
      description: "Takes all levels where a rule of ComfyUI's gives one more than asked for.",
    }),
  },
  outputs: { sigmas: Sigmas },
  traits: ({ values: { steps = 20, denoiseStrength = 1 } }) => ({
    sigmas: { steps: denoiseStrength === 0 ? 0 : steps },
  }),
  run: ({ model, scheduler, steps, denoiseStrength, whole, ...rules }) => ({
    sigmas: sigmasFor(model.process, scheduler, steps, denoiseStrength, { ...rules, takesAll: whole }),
  }),
})
