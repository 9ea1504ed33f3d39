import { describe, expect, test } from 'vitest'
import {
  type ArtifactRef,
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  defineNode,
  Float,
  link,
  text,
  WorkflowBuilder,
} from '../index.ts'
import { add, arithmetic, choose, number, range, runWorkflow, show, sum } from '../testing.ts'

const turn = () => new Promise((resolve) => setTimeout(resolve, 1))
/** Gives back what it receives; fails on numbers from 10. */
const below10 = defineNode({
  type: 'Below10',
  version: 1,
  inputs: { value: link(Float), name: text() },
  outputs: { value: Float },
  run({ value }) {
    if (value >= 10) throw new RangeError(`${value} is too large`)
    return { value }
  },
})
const slow = defineNode({
  type: 'Slow',
  version: 1,
  inputs: { value: link(Float) },
  outputs: { value: Float },
  lane: 'gpu',
  async run({ value }) {
    await turn()
    return { value }
  },
})
const kept = (name: string): ArtifactRef => ({ hash: 'sha256:00', name, mime: 'text/plain', bytes: 1, kind: 'text' })
const keep = defineNode({
  type: 'Keep',
  version: 1,
  inputs: { value: link(Float), name: text(), breaksAfter: text() },
  outputs: {},
  sideEffect: true,
  lane: 'io',
  async run({ name, breaksAfter }, { artifact }) {
    await turn()
    artifact(kept(name))
    await turn()
    if (breaksAfter !== '') throw new Error(breaksAfter)
    return {}
  },
})
const unreadable = defineNode({
  type: 'Unreadable',
  version: 1,
  inputs: {},
  outputs: { value: Float },
  fingerprint: () => Promise.reject(new Error('no such file')),
  run: () => ({ value: 1 }),
})
const registry = createRegistry({ nodes: [...arithmetic, below10, slow, keep, unreadable] })
const run = (build: (w: WorkflowBuilder) => void, options: Parameters<typeof runWorkflow>[2] = {}) => {
  const w = new WorkflowBuilder()
  build(w)
  return runWorkflow(w.build(), registry, options)
}
const kinds = (log: Awaited<ReturnType<typeof run>>) => log.events.filter(({ type }) => type === 'node-artifact').length

describe('when a node fails', () => {
  test('what does not need it goes on, the run has failed, and what needs it is skipped', async () => {
    const log = await run((w) => {
      const source = w.add(number, { value: 12 }, { id: 'number' }).value
      const bad = w.add(below10, { value: source }, { id: 'bad' }).value
      w.add(show, { value: w.add(add, { a: bad }, { id: 'after' }).sum }, { id: 'lost' })
      w.add(keep, { value: w.add(slow, { value: source }).value, name: 'good.txt' }, { id: 'keep' })
    })
    expect(log.result).toMatchObject({
      state: 'failed',
      error: { nodeId: 'bad', message: 'Below10 (node bad): 12 is too large' },
    })
    expect(log.skipped).toEqual(['after', 'lost'])
    expect(log.events).toContainEqual({ type: 'node-artifact', node: 'keep', artifact: kept('good.txt') })
    expect(log.events.at(-1)).toMatchObject({ type: 'run-failed', error: { node: 'bad' } })
  })

  test('it is told at once, and each failure is', async () => {
    const log = await run((w) => {
      const source = w.add(number, { value: 12 }).value
      w.add(show, { value: w.add(below10, { value: source, name: 'a' }, { id: 'a' }).value })
      w.add(show, {
        value: w.add(slow, { value: w.add(below10, { value: source, name: 'b' }, { id: 'b' }).value }).value,
      })
      w.add(keep, { value: w.add(slow, { value: source }).value }, { id: 'keep' })
    })
    const order = log.events.flatMap((event) =>
      event.type === 'node-failed' || event.type === 'node-artifact' ? [event.node] : [],
    )
    expect(order).toEqual(['a', 'b', 'keep'])
    expect(log.result.state === 'failed' && log.result.errors.map(({ nodeId }) => nodeId)).toEqual(['a', 'b'])
  })

  test('a file that it had kept is told all the same', async () => {
    const log = await run((w) => {
      const source = w.add(number, { value: 12 }).value
      w.add(keep, { value: source, name: 'half.txt', breaksAfter: 'disk full' }, { id: 'keep' })
      w.add(show, { value: w.add(below10, { value: source }).value })
    })
    expect(log.events).toContainEqual({ type: 'node-artifact', node: 'keep', artifact: kept('half.txt') })
  })

  test('no list goes on without what it would have given', async () => {
    const log = await run((w) => {
      const bad = w.add(below10, { value: w.add(number, { value: 12 }).value }).value
      const good = w.add(below10, { value: w.add(number, { value: 1 }).value }).value
      w.result('sum', w.add(sum, { numbers: [good, bad] }, { id: 'sum' }).sum)
    })
    expect([log.result.state, log.skipped]).toEqual(['failed', ['sum']])
  })

  test('nothing is computed that only it would have needed', async () => {
    const log = await run(
      (w) => {
        const bad = w.add(below10, { value: w.add(number, { value: 12 }).value }, { id: 'bad' }).value
        let other = w.add(number, { value: 3 }, { id: 'three' }).value
        for (let index = 0; index < 5; index++) other = w.add(slow, { value: other }, { id: `slow${index}` }).value
        w.add(show, { value: w.add(add, { a: bad, b: other }).sum }, { id: 'lost' })
        w.add(keep, { value: w.add(number, { value: 4 }).value }, { id: 'keep' })
      },
      { lanes: { gpu: 1 } },
    )
    expect(log.started).not.toContain('slow4')
    expect(kinds(log)).toBe(1)
  })

  test('an element of a list, an asked-for input or a loop that needs it fails with it', async () => {
    const log = await run((w) => {
      const many = w.add(range, { count: 12 }).numbers
      const bad = w.add(below10, { value: many }, { id: 'bad' }).value
      w.result(
        'asked',
        w.add(choose, { a: w.add(sum, { numbers: bad }).sum, b: w.add(number).value }, { id: 'choose' }).value,
      )
      w.add(show, { value: w.add(number, { value: 7 }).value }, { id: 'goes on' })
    })
    expect(log.result).toMatchObject({ state: 'failed', error: { message: 'Below10 (node bad): 10 is too large' } })
    expect(log.skipped).toContain('choose')
    expect(log.shown).toEqual({ 'goes on': { value: 7 } })
  })

  test('before it has begun, since what it reads cannot be read, the others go on too', async () => {
    const log = await run((w) => {
      w.add(show, { value: w.add(unreadable, {}, { id: 'unreadable' }).value })
      w.add(show, { value: w.add(number, { value: 7 }).value }, { id: 'goes on' })
    })
    expect(log.result).toMatchObject({ state: 'failed', error: { code: 'fingerprint-failed', nodeId: 'unreadable' } })
    expect(log.shown).toEqual({ 'goes on': { value: 7 } })
  })

  test('what went on is remembered, and what failed is tried again', async () => {
    const memo = createMemo(createMemoryMemoStore())
    const build = (w: WorkflowBuilder) => {
      const source = w.add(number, { value: 12 }, { id: 'number' }).value
      w.result('bad', w.add(below10, { value: source }, { id: 'bad' }).value)
      w.result('good', w.add(slow, { value: source }, { id: 'good' }).value)
    }
    await run(build, { memo })
    const again = await run(build, { memo })
    expect([again.started, again.reused.toSorted()]).toEqual([['bad'], ['good', 'number']])
  })
})
