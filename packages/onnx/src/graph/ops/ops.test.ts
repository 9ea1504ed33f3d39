import { describe, expect, test } from 'vitest'
import { evaluate } from '../../runtime/session.ts'
import { float32, int64, type AnyTensor } from '../../tensor/tensor.ts'
import { Graph, type Value } from '../graph.ts'
import type { Shape } from '../shape.ts'
import * as ops from './index.ts'

/** Deterministic numbers in [-1, 1), all different. */
function ramp(shape: readonly number[], seed = 1): AnyTensor {
  const count = shape.reduce((product, dim) => product * dim, 1)
  return float32(
    shape,
    Array.from({ length: count }, (_, index) => ((((index + 1) * 7919 * seed) % 2003) / 2003) * 2 - 1),
  )
}

interface Case {
  readonly title: string
  readonly inputs: readonly (readonly number[])[]
  readonly build: (...values: Value[]) => Value | readonly Value[]
  /** The value expected at flat index `i` of the first output, from the flat inputs. */
  readonly expected?: (...inputs: readonly Float32Array[]) => (i: number) => number
}

const x4 = [2, 4, 5, 6]
const elementwise =
  (f: (x: number) => number): NonNullable<Case['expected']> =>
  (x) =>
  (i) =>
    f(x![i]!)

const cases: readonly Case[] = [
  { title: 'Neg', inputs: [[2, 3]], build: ops.neg, expected: elementwise((x) => -x) },
  { title: 'Abs', inputs: [[2, 3]], build: ops.abs, expected: elementwise(Math.abs) },
  { title: 'Sign', inputs: [[2, 3]], build: ops.sign, expected: elementwise(Math.sign) },
  { title: 'Identity', inputs: [[2, 3]], build: ops.identity, expected: elementwise((x) => x) },
  { title: 'Exp', inputs: [[2, 3]], build: ops.exp, expected: elementwise(Math.exp) },
  {
    title: 'Log',
    inputs: [[7]],
    build: (x) => ops.log(ops.abs(x)),
    expected: elementwise((x) => Math.log(Math.abs(x))),
  },
  {
    title: 'Sqrt',
    inputs: [[7]],
    build: (x) => ops.sqrt(ops.abs(x)),
    expected: elementwise((x) => Math.sqrt(Math.abs(x))),
  },
  { title: 'Reciprocal', inputs: [[7]], build: ops.reciprocal, expected: elementwise((x) => 1 / x) },
  { title: 'Sigmoid', inputs: [[7]], build: ops.sigmoid, expected: elementwise((x) => 1 / (1 + Math.exp(-x))) },
  { title: 'Tanh', inputs: [[7]], build: ops.tanh, expected: elementwise(Math.tanh) },
  { title: 'Softplus', inputs: [[7]], build: ops.softplus, expected: elementwise((x) => Math.log1p(Math.exp(x))) },
  { title: 'Sin', inputs: [[7]], build: ops.sin, expected: elementwise(Math.sin) },
  { title: 'Cos', inputs: [[7]], build: ops.cos, expected: elementwise(Math.cos) },
  { title: 'Floor', inputs: [[7]], build: ops.floor, expected: elementwise(Math.floor) },
  { title: 'Ceil', inputs: [[7]], build: ops.ceil, expected: elementwise((x) => Math.ceil(x)) },
  { title: 'Relu', inputs: [[7]], build: ops.relu, expected: elementwise((x) => Math.max(x, 0)) },
  {
    title: 'LeakyRelu',
    inputs: [[7]],
    build: (x) => ops.leakyRelu(x, 0.2),
    expected: elementwise((x) => (x > 0 ? x : x * 0.2)),
  },
  { title: 'Elu', inputs: [[7]], build: (x) => ops.elu(x), expected: elementwise((x) => (x > 0 ? x : Math.expm1(x))) },
  {
    title: 'HardSigmoid',
    inputs: [[7]],
    build: (x) => ops.hardSigmoid(x, 1),
    expected: elementwise((x) => Math.max(0, Math.min(1, x + 0.5))),
  },
  {
    title: 'HardSwish',
    inputs: [[7]],
    build: ops.hardSwish,
    expected: elementwise((x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))),
  },
  {
    title: 'Mish',
    inputs: [[7]],
    build: ops.mish,
    expected: elementwise((x) => x * Math.tanh(Math.log1p(Math.exp(x)))),
  },
  {
    title: 'Gelu (tanh)',
    inputs: [[7]],
    build: (x) => ops.gelu(x, 'tanh'),
    expected: elementwise((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  },
  {
    title: 'Gelu is x·(1 + erf(x/√2))/2',
    inputs: [[7]],
    build: (x) => ops.sub(ops.gelu(x), ops.mul(ops.mul(x, 0.5), ops.add(ops.erf(ops.mul(x, Math.SQRT1_2)), 1))),
    expected: () => () => 0,
  },
  {
    title: 'Add with broadcasting',
    inputs: [
      [2, 1, 3],
      [4, 1],
    ],
    build: ops.add,
    expected: (a, b) => (i) => a![Math.floor(i / 12) * 3 + (i % 3)]! + b![Math.floor(i / 3) % 4]!,
  },
  { title: 'Sub with a number', inputs: [[3]], build: (x) => ops.sub(1, x), expected: elementwise((x) => 1 - x) },
  { title: 'Mul', inputs: [[3], [3]], build: ops.mul, expected: (a, b) => (i) => a![i]! * b![i]! },
  { title: 'Div', inputs: [[3], [3]], build: ops.div, expected: (a, b) => (i) => a![i]! / b![i]! },
  { title: 'Pow', inputs: [[3]], build: (x) => ops.pow(x, 2), expected: elementwise((x) => x * x) },
  { title: 'Min', inputs: [[3], [3]], build: ops.min, expected: (a, b) => (i) => Math.min(a![i]!, b![i]!) },
  { title: 'Max', inputs: [[3], [3]], build: ops.max, expected: (a, b) => (i) => Math.max(a![i]!, b![i]!) },
  { title: 'Mod of floats', inputs: [[5]], build: (x) => ops.mod(x, 0.3), expected: elementwise((x) => x % 0.3) },
  {
    title: 'PRelu',
    inputs: [[5], [1]],
    build: ops.prelu,
    expected: (x, s) => (i) => (x![i]! > 0 ? x![i]! : x![i]! * s![0]!),
  },
  {
    title: 'Clip',
    inputs: [[9]],
    build: (x) => ops.clip(x, -0.5, 0.5),
    expected: elementwise((x) => Math.max(-0.5, Math.min(0.5, x))),
  },
  {
    title: 'Clip from below only',
    inputs: [[9]],
    build: (x) => ops.clip(x, 0.25),
    expected: elementwise((x) => Math.max(0.25, x)),
  },
  {
    title: 'Where',
    inputs: [[5], [5]],
    build: (a, b) => ops.where(ops.greater(a, b), a, 0),
    expected: (a, b) => (i) => (a![i]! > b![i]! ? a![i]! : 0),
  },
  {
    title: 'Not, Less, And, Or',
    inputs: [[9]],
    build: (x) =>
      ops.cast(
        ops.or(ops.and(ops.less(x, 0.5), ops.greaterOrEqual(x, 0)), ops.not(ops.lessOrEqual(x, 0.9))),
        'float32',
      ),
    expected: elementwise((x) => ((x < 0.5 && x >= 0) || x > 0.9 ? 1 : 0)),
  },
  {
    title: 'MatMul of vectors and matrices',
    inputs: [[3], [3, 2]],
    build: ops.matMul,
    expected: (a, b) => (i) => a![0]! * b![i]! + a![1]! * b![2 + i]! + a![2]! * b![4 + i]!,
  },
  {
    title: 'Gemm',
    inputs: [[3, 2], [4, 3], [4]],
    build: (a, b, c) => ops.gemm(a, b, c, { transA: true, transB: true, alpha: 2 }),
    expected: (a, b, c) => (i) =>
      2 * [0, 1, 2].reduce((sum, k) => sum + a![k * 2 + Math.floor(i / 4)]! * b![(i % 4) * 3 + k]!, 0) + c![i % 4]!,
  },
  {
    title: 'Transpose',
    inputs: [[2, 3]],
    build: (x) => ops.transpose(x),
    expected: (x) => (i) => x![(i % 2) * 3 + Math.floor(i / 2)]!,
  },
  {
    title: 'Slice with a negative step',
    inputs: [[5]],
    build: (x) => ops.slice(x, 0, -1, -6, -2),
    expected: (x) => (i) => x![4 - 2 * i]!,
  },
  {
    title: 'Pad',
    inputs: [[3]],
    build: (x) => ops.pad(x, [1], [2], { value: 9 }),
    expected: (x) => (i) => (i === 0 || i > 3 ? 9 : x![i - 1]!),
  },
  {
    title: 'Resize nearest',
    inputs: [[1, 1, 2, 2]],
    build: (x) => ops.resize(x, 2),
    expected: (x) => (i) => x![Math.floor(i / 8) * 2 + Math.floor((i % 4) / 2)]!,
  },
  {
    title: 'DepthToSpace',
    inputs: [[1, 4, 1, 1]],
    build: (x) => ops.depthToSpace(x, 2),
    expected: (x) => (i) => x![i]!,
  },
  {
    title: 'SpaceToDepth',
    inputs: [[1, 1, 2, 2]],
    build: (x) => ops.spaceToDepth(x, 2),
    expected: (x) => (i) => x![i]!,
  },
  {
    title: 'ReduceSum',
    inputs: [[2, 3]],
    build: (x) => ops.reduceSum(x, { axes: [-1], keepDims: false }),
    expected: (x) => (i) => x![3 * i]! + x![3 * i + 1]! + x![3 * i + 2]!,
  },
  {
    title: 'ReduceMean',
    inputs: [[2, 3]],
    build: (x) => ops.reduceMean(x, { axes: [0] }),
    expected: (x) => (i) => (x![i]! + x![3 + i]!) / 2,
  },
  {
    title: 'ReduceMax of all',
    inputs: [[2, 3]],
    build: (x) => ops.reduceMax(x, { keepDims: false }),
    expected: (x) => () => Math.max(...x!),
  },
  {
    title: 'ReduceMin, ReduceProd, ReduceSumSquare and ReduceL2',
    inputs: [[4]],
    build: (x) => ops.concat([ops.reduceMin(x), ops.reduceProd(x), ops.reduceSumSquare(x), ops.reduceL2(x)], 0),
    expected: (x) => (i) =>
      [Math.min(...x!), x!.reduce((a, b) => a * b), x!.reduce((a, b) => a + b * b, 0), Math.hypot(...x!)][i]!,
  },
  {
    title: 'CumSum',
    inputs: [[4]],
    build: (x) => ops.cumSum(x, 0),
    expected: (x) => (i) => x!.slice(0, i + 1).reduce((a, b) => a + b),
  },
  {
    title: 'Softmax',
    inputs: [[4]],
    build: (x) => ops.softmax(x),
    expected: (x) => (i) => Math.exp(x![i]!) / x!.reduce((sum, v) => sum + Math.exp(v), 0),
  },
  {
    title: 'LogSoftmax',
    inputs: [[4]],
    build: (x) => ops.sub(ops.logSoftmax(x), ops.log(ops.softmax(x))),
    expected: () => () => 0,
  },
  {
    title: 'OneHot and ArgMax',
    inputs: [[4]],
    build: (x) => ops.oneHot(ops.argMax(x), 4),
    expected: (x) => (i) => (x![i] === Math.max(...x!) ? 1 : 0),
  },
  {
    title: 'Trilu',
    inputs: [[3, 3]],
    build: (x) => ops.trilu(x, { upper: false }),
    expected: (x) => (i) => (i % 3 <= Math.floor(i / 3) ? x![i]! : 0),
  },
  {
    title: 'Expand',
    inputs: [[3, 1]],
    build: (x) => ops.expand(x, [2, 1, 4]),
    expected: (x) => (i) => x![Math.floor(i / 4) % 3]!,
  },
  { title: 'Tile', inputs: [[3]], build: (x) => ops.tile(x, [2]), expected: (x) => (i) => x![i % 3]! },
  {
    title: 'Gather',
    inputs: [[4, 2]],
    build: (x) => ops.gather(x, x.graph.constant(int64([2], [3, 0]))),
    expected: (x) => (i) => x![i < 2 ? 6 + i : i - 2]!,
  },
  {
    title: 'GatherElements',
    inputs: [[2, 2]],
    build: (x) => ops.gatherElements(x, x.graph.constant(int64([2, 1], [1, 0])), 1),
    expected: (x) => (i) => x![i === 0 ? 1 : 2]!,
  },
  {
    title: 'GatherND',
    inputs: [[2, 2]],
    build: (x) => ops.gatherND(x, x.graph.constant(int64([2, 2], [1, 1, 0, 1]))),
    expected: (x) => (i) => x![i === 0 ? 3 : 1]!,
  },
  {
    title: 'ScatterND that adds',
    inputs: [[3], [2]],
    build: (x, u) => ops.scatterND(x, x.graph.constant(int64([2, 1], [1, 1])), u, 'add'),
    expected: (x, u) => (i) => x![i]! + (i === 1 ? u![0]! + u![1]! : 0),
  },
  {
    title: 'ScatterElements',
    inputs: [[3], [1]],
    build: (x, u) => ops.scatterElements(x, x.graph.constant(int64([1], [2])), u),
    expected: (x, u) => (i) => (i === 2 ? u![0]! : x![i]!),
  },
  {
    title: 'Round, IsNaN',
    inputs: [[5]],
    build: (x) => ops.where(ops.isNaN(x), 0, ops.round(ops.mul(x, 10))),
    expected: elementwise((x) => Math.round(x * 10)),
  },
  // Shapes only: the values are checked against references with the layers that use them.
  {
    title: 'Conv',
    inputs: [x4, [6, 2, 3, 3], [6]],
    build: (x, w, b) => ops.conv(x, w, b, { stride: [2, 1], padding: [1, 0, 2, 1], dilation: [1, 2], groups: 2 }),
  },
  {
    title: 'ConvTranspose',
    inputs: [x4, [4, 3, 3, 3], [6]],
    build: (x, w, b) => ops.convTranspose(x, w, b, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
  },
  {
    title: 'pooling',
    inputs: [x4],
    build: (x) => [
      ops.averagePool(x, { kernel: 2 }),
      ops.maxPool(x, { kernel: 3, stride: 2, padding: 1 }),
      ops.globalAveragePool(x),
      ops.averagePool(x, { kernel: 3, stride: 1, padding: 1, countIncludePad: true }),
    ],
  },
  {
    title: 'FusedMatMul',
    inputs: [
      [2, 3, 4],
      [5, 4],
    ],
    build: (a, b) => ops.fusedMatMul(a, b, { transB: true }),
  },
  {
    title: 'Split, TopK, Squeeze and Unsqueeze',
    inputs: [[4, 6]],
    build: (x) => [
      ...ops.split(x, [1, 2, 3], 1),
      ...ops.chunk(x, 2, 0),
      ops.topK(x, 2).values,
      ops.topK(x, 2).indices,
      ops.squeeze(ops.unsqueeze(x, [0, -1]), [0]),
    ],
  },
  {
    title: 'Resize linear and cubic',
    inputs: [x4],
    build: (x) => [
      ops.resize(x, [2, 1.5], { mode: 'linear' }),
      ops.resize(x, 2, { mode: 'linear', alignCorners: true }),
      ops.resize(x, 0.5, { mode: 'cubic' }),
    ],
  },
  {
    title: 'normalisations',
    inputs: [x4, [4], [4], [6], [4, 5, 6]],
    build: (x, s, b, l, m) => [
      ops.layerNormalization(x, l),
      ops.layerNormalization(x, m, undefined, { axis: 1 }),
      ops.instanceNormalization(x, s, b),
      ops.groupNormalization(x, s, b, 2),
      ops.batchNormalization(x, { scale: s, bias: b, mean: b, variance: ops.abs(s) }),
    ],
  },
  {
    title: 'MultiHeadAttention',
    inputs: [
      [2, 5, 8],
      [2, 7, 8],
      [2, 7, 8],
    ],
    build: (q, k, v) => ops.multiHeadAttention(q, k, v, 2),
  },
]

describe('every operator', () => {
  test.each(cases)(
    '$title has the shape that was inferred and the value of its formula',
    async ({ inputs, build, expected }) => {
      const graph = new Graph()
      const values = inputs.map((shape, index) => graph.input(`in${index}`, 'float32', shape))
      const built = build(...values)
      const outputs: readonly Value[] = 'graph' in built ? [built] : built
      for (const [index, value] of outputs.entries()) graph.output(`out${index}`, value)
      const tensors = inputs.map((shape, index) => ramp(shape, index + 1))
      const results = await evaluate(graph, Object.fromEntries(tensors.map((tensor, index) => [`in${index}`, tensor])))
      for (const [index, value] of outputs.entries()) {
        expect(results[`out${index}`]!.shape).toEqual(value.shape)
        expect(results[`out${index}`]!.dtype).toBe(value.dtype)
      }
      if (!expected) return
      const at = expected(...tensors.map((tensor) => tensor.data as Float32Array))
      const got = [...(results['out0']!.data as Float32Array)]
      expect(got.length).toBeGreaterThan(0)
      for (const [i, value] of got.entries()) expect(value).toBeCloseTo(at(i), 5)
    },
  )
})

describe('symbolic dimensions', () => {
  const run = async (build: (x: Value) => Value, shape: Shape, fed: readonly number[]) => {
    const graph = new Graph()
    const y = graph.output('y', build(graph.input('x', 'float32', shape)))
    return { inferred: y.shape, got: (await evaluate(graph, { x: ramp(fed) }))['y']!.shape }
  }

  test('pass through convolutions, and a reshape puts them back where they came from', async () => {
    const build = (x: Value): Value => {
      const weight = x.graph.constant(ramp([4, 4, 3, 3]))
      const y = ops.conv(x, weight, undefined, { padding: 1 })
      const tokens = ops.transpose(ops.reshape(y, [y.shape[0]!, 4, -1]), [0, 2, 1])
      expect(tokens.shape).toEqual(['batch', 'height*width', 4])
      return ops.reshape(ops.transpose(tokens, [0, 2, 1]), x.shape)
    }
    expect(await run(build, ['batch', 4, 'height', 'width'], [2, 4, 3, 5])).toEqual({
      inferred: ['batch', 4, 'height', 'width'],
      got: [2, 4, 3, 5],
    })
  })

  test('go down by a stride and up again, and the skip is concatenated', async () => {
    const build = (x: Value): Value => {
      const weight = x.graph.constant(ramp([4, 4, 3, 3]))
      const down = ops.conv(x, weight, undefined, { padding: 1, stride: 2 })
      return ops.concat([ops.resize(down, 2), x], 1)
    }
    const { inferred, got } = await run(build, ['batch', 4, 'height', 'width'], [1, 4, 6, 8])
    expect(inferred).toEqual(['batch', 8, 'height', 'width'])
    expect(got).toEqual([1, 8, 6, 8])
  })

  test('are read at run time for Expand and Range', async () => {
    const build = (x: Value): Value =>
      ops.add(ops.full(x.graph, 'float32', [3, x.shape[0]!], 2), ops.cast(ops.range(x.graph, x.shape[0]!), 'float32'))
    expect(await run(build, ['length'], [5])).toEqual({ inferred: [3, 'length'], got: [3, 5] })
  })
})

describe('a mistake', () => {
  const graph = (): Graph => new Graph()

  test('in a convolution names operator, place, operands, expected and got', () => {
    const g = graph()
    const x = g.input('latents', 'float32', [1, 4, 64, 64])
    const weight = g.parameter('conv_in.weight', 'float32', [320, 8, 3, 3])
    expect(() => g.scope('down_blocks.0', () => ops.conv(x, weight))).toThrow(
      'Conv in down_blocks.0: expected axis 1 of weight (channels of x / groups) to be 4, got 8 ' +
        '(x = "latents" float32 [1, 4, 64, 64], weight = "conv_in.weight" float32 [320, 8, 3, 3])',
    )
  })

  test.each([
    [
      'adding what does not broadcast',
      (a: Value) => ops.add(a, a.graph.input('b', 'float32', [3])),
      /Add: expected shapes that broadcast/,
    ],
    [
      'adding two dtypes',
      (a: Value) => ops.add(a, a.graph.input('b', 'int64', [4])),
      /one dtype, got float32 and int64/,
    ],
    [
      'a product of wrong widths',
      (a: Value) => ops.matMul(a, a.graph.input('b', 'float32', [3, 2])),
      /MatMul: expected the rows of b .* to be 4, got 3/,
    ],
    [
      'a reshape that loses elements',
      (a: Value) => ops.reshape(a, [5, -1]),
      /as many elements as \[2, 4\], got \[5, -1\]/,
    ],
    [
      'another plain symbol',
      (a: Value) => ops.add(a.graph.input('s', 'float32', ['batch']), a.graph.input('t', 'float32', ['sequence'])),
      /broadcast/,
    ],
    ['an axis that is not there', (a: Value) => ops.softmax(a, 2), /an axis from -2 to 1, got 2/],
    ['a split that does not add up', (a: Value) => ops.split(a, [1, 2], 1), /add up to 4 on axis 1, got 1 \+ 2/],
    [
      'groups that do not divide',
      (a: Value) =>
        ops.groupNormalization(
          ops.reshape(a, [1, 4, 2]),
          a.graph.input('s', 'float32', [4]),
          a.graph.input('b', 'float32', [4]),
          3,
        ),
      /4 channels to divide into 3 groups/,
    ],
    [
      'a value of another graph',
      (a: Value) => ops.add(a, new Graph().input('b', 'float32', [4])),
      /belongs to another graph/,
    ],
    [
      'an integer where floats are needed',
      (a: Value) => ops.exp(a.graph.input('n', 'int64', [1])),
      /floating-point operand, got int64/,
    ],
    [
      'a window larger than its image',
      (a: Value) => ops.conv(ops.reshape(a, [1, 1, 2, 4]), a.graph.input('w', 'float32', [1, 1, 3, 3])),
      /at least one element on each axis/,
    ],
  ])('such as %s is refused at the call', (_title, build, message) => {
    expect(() => build(graph().input('a', 'float32', [2, 4]))).toThrow(message)
  })

  test('a parameter asked for with two shapes is refused; asked for alike it is tied', () => {
    const g = graph()
    const first = g.parameter('w', 'float32', [2])
    expect(g.parameter('w', 'float32', [2])).toBe(first)
    expect(() => g.parameter('w', 'float32', [3])).toThrow('"w" float32 [2] is asked for again as float32 [3]')
    expect(() => g.input('w', 'float32', [2])).toThrow('"w" cannot be an input')
  })
})
