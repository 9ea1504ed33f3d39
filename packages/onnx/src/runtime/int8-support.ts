import { Graph } from '../graph/graph.ts'
import { quantizeGraph } from '../graph/quantized/quantize-graph.ts'
import { linear } from '../layers/linear.ts'
import { Scope } from '../layers/scope.ts'
import { bindWeights } from '../serialize/bind-weights.ts'
import { float32, type Tensor } from '../tensor/tensor.ts'
import { int8Levels, quantizedWeights, type Int8Levels } from '../weights/quantize.ts'
import { createWeightSource, mergeWeights, weightOf, type WeightSource } from '../weights/weight-source.ts'
import { createSession, type Session } from './session.ts'

/** Whether products in 8 bits are worth it on this processor. */
export type Int8Support =
  | {
      readonly isUseful: true
      readonly levels: Int8Levels
      /** Time of float32 over that of 8 bits. */ readonly speedup: number
    }
  | { readonly isUseful: false; /** A sentence. */ readonly reason: string }

const [rows, width] = [256, 1024]

/** What is gained by less is not worth an error. */
const leastSpeedup = 1.15

let support: Promise<Int8Support> | undefined

/**
 * Tries 8-bit products on this processor, once for this process: by exact whole numbers at the largest levels, since
 * some processors saturate, and by time beside float32. Takes some 100 ms.
 */
export function int8Support(threads?: number): Promise<Int8Support> {
  return (support ??= tryInt8(threads === undefined ? {} : { threads }))
}

async function tryInt8(options: { readonly threads?: number }): Promise<Int8Support> {
  for (const levels of int8Levels) {
    const session = await quantizedSession(extremeWeights(), levels, options)
    try {
      if (!(await isExact(session))) continue
      const speedup = await speedupOf(session, options)
      return speedup >= leastSpeedup
        ? { isUseful: true, levels, speedup }
        : {
            isUseful: false,
            reason: `8 bits are no faster than float32 on this processor (${speedup.toFixed(2)} times)`,
          }
    } finally {
      await session.dispose()
    }
  }
  return { isUseful: false, reason: 'products in 8 bits are not exact on this processor' }
}

function productGraph(): Graph {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [1, rows, width])
  graph.output('y', linear(new Scope(graph), x, { out: width, bias: false }))
  return graph
}

/** Weights that are all the largest: every pair of products is as large as a pair can be. */
const extremeWeights = (): WeightSource =>
  createWeightSource([weightOf('weight', float32([width, width], new Float32Array(width * width).fill(1)))])

/** From 0 to 255, so that levels are the values themselves. */
const levelsAsValues = (): Tensor =>
  float32(
    [1, rows, width],
    Float32Array.from({ length: rows * width }, (_, index) => (index % 5 === 0 ? (index * 7) % 256 : 255)),
  )

async function quantizedSession(weights: WeightSource, levels: Int8Levels, options: object): Promise<Session> {
  const { graph, matrices } = quantizeGraph(productGraph(), 'int8')
  const own = createWeightSource(quantizedWeights(weights, matrices, levels))
  return createSession(graph, bindWeights(mergeWeights([weights, own], weights.title)), {
    weights: 'folded',
    ...options,
  })
}

async function isExact(session: Session): Promise<boolean> {
  const x = levelsAsValues()
  const { y } = await session.run({ x })
  return Array.from({ length: rows }, (_, row) => row).every((row) => {
    const sum = x.data.subarray(row * width, (row + 1) * width).reduce((total, value) => total + value, 0)
    return Math.abs(Number(y?.data[row * width]) - sum) <= sum * 1e-5
  })
}

async function speedupOf(quantized: Session, options: object): Promise<number> {
  const exact = await createSession(productGraph(), bindWeights(extremeWeights()), { weights: 'folded', ...options })
  try {
    const feeds = { x: levelsAsValues() }
    let [slow, fast] = [Infinity, Infinity]
    // In turn, so that other work on the machine meets both; the best of each counts.
    for (let turn = 0; turn < 5; turn++) {
      slow = Math.min(slow, await secondsOf(() => exact.run(feeds)))
      fast = Math.min(fast, await secondsOf(() => quantized.run(feeds)))
    }
    return slow / fast
  } finally {
    await exact.dispose()
  }
}

async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await run()
  return (performance.now() - begun) / 1000
}
