import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { withEach } from '../../values/conditioning.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** How much a prompt counts beside the others that it is combined with. */
export const conditioningStrength = defineNode({
  type: 'ConditioningStrength',
  version: 1,
  category: 'conditioning',
  description: 'How much a prompt counts beside the others that it is combined with.',
  aliases: ['ConditioningSetAreaStrength', 'weight'],
  inputs: { conditioning: link(Conditioning), strength: float({ default: 1, min: 0, max: 10 }) },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditioning: given = {} } }) => ({ conditioning: given }),
  run: ({ conditioning, strength }) => ({ conditioning: withEach(conditioning, { strength }) }),
})
