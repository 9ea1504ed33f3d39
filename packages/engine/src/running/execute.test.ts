import { describe, expect, test } from 'vitest'
import {
  alwaysChanged,
  type AnyNodeDefinition,
  coercion,
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  defineNode,
  type ExecuteOptions,
  file,
  Float,
  float,
  lazyLink,
  link,
  listOf,
  type OutputRef,
  seed,
  socketType,
  Text,
  WorkflowBuilder,
} from '../index.ts'
import {
  add,
  arithmetic,
  atLeast,
  choose,
  multiply,
  number,
  range,
  runWorkflow,
  show,
  sum,
  written,
} from '../testing.ts'

const freshMemo = () => createMemo(createMemoryMemoStore())
function runOf(
  build: (w: WorkflowBuilder) => void,
  options: ExecuteOptions & { targets?: string[] } = {},
  nodes: AnyNodeDefinition[] = [],
) {
  const w = new WorkflowBuilder()
  build(w)
  return runWorkflow(w.build(), createRegistry({ nodes: [...arithmetic, ...nodes] }), options)
}
const results = ({ result }: { result: { state: string } }) => ('results' in result ? result.results : result)

describe('a run', () => {
  test('computes what its side effects need, and nothing else', async () => {
    const log = await runOf((w) => {
      const { value } = w.add(number, { value: 3 }, { id: 'three' })
      w.add(number, { value: 5 }, { id: 'unused' })
      w.add(show, { value: w.add(add, { a: value, b: 4 }, { id: 'add' }).sum }, { id: 'show' })
    })
    expect(log.started).toEqual(['three', 'add', 'show'])
    expect(log.shown).toEqual({ show: { value: 7 } })
    expect(log.events[0]).toEqual({ type: 'run-started', nodes: 3 })
    expect(log.events.at(-1)).toMatchObject({ type: 'run-succeeded', ran: 3, reused: 0 })
  })

  test('of chosen nodes computes those alone', async () => {
    const log = await runOf(
      (w) => {
        const one = w.add(number, { value: 1 }, { id: 'one' }).value
        const two = w.add(add, { a: one }, { id: 'two' }).sum
        w.add(show, { value: w.add(add, { a: two }, { id: 'three' }).sum })
      },
      { targets: ['two'] },
    )
    expect(log.started).toEqual(['one', 'two'])
    expect(log.result.state === 'succeeded' && log.result.outputs.get('two')).toEqual({ sum: 2 })
  })

  test('finishes one branch before it begins the next', async () => {
    const log = await runOf((w) => {
      for (const name of ['a', 'b']) {
        const { value } = w.add(number, { value: name.length }, { id: `${name}1` })
        w.add(
          show,
          { value: w.add(multiply, { a: value, b: name.charCodeAt(0) }, { id: `${name}2` }).product },
          { id: `${name}3` },
        )
      }
    })
    // `b1` is the same node as `a1`, so it is not computed again.
    expect(log.started).toEqual(['a1', 'a2', 'a3', 'b2', 'b3'])
    expect(log.reused).toEqual(['b1'])
  })

  test('converts what crosses socket types', async () => {
    const Celsius = socketType<'celsius', number>('celsius')
    const Kelvin = socketType<'kelvin', number>('kelvin')
    const measure = defineNode({
      type: 'Measure',
      version: 1,
      inputs: {},
      outputs: { all: listOf(Celsius) },
      run: () => ({ all: [0, 10] }),
    })
    const tell = defineNode({
      type: 'Tell',
      version: 1,
      inputs: { kelvin: link(Kelvin) },
      outputs: { text: Text },
      run: ({ kelvin }) => ({ text: `${kelvin} K` }),
    })
    const w = new WorkflowBuilder()
    const all: OutputRef<never> = { link: w.add(measure).all.link }
    w.result('texts', w.add(tell, { kelvin: all }).text)
    const registry = createRegistry({
      nodes: [measure, tell],
      coercions: [coercion(Celsius, Kelvin, (celsius) => Promise.resolve(celsius + 273))],
    })
    expect(results(await runWorkflow(w.build(), registry))).toEqual({ texts: ['273 K', '283 K'] })
  })

  test('gives a seed past 2^53 exactly', async () => {
    const exact = defineNode({
      type: 'Exact',
      version: 1,
      inputs: { seed: seed() },
      outputs: { text: Text },
      run: (inputs) => ({ text: String(inputs.seed) }),
    })
    const log = await runOf((w) => w.result('text', w.add(exact, { seed: 2n ** 64n - 1n }).text), {}, [exact])
    expect(results(log)).toEqual({ text: '18446744073709551615' })
  })

  test('tells a plain node in at most 250 bytes', async () => {
    const log = await runOf((w) => {
      let { value }: { value: OutputRef<'float'> } = w.add(number)
      for (let count = 0; count < 100; count++)
        value = w.add(add, { a: value }, { id: `a-rather-long-id-${count}` }).sum
      w.result('value', value)
    })
    expect(JSON.stringify(log.events).length / 101).toBeLessThan(250)
  })
})

describe('lazy inputs', () => {
  test('that are not asked for never run', async () => {
    const log = await runOf((w) => {
      const a = w.add(number, { value: 1 }, { id: 'a' }).value
      const b = w.add(number, { value: 2 }, { id: 'b' }).value
      w.add(show, { value: w.add(choose, { first: false, a, b }, { id: 'choose' }).value }, { id: 'show' })
    })
    expect(log.started).toEqual(['choose', 'b', 'show'])
    expect(log.shown).toEqual({ show: { value: 2 } })
  })

  test('do not keep their node in its lane, so a lane of one cannot lock', async () => {
    const log = await runOf(
      (w) => {
        let { value }: { value: OutputRef<'float'> } = w.add(number, { value: 5 })
        for (let depth = 0; depth < 20; depth++) value = w.add(choose, { a: value, b: value }).value
        w.result('value', value)
      },
      { lanes: { cpu: 1 } },
    )
    expect(results(log)).toEqual({ value: 5 })
  })

  test('that give a list map their node over it', async () => {
    const log = await runOf((w) => {
      const { numbers } = w.add(range, { count: 3 })
      w.result('all', w.add(choose, { a: numbers, b: numbers }).value)
    })
    expect(results(log)).toEqual({ all: [0, 1, 2] })
  })

  test('asked for together run together', async () => {
    const both = defineNode({
      type: 'Both',
      version: 1,
      inputs: { a: lazyLink(Float), b: lazyLink(Float), c: lazyLink(Float, { optional: true }) },
      outputs: { sum: Float },
      async run({ a, b, c }) {
        const [x, y] = await Promise.all([a(), b()])
        return { sum: x + y + (c ? 100 : 0) }
      },
    })
    const log = await runOf(
      (w) =>
        w.result(
          'sum',
          w.add(both, { a: w.add(number, { value: 1 }).value, b: w.add(number, { value: 2 }).value }).sum,
        ),
      { lanes: { cpu: 1 } },
      [both],
    )
    expect(results(log)).toEqual({ sum: 3 })
  })
})

describe('lists', () => {
  test('map a node that takes one value at a time; shorter ones repeat their last', async () => {
    const log = await runOf((w) => {
      const long = w.add(range, { count: 4 }).numbers
      const short = w.add(range, { count: 2 }).numbers
      w.result('sums', w.add(add, { a: long, b: short }).sum)
      w.result('total', w.add(sum, { numbers: [long, w.add(number, { value: 100 }).value] }).sum)
    })
    expect(results(log)).toEqual({ sums: [0, 2, 3, 4], total: 106 })
  })

  test('that are empty give empty lists', async () => {
    const log = await runOf((w) => w.result('none', w.add(add, { a: w.add(range, { count: 0 }).numbers }).sum))
    expect(results(log)).toEqual({ none: [] })
  })
})

describe('blocking', () => {
  const branches = (reason: string) => (w: WorkflowBuilder) => {
    const blocked = w.add(atLeast, { value: w.add(number, { value: 1 }).value, least: 2, reason }, { id: 'gate' }).value
    w.add(show, { value: w.add(add, { a: blocked }, { id: 'after' }).sum }, { id: 'stopped' })
    w.add(show, { value: w.add(number, { value: 7 }, { id: 'other' }).value }, { id: 'goes on' })
  }

  test('stops what needs the value silently, and nothing else', async () => {
    const log = await runOf(branches(''))
    expect(log.result).toMatchObject({ state: 'succeeded', blocked: [] })
    expect(log.skipped).toEqual(['after', 'stopped'])
    expect(log.shown).toEqual({ 'goes on': { value: 7 } })
    expect(log.events).toContainEqual({ type: 'node-blocked', node: 'gate' })
  })

  test('tells a reason where one is given', async () => {
    const log = await runOf(branches('too small'))
    expect(log.result).toMatchObject({ state: 'succeeded', blocked: [{ node: 'gate', reason: 'too small' }] })
    expect(log.events).toContainEqual({ type: 'node-blocked', node: 'gate', reason: 'too small' })
  })

  test('of single elements leaves them out of lists', async () => {
    const log = await runOf((w) => {
      const large = w.add(atLeast, { value: w.add(range, { count: 5 }).numbers, least: 3 }).value
      w.result('sum', w.add(sum, { numbers: w.add(add, { a: large, b: 10 }).sum }).sum)
    })
    expect(results(log)).toEqual({ sum: 13 + 14 })
  })

  test('of what a lazy input asks for blocks who asks', async () => {
    const log = await runOf((w) => {
      const gate = w.add(atLeast, { value: w.add(number).value, least: 1 }).value
      w.add(show, { value: w.add(choose, { a: gate, b: gate }).value }, { id: 'show' })
    })
    expect(log.skipped).toEqual(['show'])
  })

  test('of everything that a run is for makes it fail, with the reason', async () => {
    const log = await runOf((w) => {
      const value = w.add(atLeast, { value: w.add(number).value, least: 1, reason: 'too small' }, { id: 'gate' }).value
      w.add(show, { value: w.add(add, { a: value }, { id: 'after' }).sum }, { id: 'show' })
    })
    const error = { code: 'blocked', nodeId: 'gate', message: expect.stringContaining('too small') as string }
    expect(log.result).toMatchObject({ state: 'failed', error })
    expect(log.events.at(-1)).toMatchObject({ type: 'run-failed', error: { code: 'blocked', node: 'gate' } })
    expect(log.events).toContainEqual({ type: 'node-skipped', node: 'after', reason: 'too small' })
  })

  test('does so for results that are named, for every element of a list, and without a reason too', async () => {
    const named = await runOf((w) => w.result('one', w.add(atLeast, { value: w.add(number).value, least: 1 }).value))
    expect(named.result).toMatchObject({ state: 'failed', error: { code: 'nothing-made' } })
    const mapped = await runOf((w) => {
      const numbers = w.add(atLeast, { value: w.add(range).numbers, least: 9, reason: 'small' }, { id: 'gate' }).value
      w.add(show, { value: numbers }, { id: 'show' })
    })
    expect(mapped.result).toMatchObject({ state: 'failed', error: { code: 'blocked', nodeId: 'gate' } })
    expect(mapped.skipped).toEqual(['show'])
  })

  test('tells its reason, and fails a run, when the node that blocks is remembered', async () => {
    const memo = freshMemo()
    const gated = (w: WorkflowBuilder) => {
      const value = w.add(atLeast, { value: w.add(number).value, least: 1, reason: 'too small' }, { id: 'gate' }).value
      w.add(show, { value }, { id: 'show' })
    }
    await runOf(gated, { memo })
    const again = await runOf(gated, { memo })
    expect(again.reused).toEqual(['gate'])
    expect(again.events).toContainEqual({ type: 'node-blocked', node: 'gate', reason: 'too small' })
    expect(again.result).toMatchObject({ state: 'failed', error: { code: 'blocked', nodeId: 'gate' } })
  })
})

describe('muted and bypassed nodes', () => {
  test('what needs a muted node does not run, nor does what only that needs', async () => {
    const log = await runOf((w) => {
      const a = w.add(number, { value: 1 }, { id: 'a' }).value
      const muted = w.add(add, { a }, { id: 'muted', mode: 'muted' }).sum
      w.add(show, { value: muted }, { id: 'stopped' })
      w.add(show, { value: w.add(number, { value: 2 }, { id: 'b' }).value }, { id: 'runs' })
      w.result('rest', w.add(sum, { numbers: [muted, a] }, { id: 'sum' }).sum)
    })
    expect(log.started).toEqual(['b', 'runs', 'a', 'sum'])
    expect(log.result).toMatchObject({ results: { rest: 1 } })
  })

  test('a bypassed node passes on its first linked input of a fitting type', async () => {
    const log = await runOf((w) => {
      const text = w.add(written, { value: w.add(number, { value: 8 }).value }).text
      const three = w.add(number, { value: 3 }).value
      let value = w.add(add, { b: w.add(number, { value: 4 }).value, a: three }, { mode: 'bypassed' }).sum
      value = w.add(multiply, { a: value, b: 5 }, { mode: 'bypassed' }).product
      w.result('value', w.add(add, { a: value, b: 1 }).sum)
      w.result('text', text)
    })
    expect(log.result).toMatchObject({ results: { value: 5, text: '8' } })
  })

  test('a whole sub-workflow can be bypassed', async () => {
    const log = await runOf((w) => {
      const twice = w.define('twice', { x: Float }, (g, { x }) => ({ y: g.add(multiply, { a: x, b: 2 }).product }))
      const { value } = w.add(number, { value: 3 })
      w.result('with', w.use(twice, { x: value }).y)
      w.result('without', w.use(twice, { x: value }, { mode: 'bypassed' }).y)
    })
    expect(results(log)).toEqual({ with: 6, without: 3 })
  })

  test('one whose inputs and outputs are those of another within it, too', async () => {
    const log = await runOf((w) => {
      const twice = w.define('twice', { x: Float }, (g, { x }) => ({ y: g.add(multiply, { a: x, b: 2 }).product }))
      const outer = w.define('outer', { x: Float }, (g, { x }) => ({ y: g.use(twice, { x }).y }))
      const { value } = w.add(number, { value: 3 })
      w.result('without', w.use(outer, { x: value }, { mode: 'bypassed' }).y)
    })
    expect(results(log)).toEqual({ without: 3 })
  })
})

describe('reuse', () => {
  const workflow =
    (b: number, id = 'add') =>
    (w: WorkflowBuilder) => {
      const three = w.add(number, { value: 3 }, { id: 'three' }).value
      w.add(show, { value: w.add(add, { a: three, b }, { id }).sum }, { id: 'show' })
    }

  test('takes what a run before has computed, whatever its id, and runs side effects again', async () => {
    const memo = freshMemo()
    await runOf(workflow(4), { memo })
    const again = await runOf(workflow(4, 'renamed'), { memo })
    expect([again.reused, again.started]).toEqual([['renamed'], ['show']])
  })

  test('says what was different where it could not', async () => {
    const memo = freshMemo()
    await runOf(workflow(4), { memo })
    const changed = await runOf(workflow(5), { memo })
    expect([changed.reused, changed.started]).toEqual([['three'], ['add', 'show']])
    expect(changed.events).toContainEqual(expect.objectContaining({ node: 'add', notReused: 'b 4 → 5' }))
    const linked = (w: WorkflowBuilder) => {
      const b = w.add(number, { value: 5 }, { id: 'five' }).value
      w.add(
        show,
        { value: w.add(add, { a: w.add(number, { value: 9 }, { id: 'three' }).value, b }, { id: 'add' }).sum },
        { id: 'show' },
      )
    }
    const rewired = await runOf(linked, { memo })
    expect(rewired.events).toContainEqual(expect.objectContaining({ node: 'three', notReused: 'value 3 → 9' }))
    expect(rewired.events).toContainEqual(expect.objectContaining({ node: 'add', notReused: 'b 5 → a link' }))
  })

  test('computes two nodes that are the same once, also when both are in flight', async () => {
    let calls = 0
    const slow = defineNode({
      type: 'Slow',
      version: 1,
      inputs: { value: float({ default: 1 }) },
      outputs: { value: Float },
      async run({ value }) {
        calls++
        await new Promise((resolve) => setTimeout(resolve, 5))
        return { value }
      },
    })
    const twice = (w: WorkflowBuilder) => {
      w.result('a', w.add(slow, {}, { id: 'a' }).value)
      w.result('b', w.add(slow, {}, { id: 'b' }).value)
    }
    const memo = freshMemo()
    const logs = await Promise.all([runOf(twice, { memo }, [slow]), runOf(twice, { memo }, [slow])])
    expect(calls).toBe(1)
    expect(logs.map(results)).toEqual([
      { a: 1, b: 1 },
      { a: 1, b: 1 },
    ])
    expect(logs[0].events).toContainEqual({ type: 'node-reused', node: 'b', from: 'in-flight' })
  })

  test('a run that waits for another computes itself when that one is cancelled', async () => {
    let calls = 0
    const slow = defineNode({
      type: 'Slow',
      version: 1,
      inputs: {},
      outputs: { value: Float },
      async run() {
        calls++
        await new Promise((resolve) => setTimeout(resolve, 20))
        return { value: calls }
      },
    })
    const build = (w: WorkflowBuilder) => w.result('value', w.add(slow).value)
    const memo = freshMemo()
    const controller = new AbortController()
    const first = runOf((w) => void build(w), { memo, signal: controller.signal }, [slow])
    const second = runOf((w) => void build(w), { memo }, [slow])
    await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort()
    expect((await first).result.state).toBe('cancelled')
    expect(results(await second)).toEqual({ value: 2 })
  })

  test('never takes what always changes, nor what needs it', async () => {
    const clock = defineNode({
      type: 'Clock',
      version: 1,
      inputs: {},
      outputs: { value: Float },
      fingerprint: () => alwaysChanged,
      run: () => ({ value: 1 }),
    })
    const build = (w: WorkflowBuilder) =>
      void w.result('x', w.add(add, { a: w.add(clock, {}, { id: 'clock' }).value }, { id: 'add' }).sum)
    const memo = freshMemo()
    await runOf(build, { memo }, [clock])
    expect((await runOf(build, { memo }, [clock])).started).toEqual(['clock', 'add'])
  })

  test("depends on a definition's own fingerprint and on the content of files", async () => {
    const content = { 'a.png': 'one' }
    let folder = 'first'
    const read = defineNode({
      type: 'Read',
      version: 1,
      inputs: { name: file({ folder: 'input', default: 'a.png' }) },
      outputs: { value: Float },
      fingerprint: () => Promise.resolve(folder),
      run: () => ({ value: 1 }),
    })
    const build = (w: WorkflowBuilder) => void w.result('x', w.add(read, {}, { id: 'read' }).value)
    const memo = freshMemo()
    const fingerprintFile = ({ name }: { name: string }) => Promise.resolve(content[name as 'a.png'])
    const started = async () => (await runOf(build, { memo, fingerprintFile }, [read])).started
    expect(await started()).toEqual(['read'])
    expect(await started()).toEqual([])
    content['a.png'] = 'two'
    expect(await started()).toEqual(['read'])
    folder = 'second'
    expect(await started()).toEqual(['read'])
  })
})

test('dynamic inputs come by name, in natural order', async () => {
  const joined = defineNode({
    type: 'Joined',
    version: 1,
    inputs: { separator: float({ default: 0 }) },
    outputs: { text: Text },
    dynamicInputs: { each: link(Float) },
    run: ({ dynamic, separator }) => ({
      text: Object.entries(dynamic)
        .map(([name, value]) => `${name}=${value}`)
        .join(String(separator)),
    }),
  })
  const log = await runOf(
    (w) => {
      const [a, b] = [w.add(number, { value: 1 }).value, w.add(number, { value: 2 }).value]
      w.result('text', w.add(joined, {}, { dynamic: { in10: a, in9: b } }).text)
    },
    {},
    [joined],
  )
  expect(results(log)).toEqual({ text: 'in9=20in10=1' })
})
