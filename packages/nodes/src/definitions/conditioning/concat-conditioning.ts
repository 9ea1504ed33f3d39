import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { concatenated } from '../../values/conditioning-operations.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** One prompt behind another, as if it were one long prompt. */
export const concatConditioning = defineNode({
  type: 'ConcatConditioning',
  version: 1,
  category: 'conditioning',
  description: 'One prompt behind another, as if it were one long prompt.',
  aliases: ['ConditioningConcat', 'append'],
  inputs: { to: link(Conditioning), from: link(Conditioning) },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { to = {} } }) => ({ conditioning: to }),
  run: ({ to, from }) => ({ conditioning: concatenated(to, from) }),
})
