import { Toggle, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { expressionOf, patternInputs } from './pattern.ts'

/** Whether a pattern is found in a text. */
export const matchText = defineNode({
  type: 'MatchText',
  version: 1,
  category: 'text',
  description: 'Whether a pattern is found somewhere in a text.',
  aliases: ['regex', 'RegexMatch', 'test'],
  inputs: { value: text({ multiline: true }), ...patternInputs },
  outputs: { matches: Toggle },
  run: ({ value, ...pattern }) => ({ matches: expressionOf(pattern).test(value) }),
})
