import { Text, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** A text, to feed several inputs from one place. */
export const textConstant = defineNode({
  type: 'Text',
  version: 1,
  category: 'primitive',
  description: 'A text, to feed several inputs from one place.',
  aliases: ['string', 'prompt', 'constant', 'PrimitiveString'],
  inputs: { value: text({ multiline: true }) },
  outputs: { value: Text },
  run: ({ value }) => ({ value }),
})
