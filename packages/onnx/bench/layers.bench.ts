import {
  attention,
  conv2d,
  createSession,
  featureMap,
  Graph,
  linear,
  Scope,
  type AttentionForm,
  type ParameterBinding,
  type Value,
} from '../src/index.ts'
import { anyTensor, bestTime, createCeiling, flopsOf, report, sessionOptions } from './measure.ts'

interface Case {
  readonly metric: string
  readonly input: readonly number[]
  readonly build: (scope: Scope, x: Value) => Value
  /** Operations, where they cannot be counted from the graph. */
  readonly flops?: number
}

const attentionAt = (length: number, width: number, form: AttentionForm): Case => ({
  metric: `attention_${form}_${length}`,
  input: [1, length, width],
  build: (_scope, x) => attention(x, x, x, { heads: 8, form }),
  flops: 4 * length * length * width,
})

/** Layers at the sizes of Stable Diffusion 1.5 and its autoencoder. */
const cases: readonly Case[] = [
  {
    metric: 'conv_320_64x64',
    input: [1, 320, 64, 64],
    build: (scope, x) => conv2d(scope, featureMap(x), { out: 320 }).value,
  },
  {
    metric: 'conv_640_32x32',
    input: [1, 640, 32, 32],
    build: (scope, x) => conv2d(scope, featureMap(x), { out: 640 }).value,
  },
  {
    metric: 'conv_1280_8x8',
    input: [1, 1280, 8, 8],
    build: (scope, x) => conv2d(scope, featureMap(x), { out: 1280 }).value,
  },
  { metric: 'linear_4096x320x1280', input: [1, 4096, 320], build: (scope, x) => linear(scope, x, { out: 1280 }) },
  { metric: 'linear_1024x640x2560', input: [1, 1024, 640], build: (scope, x) => linear(scope, x, { out: 2560 }) },
  attentionAt(4096, 320, 'fused'),
  attentionAt(4096, 320, 'chunked'),
  attentionAt(1024, 640, 'fused'),
]

const random = (parameter: Value): ParameterBinding => ({
  type: 'tensor',
  tensor: anyTensor(parameter.shape.map(Number)),
})
const ceiling = await createCeiling()
for (const { metric, input, build, flops } of cases) {
  const graph = new Graph()
  const y = graph.output('y', build(new Scope(graph).at('layer'), graph.input('x', 'float32', input)))
  const session = await createSession(graph, random, sessionOptions)
  const feeds = { x: anyTensor(input) }
  const before = await ceiling.measure(2)
  const ms = await bestTime(() => session.run(feeds), { runs: 8 })
  const most = Math.max(before, await ceiling.measure(2))
  const gflops = (flops ?? flopsOf([y])) / 1e6 / ms
  const details = { gflops: Math.round(gflops), ms: Number(ms.toFixed(1)), ceilingGflops: Math.round(most) }
  report({
    bench: 'layers',
    metric: `${metric}_fraction_of_ceiling`,
    value: gflops / most,
    unit: 'of matrix product',
    details,
  })
  await session.dispose()
}
