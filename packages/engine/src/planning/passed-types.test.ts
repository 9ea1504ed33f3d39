import { expect, test } from 'vitest'
import {
  AnyType,
  createRegistry,
  defineNode,
  lazyLink,
  link,
  Text,
  toggle,
  validateWorkflow,
  WorkflowBuilder,
} from '../index.ts'
import { add, arithmetic, number, show, written } from '../testing.ts'

const either = defineNode({
  type: 'Either',
  version: 1,
  inputs: { first: toggle({ default: true }), a: lazyLink(AnyType), b: lazyLink(AnyType) },
  outputs: { value: AnyType },
  passesOn: { value: ['a', 'b'] },
  run: async ({ first, a, b }) => ({ value: first ? await a() : await b() }),
})
const seen: unknown[] = []
const looking = defineNode({
  type: 'Looking',
  version: 1,
  inputs: { what: link(AnyType) },
  outputs: {},
  sideEffect: true,
  validate({ types }) {
    seen.push(types)
    return []
  },
  run: () => ({}),
})
const registry = createRegistry({ nodes: [...arithmetic, either, looking] })

async function issuesOf(build: (w: WorkflowBuilder) => void): Promise<readonly string[]> {
  const w = new WorkflowBuilder()
  build(w)
  const checked = await validateWorkflow(w.build(), registry)
  return checked.ok ? [] : checked.issues.map(({ message }) => message)
}

test('a node that passes a value on does not hide its type, however many of them stand in a row', async () => {
  const issues = await issuesOf((w) => {
    const a = w.add(number).value
    const b = w.add(written, { value: a }).text
    const inner = w.add(either, { a, b }, { id: 'inner' }).value
    w.add(show, { value: w.add(add, { a: w.add(either, { a, b: inner }).value }, { id: 'add' }).sum })
  })
  expect(issues).toHaveLength(1)
  expect(issues[0]).toContain('node add')
  expect(issues[0]).toContain('"text"')
})

test('what fits on every way is taken, and what is not known is taken too', async () => {
  expect(
    await issuesOf((w) => {
      const a = w.add(number).value
      w.add(show, { value: w.add(either, { a, b: w.add(add, { a }).sum }).value })
    }),
  ).toEqual([])
})

test('a definition sees the types of its links', async () => {
  await issuesOf((w) => {
    w.add(looking, { what: w.add(written, { value: w.add(number).value }).text })
  })
  expect(seen).toEqual([{ what: [Text.name] }])
})
