import { Text, choice, int, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { expressionOf, patternInputs } from './pattern.ts'

const wanted = ['first match', 'all matches', 'group of the first', 'group of all'] as const

/** What a pattern finds in a text. */
export const extractText = defineNode({
  type: 'ExtractText',
  version: 1,
  category: 'text',
  description:
    'What a pattern finds in a text, or what one of its groups does, each find on a line of its own. Nothing found is an empty text.',
  aliases: ['regex', 'RegexExtract', 'find', 'group'],
  inputs: {
    value: text({ multiline: true }),
    ...patternInputs,
    wanted: choice(wanted, 'first match'),
    group: int({ default: 1, min: 0, max: 100, advanced: true, description: '0 is the whole match.' }),
  },
  outputs: { value: Text },
  run({ value, wanted: kind, group, ...pattern }) {
    const matches = [...value.matchAll(expressionOf(pattern))]
    const isGroup = kind === 'group of the first' || kind === 'group of all'
    const found = matches.flatMap((match) => match[isGroup ? group : 0] ?? [])
    const isFirst = kind === 'first match' || kind === 'group of the first'
    return { value: isFirst ? (matches[0]?.[isGroup ? group : 0] ?? '') : found.join('\n') }
  },
})
