import { int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { emptyLatentsOf } from '../../values/latents.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents of nothing yet, from which a picture of that size is sampled. */
export const emptyLatents = defineNode({
  type: 'EmptyLatents',
  version: 1,
  category: 'latents',
  description:
    'The size of the picture to sample, in pixels, and how many at once. Fits any model; a side of 0 is that of the pictures the model was trained on.',
  aliases: ['EmptyLatentImage', 'size', 'batch'],
  inputs: {
    width: int({ default: 0, min: 0, max: 16384, step: 8, unit: 'px', description: '0: as the model was trained.' }),
    height: int({ default: 0, min: 0, max: 16384, step: 8, unit: 'px', description: '0: as the model was trained.' }),
    batch: int({ default: 1, min: 1, max: 4096 }),
  },
  outputs: { latents: Latents },
  traits: ({ values: { width = 0, height = 0, batch = 1 } }) => ({ latents: { width, height, batch, isEmpty: true } }),
  run: ({ width, height, batch }) => ({ latents: emptyLatentsOf({ width, height, batch }) }),
})
