import { Text, listOf, text, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** A text as a list of parts. */
export const textLines = defineNode({
  type: 'TextLines',
  version: 1,
  category: 'list',
  description:
    'Splits a text into a list: by lines, or by another separator. Linked to a prompt, it makes a picture of each.',
  aliases: ['split', 'prompts', 'batch'],
  inputs: {
    value: text({ multiline: true }),
    separator: text({ default: '\\n', description: 'What stands between two parts; \\n is a line break, \\t a tab.' }),
    skipEmpty: toggle({ default: true, label: 'Skip empty parts' }),
  },
  outputs: { list: listOf(Text) },
  run({ value, separator, skipEmpty }) {
    const parts = value.split(separator.replaceAll('\\n', '\n').replaceAll('\\t', '\t')).map((part) => part.trim())
    return { list: skipEmpty ? parts.filter((part) => part !== '') : parts }
  },
})
