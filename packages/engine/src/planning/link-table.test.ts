import { describe, expect, test } from 'vitest'
import { createRegistry, execute, validateWorkflow, WorkflowBuilder } from '../index.ts'
import { LinkTable } from './link-table.ts'
import { NodeRuns } from '../running/node-runs.ts'
import type { Plan } from './plan.ts'
import { add, choose, number, show } from '../testing/arithmetic.ts'

async function planOf(w: WorkflowBuilder): Promise<Plan> {
  const validated = await validateWorkflow(w.build(), createRegistry({ nodes: [number, add, choose, show] }))
  if (!validated.ok) throw new Error('not as expected')
  return validated.plan
}

function feedersOf(links: LinkTable, rank: number): string[] {
  const feeders: string[] = []
  for (let link = links.begin(rank); link < links.end(rank); link++) {
    expect(links.fed(link)).toBe(rank)
    feeders.push(`${links.feeder(link)}${links.isLazy(link) ? ' when asked' : ''}`)
  }
  return feeders
}

describe('the table of links', () => {
  test('knows what feeds each node, and which inputs ask later', async () => {
    const w = new WorkflowBuilder()
    const one = w.add(number, { value: 1 })
    const both = w.add(add, { a: one.value, b: one.value })
    w.add(show, { value: w.add(choose, { a: both.sum, b: one.value }).value })
    const { nodes, links } = await planOf(w)
    const byType = Object.fromEntries(nodes.map(({ rank, definition }) => [definition.type, feedersOf(links, rank)]))
    expect(byType).toEqual({
      Number: [],
      Add: ['0', '0'],
      Choose: ['1 when asked', '0 when asked'],
      Show: ['2'],
    })
    expect(nodes.map(({ rank }) => links.usesOf(rank))).toEqual([3, 1, 1, 0])
  })

  test('of a run is a copy: what the run uses up, its plan keeps', async () => {
    const w = new WorkflowBuilder()
    w.add(show, { value: w.add(number, { value: 1 }).value })
    const plan = await planOf(w)
    const copy = new LinkTable(plan.links)
    expect([copy.unuse(0), copy.usesOf(0), plan.links.usesOf(0)]).toEqual([0, 0, 1])
  })

  test('grows with the nodes that it takes in', async () => {
    const w = new WorkflowBuilder()
    let value = w.add(number, { value: 1 }).value
    for (let count = 0; count < 500; count++) value = w.add(add, { a: value, b: value }).sum
    w.add(show, { value: w.add(number, { value: 1 }).value })
    w.add(show, { value })
    const { links, nodes } = await planOf(w)
    const first = nodes.findIndex(({ inputs }) => inputs.length === 2)
    expect(nodes.slice(first, first + 500).map(({ rank }) => feedersOf(links, rank))).toEqual(
      Array.from({ length: 500 }, (_, index) => [`${first + index - 1}`, `${first + index - 1}`]),
    )
  })
})

test('a run has a state only for nodes of which its plan does not tell all', async () => {
  const w = new WorkflowBuilder()
  w.add(show, { value: w.add(number, { value: 1 }).value })
  const plan = await planOf(w)
  const runs = new NodeRuns(plan)
  expect(runs.known()).toEqual([])
  expect(plan.nodes.map((node) => runs.fingerprintAt(node.rank)?.length)).toEqual([43, 43])
  expect(runs.known()).toEqual([])
  expect((await execute(plan).result).state).toBe('succeeded')
})
