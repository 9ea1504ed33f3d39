import { listLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** Several prompts at once: each guides by itself, and their estimates are averaged. */
export const combineConditioning = defineNode({
  type: 'CombineConditioning',
  version: 1,
  category: 'conditioning',
  description: 'Several prompts at once: each guides by itself, and their estimates are averaged.',
  aliases: ['ConditioningCombine', 'and'],
  inputs: { conditionings: listLink(Conditioning) },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditionings = {} } }) => ({ conditioning: conditionings }),
  run: ({ conditionings }) => ({ conditioning: conditionings.flat() }),
})
