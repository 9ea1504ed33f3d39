import { describe, expect, test } from 'vitest'
import { instance, pictureWorkflow, workflowOf } from '../../testing/manifests.ts'
import { linksOf } from './links.ts'
import { extractSubWorkflow, freeName, freeSubWorkflowName, unpackSubWorkflow } from './sub-workflow.ts'
import { withGraph } from './graph.ts'

const boxes = new Map([['3', { x: 300, y: 0, width: 260, height: 200 }]])
const extracted = extractSubWorkflow(pictureWorkflow, pictureWorkflow, ['3'], boxes, 'Sampling')
const document = withGraph(extracted.workflow, [], extracted.graph)

describe('making a sub-workflow of nodes', () => {
  test('one node stands for them, fed by what fed them', () => {
    expect(extracted.graph.nodes[extracted.node]).toMatchObject({
      type: 'workflow:Sampling',
      links: { model: { node: '1', output: 'model' }, positive: { node: '2', output: 'conditioning' } },
    })
  })
  test('what went out of them goes out of that node', () => {
    expect(linksOf(extracted.graph).find((link) => link.to === '4')).toMatchObject({
      from: extracted.node,
      output: 'image',
    })
  })
  test('inside, links from outside are inputs of the sub-workflow, and values stay', () => {
    expect(document.workflows?.['Sampling']?.nodes['3']).toMatchObject({
      values: { seed: 7 },
      links: { model: { input: 'model' }, positive: { input: 'positive' } },
    })
  })
  test('two inputs fed by one output share one input of the sub-workflow', () => {
    const twice = workflowOf({
      1: instance('A'),
      2: instance('B', { links: { a: { node: '1', output: 'x' }, b: { node: '1', output: 'x' } } }),
    })
    const { workflow } = extractSubWorkflow(twice, twice, ['2'], new Map(), 'Inner')
    expect(Object.keys(workflow.workflows?.['Inner']?.inputs ?? {})).toEqual(['a'])
  })
})

describe('unpacking it again', () => {
  const unpacked = unpackSubWorkflow(document, extracted.graph, extracted.node)

  test('links the nodes as they were before', () => {
    const [inner] = Object.entries(unpacked?.graph.nodes ?? {}).filter(([, node]) => node.type === 'Sample')
    const links = linksOf(unpacked?.graph ?? { nodes: {} })
    expect(links.filter((link) => link.to === inner?.[0]).map((link) => [link.from, link.input])).toEqual([
      ['1', 'model'],
      ['2', 'positive'],
    ])
    expect(links.find((link) => link.to === '4')?.from).toBe(inner?.[0])
  })
  test('a value of the standing node goes to the node inside', () => {
    const given = workflowOf(
      { 1: instance('workflow:inner', { values: { size: 5 } }) },
      {
        workflows: {
          inner: {
            nodes: { 1: instance('A', { links: { size: { input: 'size' } } }) },
            inputs: { size: { like: { node: '1', input: 'size' } } },
            outputs: {},
          },
        },
      },
    )
    const graph = unpackSubWorkflow(given, given, '1')?.graph
    expect(Object.values(graph?.nodes ?? {})).toEqual([expect.objectContaining({ type: 'A', values: { size: 5 } })])
  })
  test('of a node that stands for none is nothing', () => {
    expect(unpackSubWorkflow(pictureWorkflow, pictureWorkflow, '1')).toBeUndefined()
  })
})

test('names of sub-workflows are free, and hold no slash', () => {
  expect(freeSubWorkflowName(document, 'Sampling')).toBe('Sampling 2')
  expect(freeSubWorkflowName(document, ' a/b ')).toBe('a-b')
  expect(freeSubWorkflowName(document, '  ')).toBe('sub-workflow')
})

test('a name that is taken gets the next number', () => {
  expect(freeName({ size: 1, size2: 1 }, 'size')).toBe('size3')
})
