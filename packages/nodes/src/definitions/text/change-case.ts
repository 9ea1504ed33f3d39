import { Text, choice, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const cases = ['upper', 'lower', 'first letter', 'each word'] as const

/** A text in other letters. */
export const changeCase = defineNode({
  type: 'ChangeCase',
  version: 1,
  category: 'text',
  description: 'A text in capitals, in small letters, or with a capital at its beginning or at that of each word.',
  aliases: ['CaseConverter', 'uppercase', 'lowercase', 'capitalize', 'title'],
  inputs: { value: text({ multiline: true }), letters: choice(cases, 'upper') },
  outputs: { value: Text },
  run: ({ value, letters }) => ({ value: cased[letters](value) }),
})

const capital = (word: string): string => {
  const [first = '', ...rest] = Array.from(word)
  return first.toUpperCase() + rest.join('').toLowerCase()
}
const cased: { readonly [letters in (typeof cases)[number]]: (value: string) => string } = {
  upper: (value) => value.toUpperCase(),
  lower: (value) => value.toLowerCase(),
  'first letter': capital,
  'each word': (value) => value.replace(/\p{L}+/gu, capital),
}
