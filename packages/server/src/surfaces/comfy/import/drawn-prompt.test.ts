import { expect, test } from 'vitest'
import { drawnPrompt } from './drawn-prompt.ts'

test.each([
  ['a {red|green} fox', 'a red fox', 'a green fox', 1],
  ['a {red|red} fox', 'a red fox', 'a red fox', 0],
  ['{a|{b|c}} d', 'a d', 'c d', 2],
  ['{one}', 'one', 'one', 0],
  ['{|x}y', 'y', 'xy', 1],
  ['(a:1.2) \\(b\\)', '(a:1.2) \\(b\\)', '(a:1.2) \\(b\\)', 0],
  ['\\{a\\|b\\} } |', '{a|b} } |', '{a|b} } |', 0],
  ['{a|b', 'a', 'b', 1],
  ['cat // a note\ndog /* and\nmore */ bird', 'cat \ndog  bird', 'cat \ndog  bird', 0],
])('%j is %j, or %j', (text, first, last, choices) => {
  expect(drawnPrompt(text, () => 0)).toEqual({ text: first, choices })
  expect(drawnPrompt(text, (count) => count - 1)).toEqual({ text: last, choices })
})
