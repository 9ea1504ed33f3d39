import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { withChange } from '../../values/diffusion-model.ts'
import { Model } from '../../values/socket-types.ts'

/** Gives all pictures of a batch the style of its first one (Hertz et al. 2023, StyleAligned). */
export const alignStyle = defineNode({
  type: 'AlignStyle',
  version: 1,
  category: 'sampling/model',
  label: 'Align style',
  description:
    'Gives all pictures of a batch the style of its first one: each attends to the first beside itself, with its statistics. Needs no weights; a batch of one is as without. A step takes about half as long again.',
  aliases: ['StyleAligned', 'StyleAlignedBatchAlign', 'consistent style', 'shared attention'],
  inputs: {
    model: link(Model),
    strength: float({ default: 1, min: 0, max: 1, step: 0.05, slider: true, description: '0 is as without.' }),
  },
  outputs: { model: Model },
  traits: ({ links: { model = {} } }) => ({ model }),
  run: ({ model, strength }) => ({ model: withChange(model, { type: 'aligned-style', strength }) }),
})
