import { Toggle, choice, text, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const relations = ['contains', 'begins with', 'ends with', 'equals'] as const

/** Whether a text contains another, begins or ends with it, or is the same. */
export const compareTexts = defineNode({
  type: 'CompareTexts',
  version: 1,
  category: 'text',
  description: 'Whether a text contains another, begins or ends with it, or is the same.',
  aliases: ['StringContains', 'StringCompare', 'includes', 'startsWith', 'endsWith'],
  inputs: {
    value: text({ multiline: true }),
    relation: choice(relations, 'contains'),
    other: text({ multiline: true }),
    matchCase: toggle({ default: true, label: 'Match case' }),
  },
  outputs: { holds: Toggle },
  run({ value, relation, other, matchCase }) {
    const [a, b] = matchCase ? [value, other] : [value.toLowerCase(), other.toLowerCase()]
    return { holds: holds[relation](a, b) }
  },
})

const holds: { readonly [relation in (typeof relations)[number]]: (a: string, b: string) => boolean } = {
  contains: (a, b) => a.includes(b),
  'begins with': (a, b) => a.startsWith(b),
  'ends with': (a, b) => a.endsWith(b),
  equals: (a, b) => a === b,
}
