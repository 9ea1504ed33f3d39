import { defineNode } from './define-node.ts'
import { listLink } from './input.ts'
import { AnyType, listOf } from './socket-type.ts'

/** Joins several outputs into a list, for `SubgraphBuilder.list`. */
export const joinList = defineNode({
  type: 'JoinList',
  version: 1,
  category: 'lists',
  inputs: { elements: listLink(AnyType, { optional: true }) },
  outputs: { list: listOf(AnyType) },
  run: ({ elements }) => ({ list: elements }),
})
