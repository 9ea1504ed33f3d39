import { createSession, float32, Graph, ops, type SessionOptions, type Tensor, type Value } from '../src/index.ts'

/** Uniform values in [-1, 1): enough for timing. */
export function anyTensor(shape: readonly number[]): Tensor {
  const values = new Float32Array(shape.reduce((product, dim) => product * dim, 1))
  let state = 1
  for (const index of values.keys()) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    values[index] = state / 2 ** 31 - 1
  }
  return float32(shape, values)
}

/**
 * With `--processor-time`, everything runs on one thread and counts the time of the processor, not of the clock: what can
 * be compared while other work keeps the machine busy.
 */
const byProcessor = process.argv.includes('--processor-time')

export const sessionOptions: SessionOptions = byProcessor ? { threads: 1 } : {}

function milliseconds(): number {
  return byProcessor ? process.cpuUsage().user / 1000 : performance.now()
}

/** The best of several runs, in milliseconds: other work on the machine only ever adds. */
export async function bestTime(run: () => Promise<unknown>, { runs = 7, warmup = 2 } = {}): Promise<number> {
  for (let index = 0; index < warmup; index++) await run()
  let best = Infinity
  for (let index = 0; index < runs; index++) {
    const start = milliseconds()
    await run()
    best = Math.min(best, milliseconds() - start)
  }
  return best
}

/** A probe of the fastest this machine multiplies matrices: `[1536, 1536]²` in float32, in GFLOP/s. */
export async function createCeiling(): Promise<{ measure: (runs?: number) => Promise<number> }> {
  const size = 1536
  const graph = new Graph()
  const a = graph.input('a', 'float32', [size, size])
  graph.output('c', ops.matMul(a, graph.constant(anyTensor([size, size]))))
  const session = await createSession(graph, undefined, sessionOptions)
  const feeds = { a: anyTensor([size, size]) }
  return {
    measure: async (runs = 5) => (2 * size ** 3) / (await bestTime(() => session.run(feeds), { runs })) / 1e6,
  }
}

/** Floating-point operations of the products and convolutions that `outputs` are computed from. */
export function flopsOf(outputs: readonly Value[]): number {
  const counted = new Set<Value['producer']>()
  const open = [...outputs]
  let flops = 0
  for (let value = open.pop(); value; value = open.pop()) {
    const { producer } = value
    if (!producer || counted.has(producer)) continue
    counted.add(producer)
    const count = (shape: Value['shape'] = []): number =>
      shape.reduce<number>((product, dim) => product * Number(dim), 1)
    const [a, b] = producer.inputs
    const out = count(producer.outputs[0]?.shape)
    if (producer.opType === 'Conv') flops += 2 * out * count(b?.shape.slice(1))
    if (producer.opType === 'MatMul') flops += 2 * out * Number(a?.shape.at(-1))
    if (producer.opType === 'Gemm') {
      const transposed = producer.attributes['transA']
      flops += 2 * out * Number(a?.shape[transposed?.type === 'int' && transposed.value === 1 ? 0 : 1])
    }
    open.push(...producer.inputs.filter((input) => input !== undefined))
  }
  return flops
}

export interface Metric {
  readonly bench: string
  readonly metric: string
  readonly value: number
  readonly unit: string
  /** What is aimed at, and whether it is the least or the most that is right. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number }
  readonly details?: Readonly<Record<string, unknown>>
}

/** Prints a metric: a sentence, or with `--json` one object a line. */
export function report({ bench, metric, value, unit, target, details = {} }: Metric): void {
  const bound = target && ('atLeast' in target ? target.atLeast : target.atMost)
  const holds = target === undefined ? null : 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
  const rounded = Number(value.toPrecision(4))
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ bench, metric, value: rounded, unit, target: bound ?? null, holds, ...details }))
    return
  }
  const aim = target ? `, target ${'atLeast' in target ? '≥' : '≤'} ${bound}: ${holds ? 'holds' : 'MISSED'}` : ''
  const rest = Object.entries(details).map(([name, each]) => `${name} ${String(each)}`)
  console.log(`${metric}: ${rounded} ${unit}${aim}${rest.length > 0 ? ` (${rest.join(', ')})` : ''}`)
}
