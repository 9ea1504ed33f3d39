import { describe, expect, test } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { expandBatch, withValues } from './batch.ts'

const document: Workflow = {
  format: 'patchbay-workflow',
  version: 1,
  nodes: {
    sample: { type: 'Sample', version: 1, values: { seed: 1, steps: 8 }, links: { steps: { node: 'x', output: 'y' } } },
  },
  parameters: { seed: { node: 'sample', input: 'seed' }, steps: { node: 'sample', input: 'steps' } },
}
const valuesOf = (documents: Workflow[]) => documents.map(({ nodes }) => nodes['sample']?.values)

describe('a batch', () => {
  test('zips axes inside a group and multiplies groups', () => {
    const made = expandBatch(document, {
      groups: [
        [
          { target: 'seed', values: [1, 2] },
          { target: { node: 'sample', input: 'name' }, values: ['a', 'b'] },
        ],
        [{ target: 'steps', values: [4, 8] }],
      ],
    })
    expect(valuesOf(made)).toEqual([
      { seed: 1, name: 'a', steps: 4 },
      { seed: 1, name: 'a', steps: 8 },
      { seed: 2, name: 'b', steps: 4 },
      { seed: 2, name: 'b', steps: 8 },
    ])
  })

  test('raises the varied seed by one for each repeat, exactly past 2^53', () => {
    const large = withValues(document, [['seed', '18446744073709551614']])
    expect(valuesOf(expandBatch(large, { count: 3, vary: 'seed' })).map((values) => values?.['seed'])).toEqual([
      '18446744073709551614',
      '18446744073709551615',
      0,
    ])
  })

  test('a value takes the place of a link', () => {
    expect(withValues(document, [['steps', 3]]).nodes['sample']).toMatchObject({ values: { steps: 3 }, links: {} })
    expect(document.nodes['sample']?.values['steps']).toBe(8)
  })

  test.each([
    [
      {
        groups: [
          [
            { target: 'seed', values: [1, 2] },
            { target: 'steps', values: [1] },
          ],
        ],
      },
      /same number of values/,
    ],
    [{ groups: [[{ target: 'cfg', values: [1] }]] }, /no parameter "cfg".*/],
    [{ groups: [[{ target: { node: 'nope', input: 'a' }, values: [1] }]] }, /no node "nope"/],
    [{ count: 20_000 }, /20000 jobs; at most 10000/],
    [{ groups: [[{ target: 'constructor', values: [1] }]] }, /no parameter "constructor"/],
    [{ count: 2, vary: { node: 'sample', input: 'name' } }, undefined],
  ])('%j that makes no sense is refused', (batch, message) => {
    if (message) expect(() => expandBatch(document, batch)).toThrow(message)
    else expect(expandBatch(document, batch)).toHaveLength(2)
  })
})

test('a batch of too many nodes in all is refused before its documents are made', () => {
  const nodes = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [`n${index}`, { type: 'T', version: 1, values: {}, links: {} }]),
  )
  const batch = { count: 10_000, vary: { node: 'n0', input: 'seed' } }
  expect(() => expandBatch({ ...document, nodes }, batch)).toThrow(/10000 jobs of 1000 nodes each; at most 1000000/)
})
