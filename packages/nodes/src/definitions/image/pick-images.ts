import { int, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { pickBatch } from '../../tensor/pick-batch.ts'
import { Image } from '../../values/socket-types.ts'

/** Some pictures of a batch. */
export const pickImages = defineNode({
  type: 'PickImages',
  version: 1,
  category: 'image/batch',
  description: 'Some pictures of a batch. 0 is the first, -1 the last.',
  aliases: ['ImageFromBatch', 'select', 'slice'],
  inputs: {
    image: link(Image),
    first: int({ default: 0, min: -4096, max: 4096 }),
    count: int({ default: 1, min: 1, max: 4096 }),
    within: toggle({
      default: false,
      advanced: true,
      label: 'As many as there are',
      description: 'Whether what lies outside the batch is left out, in place of an error.',
    }),
  },
  outputs: { image: Image },
  run: ({ image, first, count, within }) => ({ image: pickBatch(image, first, count, within) }),
})
