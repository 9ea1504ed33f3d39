import { Float, float } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** A number, to feed several inputs from one place. */
export const number = defineNode({
  type: 'Number',
  version: 1,
  category: 'primitive',
  description: 'A number, to feed several inputs from one place.',
  aliases: ['float', 'constant', 'PrimitiveFloat'],
  inputs: { value: float({ default: 0 }) },
  outputs: { value: Float },
  run: ({ value }) => ({ value }),
})
