import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { zeroed } from '../../values/conditioning-operations.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** A prompt with every number 0: what some models take for no prompt. */
export const zeroConditioning = defineNode({
  type: 'ZeroConditioning',
  version: 1,
  category: 'conditioning',
  description: 'A prompt with every number 0: what some models take for no prompt.',
  aliases: ['ConditioningZeroOut', 'unconditional'],
  inputs: { conditioning: link(Conditioning) },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditioning: given = {} } }) => ({ conditioning: given }),
  run: ({ conditioning }) => ({ conditioning: zeroed(conditioning) }),
})
