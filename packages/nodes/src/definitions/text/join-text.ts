import { Text, listLink, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** Texts as one, with something between them. */
export const joinText = defineNode({
  type: 'JoinText',
  version: 1,
  category: 'text',
  description: 'Joins texts into one, in order.',
  aliases: ['concatenate', 'StringConcatenate', 'append'],
  inputs: {
    texts: listLink(Text),
    separator: text({ default: ', ', description: 'What goes between two texts; \\n is a line break.' }),
  },
  outputs: { value: Text },
  run: ({ texts, separator }) => ({ value: texts.join(separator.replaceAll('\\n', '\n')) }),
})
