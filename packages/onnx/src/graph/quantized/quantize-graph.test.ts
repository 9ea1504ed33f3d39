import { describe, expect, test } from 'vitest'
import { conv2d, type Conv2dOptions } from '../../layers/convolution.ts'
import { featureMap } from '../../layers/feature-map.ts'
import { linear } from '../../layers/linear.ts'
import { Scope } from '../../layers/scope.ts'
import { evaluate } from '../../runtime/session.ts'
import { bindWeights } from '../../serialize/bind-weights.ts'
import { float32, type Tensor } from '../../tensor/tensor.ts'
import { quantizedWeights } from '../../weights/quantize.ts'
import { createWeightSource, mergeWeights, weightOf } from '../../weights/weight-source.ts'
import { Graph } from '../graph.ts'
import * as ops from '../ops/index.ts'
import { quantizeGraph, type QuantizeOptions } from './quantize-graph.ts'

const levels = 63

/** Numbers in [-1, 1) that are the same on every run; their range is not symmetric, so that 0 has a level of its own. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state / 2 ** 31 - 1) * (state % 3 === 0 ? 1 : 0.4)
  })
}

const tensorOf = (shape: readonly number[], seed: number): Tensor =>
  float32(
    shape,
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  )

/** ONNX's DynamicQuantizeLinear, as its specification writes it. */
function quantize(values: Float32Array) {
  const low = Math.min(0, ...values)
  const high = Math.max(0, ...values)
  const scale = Math.fround((high - low) / 255)
  const even = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))
  const zero = Math.min(255, Math.max(0, even(-low / scale)))
  const quantized = Int32Array.from(values, (value) => Math.min(255, Math.max(0, even(value / scale) + zero)))
  return { levels: quantized, zero, scale }
}

function quantizeRow(row: Float32Array) {
  const scale = Math.fround(row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / levels)
  return { levels: Int32Array.from(row, (value) => Math.round(value / scale)), scale }
}

interface Case {
  readonly x: Tensor
  readonly weight: Tensor
  readonly bias: Tensor
  readonly stride: number
  readonly before: number
  readonly after: number
  readonly dilation: number
}

/** The convolution in whole numbers, one output at a time. */
function expected({ x, weight, bias, stride, before, after, dilation }: Case): Float32Array {
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape
  const [outputs = 1, , kernel = 1] = weight.shape
  const extent = dilation * (kernel - 1) + 1
  const count = (size: number): number => Math.floor((size + before + after - extent) / stride) + 1
  const source = quantize(x.data)
  const result: number[] = []
  for (let image = 0; image < batch; image++) {
    for (let output = 0; output < outputs; output++) {
      const size = channels * kernel * kernel
      const row = quantizeRow(weight.data.slice(output * size, (output + 1) * size))
      for (let top = 0; top < count(height); top++) {
        for (let left = 0; left < count(width); left++) {
          let sum = 0
          for (let place = 0; place < size; place++) {
            const [channel, tap] = [Math.floor(place / (kernel * kernel)), place % (kernel * kernel)]
            const h = top * stride - before + Math.floor(tap / kernel) * dilation
            const w = left * stride - before + (tap % kernel) * dilation
            const isInside = h >= 0 && h < height && w >= 0 && w < width
            const at = ((image * channels + channel) * height + h) * width + w
            if (isInside) sum += ((source.levels[at] ?? NaN) - source.zero) * (row.levels[place] ?? NaN)
          }
          result.push(sum * source.scale * row.scale + (bias.data[output] ?? NaN))
        }
      }
    }
  }
  return Float32Array.from(result)
}

interface Weights {
  readonly weight: Tensor
  readonly bias: Tensor
}

/** What the quantised form of a graph with the weights `layer.weight` and `layer.bias` gives. */
async function quantizedResult(graph: Graph, x: Tensor, { weight, bias }: Weights, options: QuantizeOptions = {}) {
  const quantized = quantizeGraph(graph, 'int8', options)
  const source = createWeightSource([weightOf('layer.weight', weight), weightOf('layer.bias', bias)])
  const own = createWeightSource(quantizedWeights(source, quantized.matrices, levels))
  const bind = bindWeights(mergeWeights([source, own], 'weights of a test'))
  const results = await evaluate(quantized.graph, { x }, bind)
  return { ...quantized, y: results['y'] as Tensor }
}

function convolution(options: Conv2dOptions, channels: number): Graph {
  const graph = new Graph()
  const x = featureMap(graph.input('x', 'float32', ['batch', channels, 'height', 'width']))
  graph.output('y', conv2d(new Scope(graph).at('layer'), x, options).value)
  return graph
}

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0)

describe('an int8 convolution of open sizes is exact in whole numbers', () => {
  test.each([
    ['with a kernel of 3', { out: 64 }],
    ['of one pixel', { out: 512, kernel: 1 }],
    ['that halves both sides', { out: 64, stride: 2 }],
    ['of one pixel that halves both sides', { out: 512, kernel: 1, stride: 2, padding: 0 }],
    ['padded right and below only', { out: 64, stride: 2, padding: 0, paddingAfter: 1 }],
    ['without a border', { out: 64, padding: 0 }],
    ['with its taps apart', { out: 64, dilation: 2 }],
    ['with a kernel of 5', { out: 32, kernel: 5 }],
  ] as const)('%s', async (_what, options) => {
    const { out, kernel = 3, stride = 1, dilation = 1 }: Conv2dOptions = options
    const { padding = Math.floor((dilation * (kernel - 1) + 1) / 2), paddingAfter = padding }: Conv2dOptions = options
    const channels = 32
    const x = tensorOf([2, channels, 7, 6], 1)
    const weights = { weight: tensorOf([out, channels, kernel, kernel], 2), bias: tensorOf([out], 3) }
    const { y, matrices } = await quantizedResult(convolution(options, channels), x, weights)
    expect(matrices.map(({ name }) => name)).toEqual(['layer.weight'])
    const right = expected({ x, ...weights, stride, dilation, before: padding, after: paddingAfter })
    expect(y.data.length).toBe(right.length)
    expect(largestDifference(y.data, right)).toBeLessThan(1e-4)
  })
})

describe('an int8 convolution in bands of rows', () => {
  test.each([
    ['of a map with more rows than bands', 4, 11, { out: 64 }],
    ['of a map with fewer rows than bands', 8, 3, { out: 64 }],
    ['that halves both sides', 3, 9, { out: 64, stride: 2 }],
    ['with its taps apart', 3, 8, { out: 64, dilation: 2 }],
  ] as const)('%s is the same bit for bit', async (_what, bands, height, options) => {
    const channels = 32
    const x = tensorOf([2, channels, height, 6], 1)
    const weights = { weight: tensorOf([options.out, channels, 3, 3], 2), bias: tensorOf([options.out], 3) }
    const whole = await quantizedResult(convolution(options, channels), x, weights)
    const banded = await quantizedResult(convolution(options, channels), x, weights, { bands })
    expect(countOf(banded.graph, 'MatMulIntegerToFloat')).toBe(bands)
    expect(banded.y).toEqual(whole.y)
  })
})

test('an int8 product is exact in whole numbers', async () => {
  const graph = new Graph()
  const input = graph.input('x', 'float32', ['batch', 'length', 64])
  graph.output('y', linear(new Scope(graph).at('layer'), input, { out: 256 }))
  const x = tensorOf([2, 5, 64], 4)
  const weights = { weight: tensorOf([256, 64], 5), bias: tensorOf([256], 6) }
  const { y } = await quantizedResult(graph, x, weights)
  // A product is a convolution of one pixel whose tokens are images of one pixel.
  const images = float32([10, 64, 1, 1], x.data)
  const kernel = float32([256, 64, 1, 1], weights.weight.data)
  const right = expected({ x: images, weight: kernel, bias: weights.bias, stride: 1, before: 0, after: 0, dilation: 1 })
  expect(y.shape).toEqual([2, 5, 256])
  expect(largestDifference(y.data, right)).toBeLessThan(1e-4)
})

const countOf = (graph: Graph, opType: string): number => graph.nodes.filter((node) => node.opType === opType).length

describe('the int8 form of a graph', () => {
  test('quantises a value once for all that read it', () => {
    const graph = new Graph()
    const scope = new Scope(graph)
    const x = graph.input('x', 'float32', ['batch', 'length', 256])
    const heads = ['q', 'k', 'v'].map((name) => linear(scope.at(name), x, { out: 256 }))
    graph.output('y', ops.concat(heads, 2))
    const quantized = quantizeGraph(graph, 'int8').graph
    expect(countOf(quantized, 'MatMulIntegerToFloat')).toBe(3)
    expect(countOf(quantized, 'DynamicQuantizeLinear')).toBe(1)
  })

  test('leaves the convolutions at both ends of a network exact, and those with groups', () => {
    const graph = new Graph()
    const scope = new Scope(graph)
    const x = featureMap(graph.input('x', 'float32', ['batch', 4, 'height', 'width']))
    const first = conv2d(scope.at('first'), x, { out: 512 })
    const grouped = conv2d(scope.at('grouped'), first, { out: 512, groups: 2 })
    const last = conv2d(scope.at('last'), grouped, { out: 4 })
    graph.output('y', last.value)
    expect(quantizeGraph(graph, 'int8').matrices).toEqual([])
  })

  test('leaves the embedding of a timestep exact, but not a large product with a vector', () => {
    const graph = new Graph()
    const scope = new Scope(graph)
    const time = graph.input('time', 'float32', ['batch', 1024])
    const embedding = linear(scope.at('embedding'), time, { out: 1024 })
    graph.output('y', linear(scope.at('modulation'), embedding, { out: 6144 }))
    expect(quantizeGraph(graph, 'int8').matrices.map(({ name }) => name)).toEqual(['modulation.weight'])
  })

  test('leaves what it is told to leave', () => {
    const graph = convolution({ out: 64 }, 64)
    expect(quantizeGraph(graph, 'int8', { select: () => false }).matrices).toEqual([])
  })
})
