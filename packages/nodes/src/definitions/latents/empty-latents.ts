import { int } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { Latents } from '../../socket-types.ts'
import { zeros } from '../../tensor/index.ts'

/** Latents of nothing yet, from which a picture of that size is sampled. */
export const emptyLatents = defineNode({
  type: 'EmptyLatents',
  version: 1,
  category: 'latents',
  description: 'The size of the picture to sample, in pixels, and how many at once. Fits any model.',
  aliases: ['EmptyLatentImage', 'size', 'batch'],
  inputs: {
    width: int({ default: 512, min: 8, max: 16384, step: 8, unit: 'px' }),
    height: int({ default: 512, min: 8, max: 16384, step: 8, unit: 'px' }),
    batch: int({ default: 1, min: 1, max: 4096 }),
  },
  outputs: { latents: Latents },
  traits: ({ values: { width = 0, height = 0, batch = 1 } }) => ({ latents: { width, height, batch, isEmpty: true } }),
  run: ({ width, height, batch }) => ({
    latents: {
      tensor: zeros([batch, 4, Math.floor(height / 8), Math.floor(width / 8)]),
      scale: 8,
      isEmpty: true as const,
    },
  }),
})
