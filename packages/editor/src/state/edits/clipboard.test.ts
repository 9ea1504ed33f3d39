import { describe, expect, test } from 'vitest'
import { instance, workflowOf } from '../../testing/manifests.ts'
import { cloned, copyFragment, parseFragment, pasteFragment } from './clipboard.ts'
import { linksOf } from './links.ts'

const from = (node: string) => ({ node, output: 'out' })
const workflow = workflowOf(
  {
    1: instance('A'),
    2: instance('B', { links: { in: from('1') } }),
    3: instance('C', { links: { in: from('2') } }),
    4: instance('workflow:inner'),
  },
  {
    workflows: {
      inner: { nodes: { 1: instance('workflow:deep') }, inputs: {}, outputs: {} },
      deep: { nodes: {}, inputs: {}, outputs: {} },
      other: { nodes: {}, inputs: {}, outputs: {} },
    },
    layout: {
      nodes: { 2: { x: 100, y: 50 }, 3: { x: 300, y: 80 } },
      notes: { 1: { x: 90, y: 40, width: 10, height: 10, text: 'why' } },
      groups: { 1: { x: 80, y: 30, width: 400, height: 200, title: 'Both' } },
    },
  },
)
const none = { nodes: [], notes: [], groups: [] }

describe('copying', () => {
  test('takes nodes with their places, notes and groups, and the sub-workflows they need, however deep', () => {
    const fragment = copyFragment(workflow, workflow, { nodes: ['2', '4'], notes: ['1'], groups: ['1'] })
    expect(Object.keys(fragment.nodes)).toEqual(['2', '4'])
    expect(fragment.layout).toEqual({ 2: { x: 100, y: 50 } })
    expect(Object.keys(fragment.workflows).sort()).toEqual(['deep', 'inner'])
    expect(fragment.notes['1']?.text).toBe('why')
    expect(fragment.groups['1']?.title).toBe('Both')
  })
  test('what is copied comes back from its text', () => {
    const fragment = copyFragment(workflow, workflow, { ...none, nodes: ['2'] })
    expect(parseFragment(JSON.stringify(fragment))).toEqual(fragment)
  })
  test.each(['hello', '{', '{}', '{"format":"patchbay-fragment"}', '[1]'])('the text %s is no fragment', (text) => {
    expect(parseFragment(text)).toBeUndefined()
  })
  test('a fragment whose node has no values is none', () => {
    const fragment = { format: 'patchbay-fragment', nodes: { 1: { type: 'A' } }, layout: {}, notes: {}, groups: {} }
    expect(parseFragment(JSON.stringify({ ...fragment, workflows: {} }))).toBeUndefined()
  })
})

describe('pasting', () => {
  const both = copyFragment(workflow, workflow, { nodes: ['2', '3'], notes: ['1'], groups: ['1'] })

  test('gives fresh ids, keeps the links among the nodes and drops those from outside', () => {
    const pasted = pasteFragment(workflow, workflow, both, { x: 0, y: 0 })
    expect(pasted.nodes).toEqual(['5', '6'])
    expect(linksOf(pasted.graph).filter((link) => link.to === '6')).toMatchObject([{ from: '5' }])
    expect(linksOf(pasted.graph).filter((link) => link.to === '5')).toEqual([])
  })
  test('keeps links from outside where that is asked for and the node is there', () => {
    const pasted = pasteFragment(workflow, workflow, both, undefined, true)
    expect(linksOf(pasted.graph).filter((link) => link.to === '5')).toMatchObject([{ from: '1' }])
    const elsewhere = pasteFragment(workflow, { nodes: {} }, both, undefined, true)
    expect(linksOf(elsewhere.graph).filter((link) => link.to === '1')).toEqual([])
  })
  test('puts the upper left corner of everything where it was asked to', () => {
    const { graph } = pasteFragment(workflow, workflow, both, { x: 0, y: 0 })
    expect(graph.layout?.groups?.['2']).toMatchObject({ x: 0, y: 0 })
    expect(graph.layout?.nodes?.['5']).toEqual({ x: 20, y: 20 })
    expect(graph.layout?.notes?.['2']).toMatchObject({ x: 10, y: 10 })
  })
  test('brings the sub-workflows that the document lacks, and leaves those it has', () => {
    const fragment = copyFragment(workflow, workflow, { ...none, nodes: ['4'] })
    const own = { nodes: { 9: instance('Own') }, inputs: {}, outputs: {} }
    const into = workflowOf({}, { workflows: { deep: own } })
    const pasted = pasteFragment(into, into, fragment, { x: 0, y: 0 })
    expect(Object.keys(pasted.workflow.workflows ?? {}).sort()).toEqual(['deep', 'inner'])
    expect(pasted.workflow.workflows?.['deep']).toBe(own)
  })
  test('a clone stands on its original and takes the same links from outside', () => {
    const { graph, nodes } = cloned(workflow, workflow, { ...none, nodes: ['2'] })
    expect(nodes).toEqual(['5'])
    expect(graph.layout?.nodes?.['5']).toEqual({ x: 100, y: 50 })
    expect(linksOf(graph).filter((link) => link.to === '5')).toMatchObject([{ from: '1' }])
  })
})
