import { Int, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** How many characters a text has. */
export const textLength = defineNode({
  type: 'TextLength',
  version: 1,
  category: 'text',
  description: 'How many characters a text has.',
  aliases: ['StringLength', 'count', 'size'],
  inputs: { value: text({ multiline: true }) },
  outputs: { length: Int },
  run: ({ value }) => ({ length: Array.from(value).length }),
})
