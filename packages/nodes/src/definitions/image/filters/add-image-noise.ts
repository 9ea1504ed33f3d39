import { choice, float, link, seed } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { addNoise } from '../../../image/filter.ts'
import { noiseGenerators } from '../../../random/index.ts'
import { Image } from '../../../values/socket-types.ts'

/** Gaussian noise from a seed, added to a picture. */
export const addImageNoise = defineNode({
  type: 'AddImageNoise',
  version: 1,
  category: 'image/filter',
  description: 'Gaussian noise from a seed, added to a picture. Picture k of a batch has the noise of seed + k.',
  aliases: ['ImageAddNoise', 'grain'],
  inputs: {
    image: link(Image),
    seed: seed(),
    strength: float({ default: 0.1, min: 0, max: 1, step: 0.01, slider: true }),
    generator: choice(noiseGenerators, 'philox', { advanced: true }),
  },
  outputs: { image: Image },
  run: ({ image, seed, strength, generator }) => ({ image: addNoise(image, seed, strength, generator) }),
})
