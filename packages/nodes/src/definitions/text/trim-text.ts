import { Text, choice, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const ends = ['both', 'left', 'right'] as const

/** A text without the space around it. */
export const trimText = defineNode({
  type: 'TrimText',
  version: 1,
  category: 'text',
  description: 'A text without spaces and line breaks at its beginning, its end, or both.',
  aliases: ['StringTrim', 'strip'],
  inputs: { value: text({ multiline: true }), end: choice(ends, 'both') },
  outputs: { value: Text },
  run: ({ value, end }) => ({
    value: end === 'both' ? value.trim() : end === 'left' ? value.trimStart() : value.trimEnd(),
  }),
})
