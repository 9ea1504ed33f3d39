import { describe, expect, test } from 'vitest'
import type { Box, NodeInstance, Workflow } from '@patchbay/engine/workflow'
import { emptyWorkflow, type Graph } from './graph.ts'
import { align, distribute } from './arrange.ts'
import { copyFragment, parseFragment, pasteFragment } from './clipboard.ts'
import { circleThrough, connect, disconnect, linksOf } from './links.ts'
import { removeNodes, toggleMode } from './nodes.ts'
import { setParameter } from './parameters.ts'
import { extractSubWorkflow, unpackSubWorkflow } from './sub-workflow.ts'

function node(links: NodeInstance['links'] = {}, values: NodeInstance['values'] = {}): NodeInstance {
  return { type: 'Add', version: 1, values, links }
}
const from = (id: string) => ({ node: id, output: 'sum' })

/** 1 → 2 → 3, and 1 → 3. */
function chain(): Workflow {
  return {
    ...emptyWorkflow(),
    nodes: { '1': node({}, { a: 1 }), '2': node({ a: from('1') }), '3': node({ a: from('2'), b: from('1') }) },
    layout: { nodes: { '1': { x: 0, y: 0 }, '2': { x: 300, y: 0 }, '3': { x: 600, y: 0 } } },
  }
}

describe('links', () => {
  test('a second link replaces the first, except on an input that takes several', () => {
    const replaced = connect(chain(), from('1'), { node: '3', input: 'a', list: false })
    expect(replaced.nodes['3']?.links['a']).toEqual(from('1'))
    const added = connect(chain(), from('1'), { node: '3', input: 'a', list: true })
    expect(added.nodes['3']?.links['a']).toEqual([from('2'), from('1')])
  })

  test('taking one of several links away keeps the others', () => {
    const several = connect(chain(), from('1'), { node: '3', input: 'a', list: true })
    const [first] = linksOf(several).filter((link) => link.to === '3' && link.input === 'a')
    expect(first && disconnect(several, first).nodes['3']?.links['a']).toEqual([from('1')])
  })

  test('a link that would close a circle is found, with its nodes', () => {
    expect(circleThrough(chain(), '3', '1')?.length).toBeGreaterThan(2)
    expect(circleThrough(chain(), '1', '3')).toBeUndefined()
  })
})

describe('removing nodes', () => {
  test('takes their links and places along', () => {
    const graph = removeNodes(chain(), ['1'])
    expect(graph.nodes['3']?.links).toEqual({ a: from('2') })
    expect(graph.layout?.nodes).not.toHaveProperty('1')
  })

  test('can keep the chain whole', () => {
    expect(removeNodes(chain(), ['2'], () => 'a').nodes['3']?.links['a']).toEqual(from('1'))
  })
})

test('muting a selection twice gives it back as it was', () => {
  const once = toggleMode(chain(), ['1', '2'], 'muted')
  expect(once.nodes['1']?.mode).toBe('muted')
  expect(toggleMode(once, ['1', '2'], 'muted').nodes).toEqual(chain().nodes)
})

describe('copying', () => {
  test('keeps links among the copies, gives fresh ids and the place of the pointer', () => {
    const workflow = chain()
    const text = JSON.stringify(copyFragment(workflow, workflow, { nodes: ['2', '3'], notes: [], groups: [] }))
    const fragment = parseFragment(text)
    if (!fragment) throw new Error('what was copied must be read again')
    const pasted = pasteFragment(workflow, workflow, fragment, { x: 1000, y: 500 })
    expect(pasted.nodes).toEqual(['4', '5'])
    expect(pasted.graph.nodes['5']?.links).toEqual({ a: from('4') })
    expect(pasted.graph.layout?.nodes?.['4']).toEqual({ x: 1000, y: 500 })
    expect(pasted.graph.layout?.nodes?.['5']).toEqual({ x: 1300, y: 500 })
  })

  test('can keep links from nodes that were not copied', () => {
    const workflow = chain()
    const fragment = copyFragment(workflow, workflow, { nodes: ['3'], notes: [], groups: [] })
    expect(pasteFragment(workflow, workflow, fragment, { x: 0, y: 0 }, true).graph.nodes['4']?.links).toEqual({
      a: from('2'),
      b: from('1'),
    })
  })

  test('other text is not taken for nodes', () => {
    expect(parseFragment('hello')).toBeUndefined()
    expect(parseFragment('{"format":"patchbay-fragment"}')).toBeUndefined()
    expect(
      parseFragment(
        '{"format":"patchbay-fragment","nodes":{"1":{}},"layout":{},"notes":{},"groups":{},"workflows":{}}',
      ),
    ).toBeUndefined()
  })
})

describe('sub-workflows', () => {
  const boxes = new Map<string, Box>([['2', { x: 300, y: 0, width: 260, height: 100 }]])

  test('what is extracted is linked as it was, through inputs and outputs', () => {
    const workflow = chain()
    const { workflow: next, graph, node: stand } = extractSubWorkflow(workflow, workflow, ['2'], boxes, 'middle')
    expect(graph.nodes[stand]).toMatchObject({ type: 'workflow:middle', links: { a: from('1') } })
    expect(graph.nodes['3']?.links['a']).toEqual({ node: stand, output: 'sum' })
    expect(next.workflows?.['middle']).toMatchObject({
      inputs: { a: { like: { node: '2', input: 'a' } } },
      outputs: { sum: from('2') },
      nodes: { '2': { links: { a: { input: 'a' } } } },
    })
  })

  test('one source that feeds two inner inputs becomes one input', () => {
    const workflow = chain()
    const { workflow: next } = extractSubWorkflow(workflow, workflow, ['2', '3'], boxes, 'both')
    expect(Object.keys(next.workflows?.['both']?.inputs ?? {})).toEqual(['a'])
  })

  test('unpacking gives the same graph again, but for ids', () => {
    const workflow = chain()
    const packed = extractSubWorkflow(workflow, workflow, ['2'], boxes, 'middle')
    const graph: Graph = { ...packed.graph }
    const unpacked = unpackSubWorkflow(packed.workflow, graph, packed.node)
    const inner = unpacked?.node ?? ''
    expect(unpacked?.graph.nodes[inner]?.links).toEqual({ a: from('1') })
    expect(unpacked?.graph.nodes['3']?.links['a']).toEqual(from(inner))
    expect(Object.keys(unpacked?.graph.nodes ?? {})).toHaveLength(3)
  })
})

describe('arranging', () => {
  const boxes = new Map<string, Box>([
    ['1', { x: 0, y: 0, width: 100, height: 50 }],
    ['2', { x: 130, y: 20, width: 100, height: 30 }],
    ['3', { x: 500, y: 70, width: 100, height: 40 }],
  ])

  test('aligning puts edges on one line', () => {
    expect([...align(boxes, 'right').values()].map(({ x }) => x)).toEqual([500, 500, 500])
    expect([...align(boxes, 'top').values()].map(({ y }) => y)).toEqual([0, 0, 0])
  })

  test('distributing makes gaps equal and keeps the outermost', () => {
    expect([...distribute(boxes, 'x').values()].map(({ x }) => x)).toEqual([0, 250, 500])
  })
})

test('an input chosen for the app view is a parameter of the workflow, until it is taken out', () => {
  const chosen = setParameter(chain(), '1', 'a', 'A', true)
  expect(chosen.parameters).toEqual({ a: { node: '1', input: 'a', label: 'A' } })
  expect(setParameter(chosen, '1', 'a', 'A', false)).toEqual(chain())
})
