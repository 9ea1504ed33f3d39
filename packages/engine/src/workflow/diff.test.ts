import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeDiff, diffWorkflows, isSameGraph } from './diff.ts'
import { anyWorkflow } from './workflow.contract.ts'
import type { Workflow } from './workflow.ts'

const base: Workflow = {
  format: 'patchbay-workflow',
  version: 1,
  nodes: {
    a: { type: 'Number', version: 1, values: { value: 1, unit: { name: 'px', size: 2 } }, links: {} },
    b: { type: 'Add', version: 1, values: {}, links: { x: { node: 'a', output: 'value' } } },
  },
  workflows: {
    twice: {
      nodes: { m: { type: 'Multiply', version: 1, values: { b: 2 }, links: { a: { input: 'x' } } } },
      inputs: { x: { like: { node: 'm', input: 'a' } } },
      outputs: { y: { node: 'm', output: 'product' } },
    },
  },
}
const { a, b } = base.nodes as Required<typeof base.nodes>

test('a document does not differ from itself, however its keys stand', () => {
  fc.assert(
    fc.property(anyWorkflow, (workflow) => {
      const diff = diffWorkflows(workflow, structuredClone(workflow))
      expect(isSameGraph(diff)).toBe(true)
      expect(describeDiff(diff)).toEqual([])
    }),
  )
  const turned = { ...base, nodes: { b: b!, a: { ...a!, values: { unit: { size: 2, name: 'px' }, value: 1 } } } }
  expect(describeDiff(diffWorkflows(base, turned))).toEqual([])
})

test('values, links, types and modes are told by input, with before and after', () => {
  const edited: Workflow = {
    ...base,
    nodes: {
      a: { ...a!, values: { value: 2, label: 'n' }, mode: 'muted' },
      b: {
        ...b!,
        type: 'Subtract',
        links: {
          x: [
            { node: 'a', output: 'value' },
            { node: 'c', output: 'value' },
          ],
        },
      },
      c: a!,
    },
  }
  const diff = diffWorkflows(base, edited)
  expect(diff.nodes.added).toEqual(['c'])
  expect(diff.nodes.changed[0]).toEqual({
    node: 'a',
    mode: { to: 'muted' },
    values: [
      { input: 'label', to: 'n' },
      { input: 'unit', from: { name: 'px', size: 2 } },
      { input: 'value', from: 1, to: 2 },
    ],
    links: [],
  })
  expect(describeDiff(diff)).toEqual([
    '+ node c',
    '~ node a: mode (none) → "muted"',
    '~ node a: label (none) → "n"',
    '~ node a: unit {"name":"px","size":2} → (none)',
    '~ node a: value 1 → 2',
    '~ node b: type "Add" → "Subtract"',
    '~ node b: link x "a.value" → "a.value, c.value"',
  ])
  expect(describeDiff(diffWorkflows(edited, base))).toContain('- node c')
})

test('looks are apart: moving a node changes no graph', () => {
  const diff = diffWorkflows(base, { ...base, layout: { nodes: { a: { x: 1, y: 2 } } } })
  expect(diff.layout).toBe(true)
  expect(isSameGraph(diff)).toBe(true)
})

test('an edit inside a sub-workflow is told as such', () => {
  const { twice } = base.workflows as Required<NonNullable<typeof base.workflows>>
  const thrice = { ...twice!, nodes: { m: { ...twice!.nodes['m']!, values: { b: 3 } } } }
  const diff = diffWorkflows(base, { ...base, workflows: { twice: thrice, extra: twice! } })
  expect(isSameGraph(diff)).toBe(false)
  expect(describeDiff(diff)).toEqual(['+ sub-workflow extra', '~ sub-workflow twice, node m: b 2 → 3'])
})

test('any edit of a value is seen', () => {
  fc.assert(
    fc.property(anyWorkflow, anyWorkflow, (from, to) => {
      const isSame = JSON.stringify(sorted(from.nodes)) === JSON.stringify(sorted(to.nodes))
      const { nodes } = diffWorkflows(from, to)
      expect(nodes.added.length + nodes.removed.length + nodes.changed.length === 0).toBe(isSame)
    }),
  )
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([x], [y]) => (x < y ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  )
}
