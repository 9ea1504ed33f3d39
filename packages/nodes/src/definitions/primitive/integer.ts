import { Int, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** A whole number, to feed several inputs from one place. */
export const integer = defineNode({
  type: 'Integer',
  version: 1,
  category: 'primitive',
  description: 'A whole number, to feed several inputs from one place.',
  aliases: ['int', 'constant', 'PrimitiveInt'],
  inputs: { value: int({ default: 0 }) },
  outputs: { value: Int },
  run: ({ value }) => ({ value }),
})
