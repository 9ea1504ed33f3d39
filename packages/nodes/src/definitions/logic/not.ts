import { Toggle, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** The opposite of a condition. */
export const not = defineNode({
  type: 'Not',
  version: 1,
  category: 'logic',
  description: 'The opposite of a condition.',
  aliases: ['invert', 'negate'],
  inputs: { value: toggle({ default: false }) },
  outputs: { isTrue: Toggle },
  run: ({ value }) => ({ isTrue: !value }),
})
