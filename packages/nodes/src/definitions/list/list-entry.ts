import { AnyType, int, listLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** One entry of a list; negative places count from the end. */
export const listEntry = defineNode({
  type: 'ListEntry',
  version: 1,
  category: 'list',
  description: 'One entry of a list. 0 is the first, -1 the last.',
  aliases: ['index', 'pick', 'element'],
  inputs: { list: listLink(AnyType), place: int({ default: 0, min: -1_000_000, max: 1_000_000 }) },
  outputs: { entry: AnyType },
  passesOn: { entry: ['list'] },
  run({ list, place }) {
    const index = place < 0 ? list.length + place : place
    if (index < 0 || index >= list.length) {
      throw new RangeError(`The list has ${list.length} entries, so there is none at place ${place}.`)
    }
    return { entry: list[index] }
  },
})
