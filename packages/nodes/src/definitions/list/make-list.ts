import { AnyType, listLink, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** One list of all that is linked, in order; lists among them are joined. */
export const makeList = defineNode({
  type: 'MakeList',
  version: 1,
  category: 'list',
  description:
    'One list of everything that is linked, in order; lists among it are joined. An input that takes one value then runs its node once for each.',
  aliases: ['batch', 'collect', 'CreateList', 'array'],
  inputs: { entries: listLink(AnyType) },
  outputs: { list: listOf(AnyType) },
  run: ({ entries }) => ({ list: entries }),
})
