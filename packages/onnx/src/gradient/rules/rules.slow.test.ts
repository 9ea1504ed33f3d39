import { describe, expect, test } from 'vitest'
import { Graph, type Value } from '../../graph/graph.ts'
import * as ops from '../../graph/ops/index.ts'
import { int64 } from '../../tensor/tensor.ts'
import { gradientsOf } from '../differentiate.ts'
import { expectGradients, type BuildFunction } from '../finite-differences.contract.ts'
import { rules } from './index.ts'

type Case = readonly [operator: string, shapes: readonly (readonly number[])[], build: BuildFunction]

/** A random size from `least` to `most`, drawn from the seed of the case, so that shapes differ between cases. */
let draws = 1
const size = (least = 2, most = 4): number => {
  draws = (Math.imul(draws, 48271) >>> 0) % 2147483647
  return least + (draws % (most - least + 1))
}
const [n, m, k] = [size(), size(), size()]
const index = (x: Value, shape: readonly number[], values: readonly number[]): Value =>
  x.graph.constant(int64(shape, values))
const positive = (x: Value): Value => ops.add(ops.abs(x), 0.3)

const cases: readonly Case[] = [
  [
    'Add',
    [
      [n, 1, m],
      [k, 1],
    ],
    ops.add,
  ],
  ['Sub', [[m], [n, m]], ops.sub],
  [
    'Mul',
    [
      [n, m],
      [n, 1],
    ],
    ops.mul,
  ],
  ['Div', [[n, m], [m]], (a, b) => ops.div(a, positive(b))],
  ['Pow', [[n, m], [m]], (a, b) => [ops.pow(positive(a), b), ops.pow(a, 3)]],
  [
    'Min',
    [
      [n, m],
      [n, m],
    ],
    ops.min,
  ],
  [
    'Max',
    [
      [n, m],
      [1, m],
    ],
    ops.max,
  ],
  ['Neg', [[n, m]], ops.neg],
  ['Abs', [[n, m]], ops.abs],
  ['Exp', [[n, m]], ops.exp],
  ['Log', [[n, m]], (x) => ops.log(positive(x))],
  ['Sqrt', [[n, m]], (x) => ops.sqrt(positive(x))],
  ['Reciprocal', [[n, m]], (x) => ops.reciprocal(positive(x))],
  ['Sigmoid', [[n, m]], ops.sigmoid],
  ['Tanh', [[n, m]], ops.tanh],
  ['Softplus', [[n, m]], ops.softplus],
  ['Erf', [[n, m]], ops.erf],
  ['Sin', [[n, m]], ops.sin],
  ['Cos', [[n, m]], ops.cos],
  ['Relu', [[n, m]], ops.relu],
  ['LeakyRelu', [[n, m]], (x) => ops.leakyRelu(x, 0.2)],
  ['Elu', [[n, m]], (x) => ops.elu(x, 0.7)],
  ['HardSigmoid', [[n, m]], (x) => ops.hardSigmoid(x, 0.9, 0.41)],
  ['HardSwish', [[n, m]], (x) => ops.hardSwish(ops.mul(x, 5))],
  ['Mish', [[n, m]], ops.mish],
  ['Gelu', [[n, m]], (x) => [ops.gelu(x), ops.gelu(x, 'tanh')]],
  ['Identity', [[n, m]], ops.identity],
  ['Cast', [[n, m]], (x) => ops.cast(ops.exp(ops.cast(x, 'float64')), 'float32')],
  ['Clip', [[n, m]], (x) => [ops.clip(x, -0.5, 0.5), ops.clip(x, undefined, 0.3)]],
  ['Where', [[n, m], [m]], (a, b) => ops.where(ops.greater(a, 0), a, b)],
  ['PRelu', [[n, m], [m]], ops.prelu],
  ['Mod', [[n, m]], (x) => ops.mod(x, 5)],
  [
    'MatMul',
    [
      [n, m, k],
      [k, m],
    ],
    ops.matMul,
  ],
  [
    'MatMul',
    [
      [2, 1, n, m],
      [3, m, k],
    ],
    ops.matMul,
  ],
  ['MatMul', [[m], [m, k]], ops.matMul],
  ['MatMul', [[n, m], [m]], ops.matMul],
  ['MatMul', [[m], [m]], ops.matMul],
  ['Gemm', [[n, m], [m, k], [k]], (a, b, c) => ops.gemm(a, b, c, { alpha: 1.5, beta: 0.5 })],
  [
    'Gemm',
    [
      [m, n],
      [m, k],
    ],
    (a, b) => ops.gemm(a, b, undefined, { transA: true, alpha: 2 }),
  ],
  [
    'Gemm',
    [
      [n, m],
      [k, m],
      [n, 1],
    ],
    (a, b, c) => ops.gemm(a, b, c, { transB: true }),
  ],
  [
    'Gemm',
    [
      [m, n],
      [k, m],
    ],
    (a, b) => ops.gemm(a, b, undefined, { transA: true, transB: true }),
  ],
  [
    'com.microsoft.FusedMatMul',
    [
      [2, n, m],
      [k, m],
    ],
    (a, b) => ops.fusedMatMul(a, b, { transB: true, alpha: 0.7 }),
  ],
  [
    'com.microsoft.FusedMatMul',
    [
      [2, m, n],
      [2, m, k],
    ],
    (a, b) => ops.fusedMatMul(a, b, { transA: true }),
  ],
  ['Conv', [[2, 3, 4, 5], [2, 3, 3, 3], [2]], (x, w, b) => ops.conv(x, w, b, { padding: 1 })],
  [
    'Conv',
    [
      [1, 2, 6, 5],
      [2, 2, 3, 3],
    ],
    (x, w) => ops.conv(x, w, undefined, { stride: 2, padding: [0, 0, 1, 1] }),
  ],
  [
    'Conv',
    [
      [1, 2, 8, 7],
      [2, 2, 2, 2],
    ],
    (x, w) => ops.conv(x, w, undefined, { stride: 3, dilation: 2 }),
  ],
  ['Conv', [[1, 4, 4, 4], [4, 2, 3, 3], [4]], (x, w, b) => ops.conv(x, w, b, { groups: 2, padding: 1, stride: 2 })],
  ['Conv', [[2, 3, 7], [2, 3, 3], [2]], (x, w, b) => ops.conv(x, w, b, { padding: 1, stride: 2 })],
  [
    'ConvTranspose',
    [[1, 3, 3, 2], [3, 2, 3, 3], [2]],
    (x, w, b) => ops.convTranspose(x, w, b, { stride: 2, padding: 1, outputPadding: 1 }),
  ],
  [
    'ConvTranspose',
    [
      [1, 4, 3, 3],
      [4, 1, 2, 2],
    ],
    (x, w) => ops.convTranspose(x, w, undefined, { groups: 2 }),
  ],
  [
    'AveragePool',
    [[1, 2, 4, 6]],
    (x) => [
      ops.averagePool(x, { kernel: 2 }),
      ops.averagePool(x, { kernel: 3, stride: 2, padding: 1, countIncludePad: true }),
    ],
  ],
  ['AveragePool', [[1, 2, 5, 7]], (x) => ops.averagePool(x, { kernel: 3, stride: 2 })],
  ['MaxPool', [[2, 2, 4, 6]], (x) => ops.maxPool(x, { kernel: 3, stride: 2, padding: 1 })],
  ['GlobalAveragePool', [[2, 3, n, m]], ops.globalAveragePool],
  ['Resize', [[1, 2, n, m]], (x) => ops.resize(x, [2, 3])],
  ['DepthToSpace', [[2, 8, 2, 3]], (x) => [ops.depthToSpace(x, 2), ops.depthToSpace(x, 2, 'DCR')]],
  ['SpaceToDepth', [[2, 3, 4, 6]], (x) => ops.spaceToDepth(x, 2)],
  ['ReduceSum', [[n, m, k]], (x) => [ops.reduceSum(x, { axes: [0, 2], keepDims: false }), ops.reduceSum(x)]],
  ['ReduceMean', [[n, m, k]], (x) => [ops.reduceMean(x, { axes: [1] }), ops.reduceMean(x, { keepDims: false })]],
  ['ReduceMax', [[n, m]], (x) => ops.reduceMax(x, { axes: [1], keepDims: false })],
  ['ReduceMin', [[n, m]], (x) => ops.reduceMin(x, { axes: [0] })],
  ['ReduceSumSquare', [[n, m]], (x) => ops.reduceSumSquare(x, { axes: [-1], keepDims: false })],
  ['ReduceL2', [[n, m]], (x) => ops.reduceL2(x, { axes: [0] })],
  ['Softmax', [[n, m, k]], (x) => [ops.softmax(x), ops.softmax(x, 1)]],
  ['LogSoftmax', [[n, m]], (x) => ops.logSoftmax(x)],
  ['CumSum', [[n, 4]], (x) => [ops.cumSum(x, 1), ops.cumSum(x, 1, { exclusive: true, reverse: true })]],
  ['TopK', [[n, 4]], (x) => ops.topK(x, 2).values],
  ['Reshape', [[n, m, k]], (x) => ops.reshape(x, [-1, k])],
  ['Squeeze', [[n, 1, m]], (x) => ops.squeeze(x, [1])],
  ['Unsqueeze', [[n, m]], (x) => ops.unsqueeze(x, [0, 2])],
  ['Transpose', [[n, m, k]], (x) => ops.transpose(x, [2, 0, 1])],
  [
    'Concat',
    [
      [n, m],
      [n, k],
    ],
    (a, b) => ops.concat([a, b, a], 1),
  ],
  [
    'Split',
    [[n, 6]],
    (x) => {
      const [a, , c] = ops.split(x, [1, 2, 3], 1)
      return [a!, c!]
    },
  ],
  ['Slice', [[n, 6]], (x) => [ops.slice(x, 1, 1, -2), ops.slice(x, 0, -1), ops.slice(x, 1, 4, 100)]],
  ['Pad', [[n, m]], (x) => ops.pad(x, [1, -1], [0, 2], { value: 3 })],
  ['Expand', [[n, 1, m]], (x) => ops.expand(x, [2, n, 3, m])],
  ['Tile', [[n, m]], (x) => ops.tile(x, [2, 3])],
  ['Trilu', [[3, 4]], (x) => [ops.trilu(x), ops.trilu(x, { upper: false, diagonal: 1 })]],
  ['Gather', [[4, m]], (x) => ops.gather(x, index(x, [2, 2], [3, 0, 3, 1]))],
  ['Gather', [[n, 4, m]], (x) => ops.gather(x, index(x, [2, 2], [3, 0, 3, 1]), 1)],
  ['GatherElements', [[3, 4]], (x) => ops.gatherElements(x, index(x, [3, 2], [0, 0, 1, 3, 2, 1]), 1)],
  ['GatherND', [[3, 4, 2]], (x) => ops.gatherND(x, index(x, [3, 2], [0, 1, 2, 3, 0, 1]))],
  [
    'ScatterND',
    [
      [4, m],
      [2, m],
    ],
    (x, u) => [ops.scatterND(x, index(x, [2, 1], [2, 0]), u), ops.scatterND(x, index(x, [2, 1], [1, 1]), u, 'add')],
  ],
  [
    'ScatterElements',
    [
      [3, 4],
      [3, 2],
    ],
    (x, u) => [
      ops.scatterElements(x, index(x, [3, 2], [0, 2, 1, 3, 2, 1]), u, { axis: 1 }),
      ops.scatterElements(x, index(x, [3, 2], [0, 0, 1, 3, 2, 1]), u, { axis: 1, reduction: 'add' }),
    ],
  ],
  ['LayerNormalization', [[n, m, 5], [5], [5]], (x, s, b) => ops.layerNormalization(x, s, b)],
  [
    'LayerNormalization',
    [
      [2, m, 3],
      [m, 3],
    ],
    (x, s) => ops.layerNormalization(x, s, undefined, { axis: 1 }),
  ],
  ['InstanceNormalization', [[2, 3, 2, 3], [3], [3]], (x, s, b) => ops.instanceNormalization(x, s, b)],
  ['GroupNormalization', [[2, 4, 2, 3], [4], [4]], (x, s, b) => ops.groupNormalization(x, s, b, 2)],
  [
    'BatchNormalization',
    [[2, 3, 2, 2], [3], [3]],
    (x, scale, bias) =>
      ops.batchNormalization(x, {
        scale,
        bias,
        mean: x.graph.constant({ dtype: 'float32', shape: [3], data: Float32Array.of(0.1, 0, -0.2) }),
        variance: x.graph.constant({ dtype: 'float32', shape: [3], data: Float32Array.of(1, 0.5, 2) }),
      }),
  ],
]

/** Operators whose result is constant wherever it has a derivative, or is no float: they give no gradient. */
const withoutGradient = ['Floor', 'Ceil', 'Round', 'Sign', 'ArgMax', 'OneHot', 'Shape']

describe('the gradient rule of', () => {
  test.each(cases.map(([operator, shapes, build], seed) => ({ operator, shapes, build, seed })))(
    '$operator over $shapes agrees with finite differences',
    async ({ shapes, build, seed }) => {
      await expectGradients(shapes, build, { seed: seed + 1 })
    },
  )

  test('every operator that has one is checked above', () => {
    const checked = new Set([...cases.map(([operator]) => operator), ...withoutGradient])
    expect([...rules.keys()].filter((operator) => !checked.has(operator))).toEqual([])
  })

  test.each(['floor', 'ceil', 'round', 'sign'] as const)('%s is zero', async (name) => {
    await expectGradients([[3]], (x) => ops.add(ops[name](ops.add(ops.mul(x, 0.1), 0.3)), ops.mul(x, 2)))
  })
})

describe('gradients', () => {
  test('of a value that is used several times are summed', async () => {
    await expectGradients([[3]], (x) => ops.mul(ops.add(ops.mul(x, x), x), ops.exp(x)))
  })

  test('pass by what does not matter, and are zeros for what the loss does not see', async () => {
    await expectGradients([[2], [3]], (x, unseen) => {
      ops.exp(unseen)
      return ops.mul(x, ops.cast(ops.greater(x, 0), 'float32'))
    })
  })

  test('of gradients are second derivatives', async () => {
    await expectGradients([[3]], (x) => {
      const cubes = ops.reduceSum(ops.pow(x, 3), { keepDims: false })
      return gradientsOf(cubes, [x])[0]!
    })
  })

  test('are refused for what is no scalar, and for an operator without a rule', () => {
    const graph = new Graph()
    const x = graph.input('x', 'float32', [1, 4, 2])
    expect(() => gradientsOf(x, [x])).toThrow('A loss is a scalar; reduce "x" float32 [1, 4, 2]')
    const mixed = ops.reduceSum(ops.multiHeadAttention(x, x, x, 1))
    expect(() => gradientsOf(mixed, [x])).toThrow(/MultiHeadAttention .* has no gradient rule.*Attention must be plain/)
  })
})
