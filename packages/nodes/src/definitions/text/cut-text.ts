import { Text, int, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const far = 1_000_000

/** A part of a text. */
export const cutText = defineNode({
  type: 'CutText',
  version: 1,
  category: 'text',
  description:
    'The characters of a text from the first place to before the last. Places count from 0; negative ones from the end.',
  aliases: ['StringSubstring', 'slice', 'truncate'],
  inputs: {
    value: text({ multiline: true }),
    start: int({ default: 0, min: -far, max: far }),
    end: int({ default: far, min: -far, max: far }),
  },
  outputs: { value: Text },
  run: ({ value, start, end }) => ({ value: Array.from(value).slice(start, end).join('') }),
})
