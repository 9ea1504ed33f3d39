import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkDocument, mostIssues } from './check-document.ts'
import { parseWorkflow, parseWorkflowText } from './parse-workflow.ts'
import { serializeWorkflow } from '../workflow/index.ts'
import { anyWorkflow } from '../workflow/workflow.contract.ts'
import { workflowSchema } from './workflow-schema.ts'

const valid = {
  format: 'patchbay-workflow',
  version: 1,
  nodes: { '1': { type: 'Number', version: 1, values: { value: 1 }, links: {} } },
}
const problemsOf = (json: unknown) => {
  const parsed = parseWorkflow(json)
  return parsed.ok ? [] : parsed.issues.map(({ message }) => message)
}

test('the published schema is the one that documents are held to', async () => {
  await expect(`${JSON.stringify(workflowSchema, null, 2)}\n`).toMatchFileSnapshot('../../schema/workflow.schema.json')
})

test('whatever fits the schema comes back from its text the same', () => {
  fc.assert(
    fc.property(anyWorkflow, (workflow) => {
      expect(parseWorkflowText(serializeWorkflow(workflow))).toEqual({
        ok: true,
        workflow: JSON.parse(JSON.stringify(workflow)),
      })
    }),
  )
})

test('every mistake is told at once, each with its path', () => {
  const broken = {
    ...valid,
    colour: 1,
    nodes: {
      '1': { type: 'Number', version: '1', value: {}, links: {} },
      'a/b': { type: '', version: 0, values: {}, links: { in: { node: '1' }, other: { input: 'x' } } },
    },
  }
  const parsed = parseWorkflow(broken)
  expect(parsed.ok ? [] : parsed.issues.map(({ path, message }) => [path, message])).toEqual(
    expect.arrayContaining([
      ['colour', expect.stringContaining('no such field')],
      ['nodes.1', 'nodes.1: "values" is missing.'],
      ['nodes.1.value', 'nodes.1.value: there is no such field here; did you mean "values"?'],
      ['nodes.1.version', 'nodes.1.version: expected a whole number, but it is the text "1".'],
      ['nodes."a/b"', expect.stringContaining('"a/b" cannot be a name')],
      ['nodes."a/b".type', expect.stringContaining('an empty text')],
      ['nodes."a/b".version', 'nodes."a/b".version: expected a number >= 1, but it is 0.'],
      ['nodes."a/b".links.in', 'nodes."a/b".links.in: "output" is missing.'],
      ['nodes."a/b".links.other', 'nodes."a/b".links.other: "node" is missing.'],
    ]),
  )
})

test('an issue inside a node names the node and the input', () => {
  const parsed = parseWorkflow({ ...valid, nodes: { '7': { type: 'T', version: 1, values: {}, links: { model: 3 } } } })
  expect(parsed).toMatchObject({
    ok: false,
    issues: [{ node: '7', input: 'model', path: 'nodes.7.links.model', code: 'schema' }],
  })
})

test('a mistake in the JSON is told with its place', () => {
  expect(parseWorkflowText('{\n"format": }')).toMatchObject({
    ok: false,
    issues: [{ code: 'not-json', message: 'Line 2, column 11: Expected a value, but there is "}".' }],
  })
})

test('a 64-bit seed survives to the last digit', () => {
  const text = JSON.stringify(valid).replace('"value":1', '"seed":18446744073709551615')
  expect(parseWorkflowText(text)).toMatchObject({
    workflow: { nodes: { '1': { values: { seed: '18446744073709551615' } } } },
  })
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is refused as a name anywhere', (name) => {
  const nodes = JSON.parse(`{"${name}": {"type": "T", "version": 1, "values": {}, "links": {}}}`) as object
  expect(problemsOf({ ...valid, nodes })).not.toEqual([])
  const links = JSON.parse(`{"x": {"node": "${name}", "output": "y"}}`) as object
  expect(problemsOf({ ...valid, nodes: { a: { type: 'T', version: 1, values: {}, links } } })).not.toEqual([])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('a link to an input of the sub-workflow is refused outside of one, and taken inside', () => {
  const inner = { type: 'T', version: 1, values: {}, links: { in: { input: 'x' } } }
  expect(problemsOf({ ...valid, nodes: { a: inner } })).not.toEqual([])
  const workflows = { sub: { nodes: { a: inner }, inputs: { x: { like: { node: 'a', input: 'in' } } }, outputs: {} } }
  expect(problemsOf({ ...valid, workflows })).toEqual([])
})

test.each([
  [null, 'null'],
  [[], 'a list'],
  ['{}', 'the text "{}"'],
  [undefined, 'missing'],
])('%j is no document, and the sentence says what it is', (json, kind) => {
  expect(problemsOf(json).join()).toContain(kind)
})

test('a ComfyUI file is recognised as one', () => {
  expect(problemsOf({ '3': { class_type: 'KSampler', inputs: {} } }).join()).toContain('ComfyUI')
  expect(problemsOf({ nodes: [], links: [] }).join()).toContain('ComfyUI')
})

test('what JSON cannot carry is refused, loops and all', () => {
  const loop: Record<string, unknown> = { ...valid }
  loop['extra'] = loop
  expect(problemsOf(loop)).toEqual(['More than 64 levels of arrays and objects.'])
  for (const value of [NaN, Infinity, 10n, () => 1, Symbol('s')]) {
    expect(problemsOf({ ...valid, extra: { value } }).join()).toContain('Expected JSON')
  }
})

test('a document past the limits is refused', () => {
  const parsed = parseWorkflow({ ...valid, description: 'x'.repeat(1000) }, { length: 500, depth: 10, values: 100 })
  expect(parsed).toMatchObject({ ok: false, issues: [{ path: 'description' }] })
})

test('a document of more values than are read is refused', () => {
  const parsed = parseWorkflow(
    { ...valid, extra: { list: Array(200).fill(0) } },
    { length: 5000, depth: 10, values: 100 },
  )
  expect(parsed).toMatchObject({
    ok: false,
    issues: [{ message: expect.stringContaining('more than the 100 values') }],
  })
})

test('of thousands of mistakes the first are listed', () => {
  const nodes = Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [`n${i}`, { type: 'T', version: 0, values: {}, links: {} }]),
  )
  const problems = problemsOf({ ...valid, nodes })
  expect(problems).toHaveLength(201)
  expect(problems.at(-1)).toContain('the first 200 are listed')
})

const wrongNode = { type: 'T', version: 0, values: {}, links: {} }
const many = <T>(count: number, of: (index: number) => T) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, of(index)]))
const repeatedMistakes: readonly [string, (count: number) => object][] = [
  ['nodes', (count) => ({ nodes: many(count, () => wrongNode) })],
  ['empty nodes', (count) => ({ nodes: many(count, () => ({})) })],
  [
    'names of nodes',
    (count) => ({ nodes: Object.fromEntries(Array.from({ length: count }, (_, i) => [`a/${i}`, valid.nodes['1']])) }),
  ],
  ['fields of a node', (count) => ({ nodes: { a: { ...wrongNode, version: 1, ...many(count, () => 0) } } })],
  ['fields of the document', (count) => many(count, () => 0)],
  ['links', (count) => ({ nodes: { a: { ...wrongNode, links: many(count, () => 3) } } })],
  ['links of one input', (count) => ({ nodes: { a: { ...wrongNode, links: { in: Array(count).fill({}) } } } })],
  ['tags', (count) => ({ tags: Array(count).fill(0) })],
  ['places', (count) => ({ layout: { nodes: many(count, () => 'here') } })],
  ['sub-workflows', (count) => ({ workflows: many(count, () => ({})) })],
]

test.each(repeatedMistakes)('mistakes in %s are not gathered without end', (_what, documentOf) => {
  const checked = checkDocument({ ...valid, ...documentOf(20_000) })
  expect(checked.ok ? 0 : checked.errors.length).toBeGreaterThan(mostIssues)
  expect(checked.ok ? 0 : checked.errors.length).toBeLessThan(10 * mostIssues)
})

test('a later format is refused before its content is judged', () => {
  expect(problemsOf({ ...valid, version: 2, whatever: true })).toEqual([expect.stringContaining('later Patchbay')])
})
