import { describe, expect, test } from 'vitest'
import {
  type AnyNodeDefinition,
  createLanes,
  createRegistry,
  defineNode,
  errorReportOf,
  type ExecuteOptions,
  Float,
  float,
  link,
  NodeError,
  type RunContext,
  socketType,
  text,
  WorkflowBuilder,
} from '../index.ts'
import { add, arithmetic, expectPure, number, runWorkflow, show } from '../testing.ts'

/** A node `Odd` with one input, run on the number 1, with what it gives shown. */
function runOdd(
  run: (inputs: { value: number; name: string }, context: RunContext) => unknown,
  more: Partial<Pick<AnyNodeDefinition, 'retry' | 'timeoutMs' | 'lane'>> = {},
  options: ExecuteOptions = {},
) {
  const odd = defineNode({
    type: 'Odd',
    version: 1,
    inputs: { value: link(Float), name: text({ default: 'x' }) },
    outputs: { value: Float },
    ...more,
    // These nodes break the rules that types would hold them to.
    run: run as () => { value: number },
  })
  const w = new WorkflowBuilder()
  w.add(show, { value: w.add(odd, { value: w.add(number, { value: 1 }).value }, { id: 'odd' }).value }, { id: 'show' })
  return runWorkflow(w.build(), createRegistry({ nodes: [...arithmetic, odd] }), options)
}

async function errorOf(...args: Parameters<typeof runOdd>): Promise<NodeError> {
  const { result, events } = await runOdd(...args)
  if (result.state !== 'failed') throw new Error(`the run ${result.state}`)
  expect(events.slice(-3)).toMatchObject([
    { type: 'node-failed', node: result.error.nodeId },
    { type: 'node-skipped', node: 'show' },
    { type: 'run-failed' },
  ])
  return result.error
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a node that', () => {
  test('throws gives an error with its id, its type, its inputs and the cause', async () => {
    const cause = new RangeError('no such tile', { cause: new Error('the file ends') })
    const error = await errorOf(() => {
      throw cause
    })
    expect(error).toBeInstanceOf(NodeError)
    expect(error.message).toBe('Odd (node odd): no such tile')
    expect(error.cause).toBe(cause)
    expect(errorReportOf(error)).toEqual({
      code: 'node-failed',
      message: 'Odd (node odd): no such tile',
      node: 'odd',
      nodeType: 'Odd',
      inputs: { name: 'x', value: 1 },
      causes: ['no such tile', 'the file ends'],
    })
  })

  test.each<[string, unknown, string]>([
    ['a string', 'out of paper', 'out of paper'],
    ['undefined', undefined, '"nothing"'],
    ['an object', { status: 503 }, '{"status":503}'],
  ])('throws %s gives an error that says so', async (_, thrown, said) => {
    const error = await errorOf(() => Promise.reject(thrown as Error))
    expect(error.message).toBe(`Odd (node odd): ${said}`)
  })

  test.each([
    ['nothing', undefined, 'it must return its outputs ("value"), not undefined.'],
    ['too little', {}, 'it did not return its output "value".'],
    ['too much', { value: 1, mask: 2 }, 'it returned "mask", which is not one of its outputs ("value").'],
    ['another type', { value: 'one' }, 'output "value" must be "float", not "one".'],
  ])('returns %s gives an error that says what was expected', async (_, returned, said) => {
    const error = await errorOf(() => returned)
    expect([error.code, error.message]).toEqual(['bad-output', `Odd (node odd): ${said}`])
  })

  test('never settles fails when its time is up, and is told so', async () => {
    let reason: unknown
    const error = await errorOf(
      (_, { signal }) => {
        signal.addEventListener('abort', () => (reason = signal.reason))
        return new Promise(() => undefined)
      },
      { timeoutMs: 10 },
    )
    expect([error.code, error.message]).toEqual(['timeout', 'Odd (node odd): it did not finish within 10 ms.'])
    expect(reason).toBe(error)
  })

  test('fails at first is tried again, as often as it says', async () => {
    let attempts = 0
    const flaky = () => {
      attempts++
      if (attempts < 3) throw new Error(`attempt ${attempts}`)
      return { value: attempts }
    }
    const log = await runOdd(flaky, { retry: { times: 2, delayMs: 1 } })
    expect(log.shown).toEqual({ show: { value: 3 } })
    expect(log.events.filter(({ type }) => type === 'node-retried')).toEqual([
      { type: 'node-retried', node: 'odd', attempt: 1, message: 'attempt 1' },
      { type: 'node-retried', node: 'odd', attempt: 2, message: 'attempt 2' },
    ])
    attempts = 0
    expect((await errorOf(flaky, { retry: { times: 1 } })).message).toContain('attempt 2')
    attempts = 0
    expect((await errorOf(flaky, { retry: { times: 5, when: () => false } })).message).toContain('attempt 1')
  })

  test('goes on after it has settled is not heard', async () => {
    const log = await runOdd((_, { progress }) => {
      progress(1, 2, 'half')
      setTimeout(() => {
        progress(2, 2)
      }, 0)
      return { value: 1 }
    })
    await later(5)
    expect(log.events.filter(({ type }) => type === 'node-progress')).toEqual([
      { type: 'node-progress', node: 'odd', step: 1, steps: 2, text: 'half' },
    ])
  })
})

describe('cancelling', () => {
  test('ends a run at once, whatever its nodes do, and is no failure', async () => {
    const controller = new AbortController()
    const reason = new Error('the user said so')
    const never = runOdd(
      () => {
        queueMicrotask(() => {
          controller.abort(reason)
        })
        return new Promise(() => undefined)
      },
      {},
      { signal: controller.signal },
    )
    const { result, events } = await never
    expect(result).toMatchObject({ state: 'cancelled', reason })
    expect(events.at(-1)).toMatchObject({ type: 'run-cancelled' })
  })

  test('swallows what nodes throw because of it', async () => {
    const controller = new AbortController()
    const { result, events } = await runOdd(
      async (_, { signal }) => {
        controller.abort()
        await later(1)
        signal.throwIfAborted()
      },
      {},
      { signal: controller.signal },
    )
    await later(5)
    expect(result.state).toBe('cancelled')
    expect(events.filter(({ type }) => type === 'node-failed')).toEqual([])
  })

  test('before the run begins runs nothing', async () => {
    const log = await runOdd(() => ({ value: 1 }), {}, { signal: AbortSignal.abort() })
    expect([log.result.state, log.started]).toEqual(['cancelled', []])
  })

  test('reaches a long chain of synchronous nodes', async () => {
    const w = new WorkflowBuilder()
    let { value } = w.add(number)
    for (let count = 0; count < 50_000; count++) value = w.add(add, { a: value }).sum
    w.add(show, { value })
    const controller = new AbortController()
    setTimeout(() => {
      controller.abort()
    }, 1)
    const log = await runWorkflow(w.build(), createRegistry({ nodes: arithmetic }), { signal: controller.signal })
    expect(log.result.state).toBe('cancelled')
    expect(log.started.length).toBeLessThan(50_000)
  })
})

describe('lanes', () => {
  const counting = (lane: 'gpu' | 'cpu') => {
    let inside = 0
    const seen: number[] = []
    const node = defineNode({
      type: 'Counting',
      version: 1,
      inputs: { value: float({ default: 0 }) },
      outputs: { value: Float },
      lane,
      async run({ value }) {
        inside++
        seen.push(inside)
        await later(3)
        inside--
        return { value }
      },
    })
    const workflow = (from: number) => {
      const w = new WorkflowBuilder()
      for (let value = from; value < from + 5; value++) w.result(String(value), w.add(node, { value }).value)
      return w.build()
    }
    return { seen, workflow, registry: createRegistry({ nodes: [node] }) }
  }

  test('run only so many nodes at the same time', async () => {
    const { seen, workflow, registry } = counting('gpu')
    await runWorkflow(workflow(0), registry)
    expect(Math.max(...seen)).toBe(1)
    const wide = counting('cpu')
    await runWorkflow(wide.workflow(0), wide.registry, { lanes: { cpu: 3 } })
    expect(Math.max(...wide.seen)).toBe(3)
  })

  test('hold over runs that share them, and are whole again after one is cancelled', async () => {
    const { seen, workflow, registry } = counting('cpu')
    const lanes = createLanes({ cpu: 2 })
    const controller = new AbortController()
    const cancelled = runWorkflow(workflow(0), registry, { lanes, signal: controller.signal })
    const runs = [runWorkflow(workflow(10), registry, { lanes }), runWorkflow(workflow(20), registry, { lanes })]
    await later(1)
    controller.abort()
    await cancelled
    expect((await Promise.all(runs)).map(({ result }) => result.state)).toEqual(['succeeded', 'succeeded'])
    expect(Math.max(...seen)).toBe(2)
    await later(10)
    expect([lanes.take('cpu'), lanes.take('cpu'), lanes.take('cpu')]).toEqual([true, true, false])
  })
})

describe('expectPure', () => {
  const pixels = defineNode({
    type: 'Pixels',
    version: 1,
    inputs: { a: link(Float), scale: float({ default: 2 }) },
    outputs: { b: Float },
    run: ({ a, scale }) => ({ b: a * scale }),
  })
  const list = new Float32Array([1, 2])

  test('passes a pure node, and gives its outputs', async () => {
    expect(await expectPure(pixels, { a: 3 })).toEqual({ b: 6 })
  })

  test('catches a node that writes to what it received', async () => {
    const Tensor = socketType<'tensor', Float32Array>('tensor')
    const inPlace = defineNode({
      type: 'InPlace',
      version: 1,
      inputs: { tensor: link(Tensor) },
      outputs: { tensor: Tensor },
      run({ tensor }) {
        tensor[0] = 9
        return { tensor }
      },
    })
    await expect(expectPure(inPlace, { tensor: list })).rejects.toThrow('InPlace changes its input "tensor"')
  })

  test('catches a node that is not the same twice', async () => {
    let calls = 0
    const counter = defineNode({
      type: 'Counter',
      version: 1,
      inputs: {},
      outputs: { n: Float },
      run: () => ({ n: ++calls }),
    })
    await expect(expectPure(counter, {})).rejects.toThrow('Counter gives another "n"')
  })
})
