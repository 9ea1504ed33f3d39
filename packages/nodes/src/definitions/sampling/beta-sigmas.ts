import { float, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { betaSigmas } from '../../diffusion/index.ts'
import { Model, Sigmas } from '../../values/socket-types.ts'

/** Noise levels at the quantiles of a beta distribution over the timesteps of a model. */
export const betaSigmasNode = defineNode({
  type: 'BetaSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels at the quantiles of a beta distribution over the timesteps of a model.',
  aliases: ['BetaSamplingScheduler'],
  inputs: {
    model: link(Model),
    steps: int({ default: 20, min: 1, max: 10_000 }),
    alpha: float({ default: 0.6, min: 0.01, max: 50 }),
    beta: float({ default: 0.6, min: 0.01, max: 50 }),
  },
  outputs: { sigmas: Sigmas },
  run: ({ model, steps, alpha, beta }) => ({ sigmas: [...betaSigmas(model.process, steps, alpha, beta), 0] }),
})
