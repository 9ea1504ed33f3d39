import { AnyType, Int, listLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** How many entries a list has. */
export const listLength = defineNode({
  type: 'ListLength',
  version: 1,
  category: 'list',
  description: 'How many entries a list has.',
  aliases: ['count', 'size'],
  inputs: { list: listLink(AnyType, { optional: true }) },
  outputs: { length: Int },
  run: ({ list }) => ({ length: list.length }),
})
