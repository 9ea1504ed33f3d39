import { expect, test } from 'vitest'
import {
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  type Memo,
  type NodeInstance,
  type NodeLink,
  type Workflow,
} from '../index.ts'
import { arithmetic, runWorkflow } from '../testing.ts'

const registry = createRegistry({ nodes: arithmetic })
const seed = Number(process.env['PATCHBAY_FUZZ_SEED'] ?? 20_261_122)
/** Each is edited so often, and each edit is a workflow of its own. */
const documents = 420
const editsEach = 5

/** Mulberry32 by Tommy Ettinger: 32 bits of state are plenty to draw small graphs. */
function generator(state: number) {
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
type Draw = ReturnType<typeof generator>

/** What each kind of node computes, on lists of numbers: every value is a list, and a single number a list of one. */
type Value = { readonly list: boolean; readonly numbers: readonly number[] }
const single = (value: number): Value => ({ list: false, numbers: [value] })
const outputOf: Readonly<Record<string, string>> = {
  Number: 'value',
  Add: 'sum',
  AddLater: 'sum',
  Multiply: 'product',
  Sum: 'sum',
  Range: 'numbers',
  Choose: 'value',
}

function mapped(values: readonly Value[], compute: (numbers: readonly number[]) => number): Value {
  const lists = values.filter(({ list }) => list)
  const isEmpty = lists.some(({ numbers }) => numbers.length === 0)
  const turns = isEmpty ? 0 : Math.max(1, ...lists.map(({ numbers }) => numbers.length))
  const at = (value: Value, turn: number) => value.numbers[Math.min(turn, value.numbers.length - 1)] ?? NaN
  const numbers = Array.from({ length: turns }, (_, turn) => compute(values.map((value) => at(value, turn))))
  return { list: lists.length > 0, numbers }
}

/** The naive oracle: computes every node from scratch, each time it is needed, by recursion. */
function oracle(nodes: Workflow['nodes'], id: string): Value {
  const node = nodes[id]
  if (!node) throw new Error(`no node ${id}`)
  const links = (input: string): Value[] =>
    [node.links[input] ?? []].flat().map((link) => oracle(nodes, (link as NodeLink).node))
  const value = (input: string): Value => links(input)[0] ?? single(Number(node.values[input] ?? 1))
  switch (node.type) {
    case 'Number':
      return single(Number(node.values['value']))
    case 'Add':
    case 'AddLater':
      return mapped([value('a'), value('b')], ([a = 0, b = 0]) => a + b)
    case 'Multiply':
      return mapped([value('a'), value('b')], ([a = 0, b = 0]) => a * b)
    case 'Sum':
      return single(
        links('numbers')
          .flatMap(({ numbers }) => numbers)
          .reduce((total, one) => total + one, 0),
      )
    case 'Range':
      return { list: true, numbers: Array.from({ length: Number(node.values['count']) }, (_, index) => index) }
    case 'Choose':
      return node.values['first'] === true ? value('a') : value('b')
    default:
      throw new Error(`no oracle for ${node.type}`)
  }
}

function randomNode(draw: Draw, earlier: readonly string[], typeOf: (id: string) => string): NodeInstance {
  const link = (): NodeLink => {
    const node = earlier[draw(earlier.length)] ?? ''
    return { node, output: outputOf[typeOf(node)] ?? '' }
  }
  const node = (type: string, values: NodeInstance['values'], links: NodeInstance['links'] = {}): NodeInstance => ({
    type,
    version: 1,
    values,
    links,
  })
  // Values are few, so that nodes that are the same as another are common.
  const kind = earlier.length === 0 ? 0 : draw(8)
  if (kind === 0) return node('Number', { value: draw(4) })
  if (kind === 1) return node('Range', { count: 1 + draw(3) })
  if (kind === 2) return node('Sum', {}, { numbers: Array.from({ length: 1 + draw(3) }, link) })
  if (kind === 3) return node('Choose', { first: draw(2) === 0 }, { a: link(), b: link() })
  const type = ['Add', 'Multiply', 'AddLater', 'Add'][kind - 4] ?? 'Add'
  return draw(2) === 0 ? node(type, { b: draw(3) }, { a: link() }) : node(type, {}, { a: link(), b: link() })
}

function randomNodes(draw: Draw): Record<string, NodeInstance> {
  const nodes: Record<string, NodeInstance> = {}
  const count = 2 + draw(11)
  for (let index = 0; index < count; index++) nodes[`n${index}`] = nodeAt(draw, nodes, index)
  return nodes
}

function nodeAt(draw: Draw, nodes: Readonly<Record<string, NodeInstance>>, index: number): NodeInstance {
  const earlier = Array.from({ length: index }, (_, before) => `n${before}`)
  return randomNode(draw, earlier, (id) => nodes[id]?.type ?? '')
}

/** Another node in the place of one; links to it follow the name of its output. */
function edited(draw: Draw, nodes: Readonly<Record<string, NodeInstance>>): Record<string, NodeInstance> {
  const changed = { ...nodes }
  const index = draw(Object.keys(nodes).length)
  changed[`n${index}`] = nodeAt(draw, changed, index)
  const renamed = (link: NodeLink): NodeLink => ({
    node: link.node,
    output: outputOf[changed[link.node]?.type ?? ''] ?? '',
  })
  for (const [id, node] of Object.entries(changed)) {
    const links = Object.entries(node.links).map(([input, linked]) => [
      input,
      Array.isArray(linked) ? linked.map((link: NodeLink) => renamed(link)) : renamed(linked as NodeLink),
    ])
    changed[id] = { ...node, links: Object.fromEntries(links) as NodeInstance['links'] }
  }
  return changed
}

async function compare(nodes: Record<string, NodeInstance>, memo: Memo, title: string): Promise<number> {
  const results = Object.fromEntries(
    Object.entries(nodes)
      .slice(-2)
      .map(([id, { type }]) => [id, { node: id, output: outputOf[type] ?? '' }]),
  )
  const workflow: Workflow = { format: 'patchbay-workflow', version: 1, nodes, results }
  const { result } = await runWorkflow(workflow, registry, { memo, lanes: { cpu: 2 } })
  if (result.state !== 'succeeded')
    throw new Error(`${title}: ${result.state === 'failed' ? result.error.message : ''}`)
  for (const id of Object.keys(results)) {
    const { list, numbers } = oracle(nodes, id)
    expect(result.results[id], `${title}, ${id} of ${JSON.stringify(nodes)}`).toEqual(list ? numbers : numbers[0])
  }
  return result.reused
}

test(`random workflows and edits of them give what a naive computation gives (seed ${seed})`, async () => {
  const draw = generator(seed)
  let compared = 0
  let reused = 0
  for (let document = 0; document < documents; document++) {
    // A small memo for some, so that what was forgotten is computed again.
    const memo = createMemo(createMemoryMemoStore({ maxBytes: document % 3 === 0 ? 1500 : 2 ** 20 }))
    let nodes = randomNodes(draw)
    for (let edit = 0; edit < editsEach; edit++) {
      reused += await compare(nodes, memo, `document ${document}, edit ${edit}`)
      compared++
      nodes = edited(draw, nodes)
    }
  }
  expect(compared).toBeGreaterThanOrEqual(2000)
  // Comparing runs that reuse nothing would show nothing.
  expect(reused).toBeGreaterThan(compared)
}, 240_000)
