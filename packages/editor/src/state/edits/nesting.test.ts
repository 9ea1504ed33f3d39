import { describe, expect, test } from 'vitest'
import type { SubWorkflow } from '@patchbay/engine/workflow'
import { wouldHoldItself } from './nesting.ts'
import { emptyRegistry, manifestOfNode } from '../registry/registry.ts'

/** A sub-workflow of nodes of these types. */
const holding = (...types: string[]): SubWorkflow => ({
  inputs: {},
  outputs: {},
  nodes: Object.fromEntries(types.map((type, index) => [String(index), { type, version: 1, values: {}, links: {} }])),
})
const workflows = {
  inner: holding('Add'),
  outer: holding('Add', 'workflow:inner'),
  outermost: holding('workflow:outer'),
  apart: holding('Add'),
}
const inside = (workflow: string) => [{ node: '1', workflow }]

describe('a sub-workflow', () => {
  test.each([
    ['itself', 'inner', true],
    ['what holds it', 'outer', true],
    ['what holds what holds it', 'outermost', true],
    ['another', 'apart', false],
  ])('that is given %s', (_, name, holds) => {
    expect(wouldHoldItself(workflows, inside('inner'), `workflow:${name}`)).toBe(holds)
  })

  test('may be put anywhere at the top, and other nodes anywhere', () => {
    expect(wouldHoldItself(workflows, [], 'workflow:outermost')).toBe(false)
    expect(wouldHoldItself(workflows, inside('inner'), 'Add')).toBe(false)
  })

  test('that holds itself in a file from elsewhere has the sockets that can be told', () => {
    const self: SubWorkflow = {
      ...holding('workflow:self'),
      inputs: { x: { like: { node: '0', input: 'x' } } },
      outputs: { y: { node: '0', output: 'y' } },
    }
    const manifest = manifestOfNode(emptyRegistry, { workflows: { self } }, { type: 'workflow:self' })
    expect(manifest).toMatchObject({ inputs: [], outputs: [] })
  })
})
