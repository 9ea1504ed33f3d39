import { float, link } from '@patchbay/engine'
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
  inputs: { conditioning: link(Conditioning), mask: link(Mask), strength: float({ default: 1, min: 0, max: 10 }) },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditioning: given = {} } }) => ({ conditioning: given }),
  run: ({ conditioning, ...limits }) => ({ conditioning: withEach(conditioning, limits) }),
})
