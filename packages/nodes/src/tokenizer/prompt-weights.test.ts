import { expect, test } from 'vitest'
import { parsePromptWeights } from './prompt-weights.ts'

test.each([
  ['a cat', [['a cat', 1]]],
  ['', []],
  [
    'a (red) cat',
    [
      ['a ', 1],
      ['red', 1.1],
      [' cat', 1],
    ],
  ],
  ['((red))', [['red', 1.21]]],
  [
    '[red] cat',
    [
      ['red', 1 / 1.1],
      [' cat', 1],
    ],
  ],
  [
    '(red:1.3) cat',
    [
      ['red', 1.3],
      [' cat', 1],
    ],
  ],
  ['(red: 1.3 )', [['red', 1.3]]],
  [
    '(a (b:2):0.5)',
    [
      ['a ', 0.5],
      ['b', 1],
    ],
  ],
  [
    '(a:.5)(b:1)',
    [
      ['a', 0.5],
      ['b', 1],
    ],
  ],
  ['(out:-1)', [['out', -1]]],
  ['\\(not\\) \\[this\\] \\\\', [['(not) [this] \\', 1]]],
  ['(embedding:cat:1.2)', [['embedding:cat', 1.2]]],
  [
    'time 10:30) or (ratio 4:3',
    [
      ['time 10:30) or ', 1],
      ['ratio 4:3', 1.1],
    ],
  ],
  [
    'a (b',
    [
      ['a ', 1],
      ['b', 1.1],
    ],
  ],
  ['a) b] c', [['a) b] c', 1]]],
  [
    '(a [b) c]',
    [
      ['a ', 1.1],
      ['b) c', 1],
    ],
  ],
] as const)('reads the weights of %j', (prompt, expected) => {
  const parsed = parsePromptWeights(prompt)
  expect(parsed.map(({ text }) => text)).toEqual(expected.map(([text]) => text))
  for (const [i, { weight }] of parsed.entries()) expect(weight).toBeCloseTo(expected[i]![1], 12)
})
