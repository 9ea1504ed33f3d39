import { Toggle, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** On or off, to feed several inputs from one place. */
export const toggleConstant = defineNode({
  type: 'Toggle',
  version: 1,
  category: 'primitive',
  description: 'On or off, to feed several inputs from one place.',
  aliases: ['boolean', 'switch', 'constant', 'PrimitiveBoolean'],
  inputs: { value: toggle({ default: false }) },
  outputs: { value: Toggle },
  run: ({ value }) => ({ value }),
})
