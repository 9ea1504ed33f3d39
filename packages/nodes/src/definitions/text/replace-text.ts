import { Text, text, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** A text with one part replaced wherever it stands. */
export const replaceText = defineNode({
  type: 'ReplaceText',
  version: 1,
  category: 'text',
  description: 'Replaces a part of a text wherever it stands, letter by letter.',
  aliases: ['substitute', 'StringReplace'],
  inputs: {
    value: text({ multiline: true }),
    find: text(),
    replacement: text(),
    matchCase: toggle({ default: true, label: 'Match case' }),
  },
  outputs: { value: Text },
  run({ value, find, replacement, matchCase }) {
    if (find === '') return { value }
    const literal = find.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return { value: value.replace(new RegExp(literal, matchCase ? 'g' : 'gi'), () => replacement) }
  },
})
