import { expect, test } from 'vitest'
import type { NodeInstance, ValueInputManifest, Workflow } from '@patchbay/engine/workflow'
import { chooseWords, withChosenWords } from './dynamic-prompt.ts'
import { createRegistry } from '../registry/registry.ts'

const first = (): number => 0
const last = (): number => 0.999

test.each([
  ['a {red|blue} fox', 'a red fox', 'a blue fox'],
  ['{a {big|small} cat|dog}', 'a big cat', 'dog'],
  ['{one|two} {three|four}', 'one three', 'two four'],
  ['{|very }old', 'old', 'veryold'],
  [String.raw`{a\|b|c} \{d|e\}`, 'a|b {d|e}', 'c {d|e}'],
])('%s is %s or %s', (text, low, high) => {
  expect(chooseWords(text, first)).toBe(low)
  expect(chooseWords(text, last)).toBe(high)
})

test.each(['plain', '{no choice}', '{"json": [1]}', 'open { | never closed', String.raw`\{a|b\}`])(
  '%s stays',
  (text) => {
    expect(chooseWords(text, first)).toBe(text)
  },
)

test('every option comes up', () => {
  const made = Array.from({ length: 90 }, (_, at) => chooseWords('{a|b|c}', () => at / 90))
  expect(['a', 'b', 'c'].map((one) => made.filter((word) => word === one).length)).toEqual([30, 30, 30])
})

test('only prompts are chosen in, and a workflow without choices is the same object', () => {
  const text = (name: string, multiline: boolean): ValueInputManifest => ({
    kind: 'value',
    name,
    label: name,
    description: '',
    types: ['text'],
    default: '',
    widget: { type: 'text', multiline },
    advanced: false,
    schema: {},
  })
  const registry = createRegistry({
    nodes: [
      {
        type: 'Encode',
        version: 1,
        label: 'Encode',
        category: '',
        description: '',
        aliases: [],
        inputs: [text('prompt', true), text('name', false)],
        outputs: [],
        sideEffect: false,
      },
    ],
    socketTypes: [],
    coercions: [],
  })
  const node = (values: NodeInstance['values']): Workflow => ({
    format: 'patchbay-workflow',
    version: 1,
    nodes: { 1: { type: 'Encode', version: 1, values, links: {} } },
  })
  const chosen = withChosenWords(node({ prompt: '{a|b}', name: '{a|b}' }), registry, last)
  expect(chosen.nodes['1']?.values).toEqual({ prompt: 'b', name: '{a|b}' })
  const plain = node({ prompt: 'a', name: '{a|b}' })
  expect(withChosenWords(plain, registry, last)).toBe(plain)
})
