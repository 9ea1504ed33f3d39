import { Toggle, choice, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const operations = {
  and: (a: boolean, b: boolean) => a && b,
  or: (a: boolean, b: boolean) => a || b,
  'exactly one': (a: boolean, b: boolean) => a !== b,
  'a and not b': (a: boolean, b: boolean) => a && !b,
}

/** Two conditions as one. */
export const combineConditions = defineNode({
  type: 'CombineConditions',
  version: 1,
  category: 'logic',
  description: 'Combines two conditions into one.',
  aliases: ['and', 'or', 'xor', 'boolean'],
  inputs: {
    a: toggle({ default: true }),
    operation: choice(['and', 'or', 'exactly one', 'a and not b'], 'and'),
    b: toggle({ default: true }),
  },
  outputs: { isTrue: Toggle },
  run: ({ a, b, operation }) => ({ isTrue: operations[operation](a, b) }),
})
