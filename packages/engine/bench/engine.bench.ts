/*
 * How long trivial nodes take: chains, fans, diamonds and random graphs, cold and fully reused, beside a bare loop of awaited
 * functions and rete-engine's dataflow, all in one run. What is measured is the engine's own work: each node adds two numbers.
 */
import { ClassicPreset, NodeEditor } from 'rete'
import { DataflowEngine } from 'rete-engine'
import {
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  execute,
  validateWorkflow,
  WorkflowBuilder,
  type OutputRef,
  type Plan,
  type Workflow,
} from '@patchbay/engine'
import { add, arithmetic, multiply, number, show, sum } from '@patchbay/engine/testing'

const registry = createRegistry({ nodes: arithmetic })
const asJson = process.argv.includes('--json')

interface Target {
  readonly text: string
  holds(value: number): boolean
}
const below = (limit: number): Target => ({ text: `< ${limit}`, holds: (value) => value < limit })
const atLeast = (limit: number): Target => ({ text: `>= ${limit}`, holds: (value) => value >= limit })
const atMost = (limit: number): Target => ({ text: `<= ${limit}`, holds: (value) => value <= limit })

function report(metric: string, value: number, unit: string, target?: Target, details: object = {}): void {
  const rounded = Number(value.toPrecision(4))
  const outcome = target && { target: target.text, holds: target.holds(value) }
  if (asJson) console.log(JSON.stringify({ bench: 'engine', metric, value: rounded, unit, ...outcome, ...details }))
  else {
    const verdict = outcome ? `  (target ${outcome.target}: ${outcome.holds ? 'holds' : 'MISSED'})` : ''
    console.log(`${metric.padEnd(24)}${String(rounded).padStart(10)} ${unit}${verdict}  ${JSON.stringify(details)}`)
  }
}

type Float = OutputRef<'float'>

function chain(nodes: number): Workflow {
  const w = new WorkflowBuilder()
  let value: Float = w.add(number, { value: 1 }).value
  for (let count = 2; count < nodes; count++) value = w.add(add, { a: value }).sum
  w.add(show, { value })
  return w.build()
}

function fan(nodes: number): Workflow {
  const w = new WorkflowBuilder()
  const { value } = w.add(number, { value: 1 })
  const numbers = Array.from({ length: nodes - 3 }, (_, index) => w.add(add, { a: value, b: index }).sum)
  w.add(show, { value: w.add(sum, { numbers }).sum })
  return w.build()
}

/** A ladder of diamonds, three nodes each: two paths that part and meet again, so that there are 2^n ways through it. */
function ladder(diamonds: number): Workflow {
  const w = new WorkflowBuilder()
  // Zero stays zero: any other number would double with each diamond, out of range.
  let value: Float = w.add(number, { value: 0 }).value
  for (let count = 0; count < diamonds; count++) {
    const left = w.add(add, { a: value, b: 0 }).sum
    const right = w.add(multiply, { a: value, b: 1 }).product
    value = w.add(add, { a: left, b: right }).sum
  }
  w.add(show, { value })
  return w.build()
}

/** Each node adds two earlier ones, drawn by a linear congruential generator (Knuth's MMIX constants, high bits). */
function random(nodes: number): Workflow {
  const w = new WorkflowBuilder()
  let state = 42n
  const draw = (below: number) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & (2n ** 64n - 1n)
    return Number(state >> 40n) % below
  }
  const values: Float[] = [w.add(number, { value: 1 }).value]
  const pick = () => values[draw(values.length)] ?? values[0]!
  for (let count = 2; count < nodes; count++) values.push(w.add(add, { a: pick(), b: pick() }).sum)
  w.add(show, { value: w.add(sum, { numbers: values }).sum })
  return w.build()
}

async function planOf(workflow: Workflow): Promise<{ plan: Plan; ms: number }> {
  const startedAt = performance.now()
  const validated = await validateWorkflow(workflow, registry)
  if (!validated.ok) throw new Error(validated.issues.map(({ message }) => message).join('\n'))
  return { plan: validated.plan, ms: performance.now() - startedAt }
}

/**
 * The best of three series of measurements, in milliseconds a measurement: what other programs do to the machine only ever adds. A
 * series carries its share of rubbish and its collection, so small and large graphs compare when each series is the same amount of
 * work. Rubbish is collected before a series, not within it: a full collection drops compiled code too.
 */
async function best(length: number, measure: () => Promise<number>): Promise<number> {
  let least = Infinity
  for (let series = 0; series < 3; series++) {
    globalThis.gc?.()
    let sum = 0
    for (let time = 0; time < length; time++) sum += await measure()
    least = Math.min(least, sum / length)
  }
  return least
}

interface Times {
  readonly cold: number
  readonly reused: number
}

/** Cold runs, as many as make the work of 100,000 nodes; then runs of which everything is remembered. */
async function timesOf({ plan }: { plan: Plan }): Promise<Times> {
  const length = Math.ceil(Math.min(100, 100_000 / plan.nodes.length))
  let memo = createMemo(createMemoryMemoStore())
  const run = async () => {
    const result = await execute(plan, { memo }).result
    if (result.state !== 'succeeded') throw new Error(`not as expected: ${result.state}`)
    return result
  }
  const cold = await best(length, async () => {
    memo = createMemo(createMemoryMemoStore())
    return (await run()).ms
  })
  const reused = await best(length, async () => {
    const { ms, ran } = await run()
    if (ran !== 1) throw new Error(`not as expected: ${ran} nodes ran`)
    return ms
  })
  return { cold, reused }
}

async function eventBytesPerNode(plan: Plan): Promise<number> {
  let bytes = 0
  for await (const event of execute(plan)) bytes += JSON.stringify(event).length
  return bytes / plan.nodes.length
}

/** What no engine can beat: the same additions in a loop of awaited functions. */
async function bareLoop(nodes: number): Promise<number> {
  const startedAt = performance.now()
  let value = 1
  const step = (a: number, b: number) => Promise.resolve(a + b)
  for (let count = 2; count < nodes; count++) value = await step(value, 1)
  if (value !== nodes - 1) throw new Error('not as expected')
  return performance.now() - startedAt
}

class ReteAdd extends ClassicPreset.Node {
  constructor(socket: ClassicPreset.Socket) {
    super('Add')
    this.addInput('a', new ClassicPreset.Input(socket))
    this.addOutput('sum', new ClassicPreset.Output(socket))
  }
  data({ a = [] }: { a?: number[] }): { sum: number } {
    return { sum: (a[0] ?? 0) + 1 }
  }
}
type ReteScheme = { Node: ReteAdd; Connection: ClassicPreset.Connection<ClassicPreset.Node, ClassicPreset.Node> }

/** A chain in rete-engine's dataflow; undefined where it does not survive. */
async function reteChain(nodes: number, times: number): Promise<number | undefined> {
  const editor = new NodeEditor<ReteScheme>()
  const engine = new DataflowEngine<ReteScheme>()
  editor.use(engine)
  const socket = new ClassicPreset.Socket('number')
  let last: ReteAdd | undefined
  for (let count = 0; count < nodes; count++) {
    const node: ReteAdd = new ReteAdd(socket)
    await editor.addNode(node)
    const from: ClassicPreset.Node | undefined = last
    if (from)
      await editor.addConnection(
        new ClassicPreset.Connection<ClassicPreset.Node, ClassicPreset.Node>(from, 'sum', node, 'a'),
      )
    last = node
  }
  const id = last?.id ?? ''
  try {
    return await best(times, async () => {
      engine.reset()
      const startedAt = performance.now()
      const { sum: result } = (await engine.fetch(id)) as { sum: number }
      if (result !== nodes) throw new Error('not as expected')
      return performance.now() - startedAt
    })
  } catch {
    return undefined
  }
}

// Warm up: what is measured is the steady state.
for (let time = 0; time < 2; time++) await timesOf(await planOf(chain(1000)))

const shapes = { chain, fan, random }
const cold = new Map<string, number>()
const reused = new Map<string, number>()
for (const [name, make] of Object.entries(shapes)) {
  for (const nodes of [100, 1000, 10_000, 100_000]) {
    const planned = await planOf(make(nodes))
    const times = await timesOf(planned)
    cold.set(`${name} ${nodes}`, times.cold)
    reused.set(`${name} ${nodes}`, times.reused)
    const bare = await best(5, () => bareLoop(nodes))
    report(`${name}_${nodes}`, times.cold, 'ms', undefined, {
      reusedMs: round(times.reused),
      validateMs: round(planned.ms),
      bareLoopMs: round(bare),
    })
  }
}
const coldMs = (name: string) => cold.get(name) ?? NaN
const reusedMs = (name: string) => reused.get(name) ?? NaN

report('chain_10000_ms', coldMs('chain 10000'), 'ms')
report('reused_10000_ms', reusedMs('chain 10000'), 'ms')
report('chain_scaling', coldMs('chain 100000') / coldMs('chain 10000'), 'ratio', below(13))
report('reused_over_cold', reusedMs('chain 10000') / coldMs('chain 10000'), 'ratio', below(0.3))
report('event_bytes_per_node', await eventBytesPerNode((await planOf(chain(10_000))).plan), 'bytes', atMost(250))

const [small, large] = [await timesOf(await planOf(ladder(1000))), await timesOf(await planOf(ladder(10_000)))]
report('diamond_scaling', large.cold / small.cold, 'ratio', below(13), {
  ms1000: round(small.cold),
  ms10000: round(large.cold),
})

const rete = await reteChain(1000, 20)
report('rete_speedup_1000', (rete ?? Infinity) / coldMs('chain 1000'), 'ratio', atLeast(8), {
  reteMs: round(rete ?? NaN),
  ms: round(coldMs('chain 1000')),
})
report('rete_chain_10000', (await reteChain(10_000, 1)) ?? NaN, 'ms', undefined, {
  note: 'NaN where it does not survive',
})

function round(ms: number): number {
  return Number(ms.toPrecision(3))
}
