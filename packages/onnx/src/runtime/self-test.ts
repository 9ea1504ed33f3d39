import { numberAt } from '../tensor/index.ts'
import { Graph } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { attention } from '../layers/attention.ts'
import { silu } from '../layers/linear.ts'
import { float32, type AnyTensor } from '../tensor/tensor.ts'
import type { Feeds } from './session.ts'

/** A small graph whose answer is known from plain arithmetic. */
export interface SelfTest {
  readonly graph: Graph
  readonly feeds: Feeds
  readonly expected: Float32Array
}

/** Relative to the largest expected value: half precision passes, a wrong kernel does not. */
const tolerance = 5e-3

/** Says how far `got` is from what is expected, where that is too far. */
export function wrongness({ expected }: SelfTest, got: AnyTensor | undefined): string | undefined {
  if (got?.data.length !== expected.length) return `gave ${got?.data.length ?? 0} values instead of ${expected.length}`
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  let worst = 0
  for (const [index, value] of expected.entries()) {
    const distance = Math.abs(Number(got.data[index]) - value)
    if (Number.isNaN(distance)) return 'gives NaN'
    worst = Math.max(worst, distance)
  }
  return worst / scale <= tolerance ? undefined : `is wrong by ${(worst / scale).toExponential(1)} of the largest value`
}

/** Values in [-1, 1) in no simple order. */
function scattered(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => (((index + seed) * 7919) % 2003) / 1001.5 - 1)
}

/** Convolution, SiLU, a matrix product and softmax: what every model here is made of. */
export function productsTest(): SelfTest {
  const [channels, side, width] = [4, 6, 5]
  const pixels = side * side
  const [image, kernel, matrix] = [
    scattered(channels * pixels, 1),
    scattered(channels * channels * 9, 2),
    scattered(channels * width, 3),
  ]
  const graph = new Graph()
  const x = graph.input('x', 'float32', [1, channels, side, side])
  const w = graph.constant(float32([channels, channels, 3, 3], kernel))
  const active = silu(ops.conv(x, w, undefined, { padding: 1 }))
  const rows = ops.transpose(ops.reshape(active, [channels, pixels]))
  graph.output('y', ops.softmax(ops.matMul(rows, graph.constant(float32([channels, width], matrix)))))
  return { graph, feeds: { x: float32([1, channels, side, side], image) }, expected: products() }

  function products(): Float32Array {
    const result = new Float32Array(pixels * width)
    for (let pixel = 0; pixel < pixels; pixel++) {
      const activations = Array.from({ length: channels }, (_, out) => {
        let sum = 0
        for (let tap = 0; tap < channels * 9; tap++) {
          const y = Math.floor(pixel / side) + Math.floor((tap % 9) / 3) - 1
          const z = (pixel % side) + (tap % 3) - 1
          if (y < 0 || y >= side || z < 0 || z >= side) continue
          sum += at(image, Math.floor(tap / 9) * pixels + y * side + z) * at(kernel, out * channels * 9 + tap)
        }
        return sum / (1 + Math.exp(-sum))
      })
      const scores = Array.from({ length: width }, (_, column) =>
        activations.reduce((sum, value, row) => sum + value * at(matrix, row * width + column), 0),
      )
      result.set(softmax(scores), pixel * width)
    }
    return result
  }
}

/** The fused attention operator over enough tokens to take the path that real pictures take. */
export function attentionTest(): SelfTest {
  const [tokens, heads, head] = [96, 2, 40]
  const width = heads * head
  const [q, k, v] = [scattered(tokens * width, 4), scattered(tokens * width, 5), scattered(tokens * width, 6)]
  const graph = new Graph()
  const [query, key, value] = ['q', 'k', 'v'].map((name) => graph.input(name, 'float32', [1, tokens, width]))
  if (query && key && value) graph.output('y', attention(query, key, value, { heads, form: 'fused' }))
  const expected = new Float32Array(tokens * width)
  for (let h = 0; h < heads; h++) {
    for (let i = 0; i < tokens; i++) {
      const scores = Array.from({ length: tokens }, (_, j) => {
        let sum = 0
        for (let d = 0; d < head; d++) sum += at(q, i * width + h * head + d) * at(k, j * width + h * head + d)
        return sum / Math.sqrt(head)
      })
      for (const [j, weight] of softmax(scores).entries()) {
        for (let d = 0; d < head; d++) {
          const place = i * width + h * head + d
          expected[place] = at(expected, place) + weight * at(v, j * width + h * head + d)
        }
      }
    }
  }
  const shape = [1, tokens, width]
  return { graph, feeds: { q: float32(shape, q), k: float32(shape, k), v: float32(shape, v) }, expected }
}

/** A product large enough to tell a device from a driver that only imitates one. */
export function speedTest(): { readonly graph: Graph; readonly feeds: Feeds } {
  const size = 1024
  const graph = new Graph()
  const x = graph.input('x', 'float32', [size, size])
  graph.output('y', ops.reduceMax(ops.matMul(ops.matMul(x, x), x)))
  return { graph, feeds: { x: float32([size, size], scattered(size * size, 7)) } }
}

function softmax(scores: readonly number[]): readonly number[] {
  const most = Math.max(...scores)
  const weights = scores.map((score) => Math.exp(score - most))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

function at(values: Float32Array, index: number): number {
  return numberAt(values, index)
}
