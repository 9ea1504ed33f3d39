import { choice, link, seed } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { noiseGenerators } from '../../random/index.ts'
import { startRun } from '../../sampling/sample-latents.ts'
import { Latents, Model, Sigmas } from '../../values/socket-types.ts'

/** The beginning of a run: latents with noise of the first level added. */
export const noiseSampler = defineNode({
  type: 'NoiseSampler',
  version: 1,
  category: 'sampling',
  description:
    'Draws Gaussian noise from a seed and adds it to latents at the first noise level: where UNetStep begins. Picture k of a batch has the noise of seed + k. torch-cpu draws the numbers that PyTorch draws.',
  aliases: ['RandomNoise', 'AddNoise', 'gaussian', 'seed'],
  inputs: {
    model: link(Model),
    latents: link(Latents),
    sigmas: link(Sigmas),
    seed: seed(),
    generator: choice(noiseGenerators, 'philox', { advanced: true }),
  },
  outputs: { latents: Latents },
  run: ({ model, latents, sigmas, seed, generator }) => ({
    latents: startRun(model, latents, sigmas, { seed, generator }),
  }),
})
