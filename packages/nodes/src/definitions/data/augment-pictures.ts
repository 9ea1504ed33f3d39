import { float, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Dataset } from '../../values/socket-types.ts'

/** A data set whose pictures are varied each time that they are trained on. */
export const augmentPictures = defineNode({
  type: 'AugmentPictures',
  version: 1,
  category: 'data',
  description:
    'Varies the pictures of a data set each time that one is trained on: mirrored, moved, and on a coloured ground where they are clear.',
  aliases: ['augmentation', 'flip', 'jitter'],
  inputs: {
    dataset: link(Dataset),
    mirrored: float({ default: 0.5, min: 0, max: 1, step: 0.05, slider: true, description: 'Share of pictures.' }),
    shift: int({ default: 2, min: 0, max: 256, unit: 'pixels', description: 'The most that a picture is moved.' }),
    coloured: float({ default: 0, min: 0, max: 1, step: 0.05, slider: true, description: 'Share of pictures.' }),
  },
  outputs: { dataset: Dataset },
  run: ({ dataset, mirrored, shift, coloured }) => ({
    dataset: { ...dataset, augmentation: { mirrored, shift, coloured } },
  }),
})
