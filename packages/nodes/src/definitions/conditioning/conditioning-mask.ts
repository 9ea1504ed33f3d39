import { choice, float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { withEach } from '../../values/conditioning.ts'
import { Conditioning, Mask } from '../../values/socket-types.ts'

/** Limits a prompt to where a mask is 1. */
export const conditioningMask = defineNode({
  type: 'ConditioningMask',
  version: 1,
  category: 'conditioning',
  description: 'Limits a prompt to where a mask is 1.',
  aliases: ['ConditioningSetMask', 'regional prompt'],
  inputs: {
    conditioning: link(Conditioning),
    mask: link(Mask),
    strength: float({ default: 1, min: 0, max: 10 }),
    area: choice(['whole picture', 'mask bounds'], 'whole picture', {
      advanced: true,
      description: 'What the model sees of the picture for this prompt: all of it, or the rectangle round the mask.',
    }),
  },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditioning: given = {} } }) => ({ conditioning: given }),
  run: ({ conditioning, mask, strength, area }) => ({
    conditioning: withEach(conditioning, { mask, maskStrength: strength, isCutToMask: area === 'mask bounds' }),
  }),
})
