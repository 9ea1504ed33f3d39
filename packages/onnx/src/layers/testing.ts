import type { Graph } from '../graph/graph.ts'
import { bindWeights } from '../serialize/bind-weights.ts'
import type { BindParameter } from '../serialize/binding.ts'
import { elementCountOf } from '../tensor/dtype.ts'
import { float32, type Tensor } from '../tensor/tensor.ts'
import { createWeightSource, weightOf } from '../weights/weight-source.ts'

/** Plain nested arithmetic over flat arrays, to check the layers against. Shapes as in the layers; nothing is fast. */
export type Floats = readonly number[]

/** Uniform numbers in [-1, 1) from a linear congruential generator (Numerical Recipes, ranqd1). */
export function pseudoRandom(count: number, seed: number): Floats {
  let state = (seed * 2654435761) >>> 0
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.fround(state / 2 ** 31 - 1)
  })
}

export function randomTensor(shape: readonly number[], seed: number, scale = 1): Tensor {
  const numbers = pseudoRandom(elementCountOf(shape), seed)
  return float32(
    shape,
    numbers.map((number) => number * scale),
  )
}

/** Random values for every parameter of a graph, by name, and the binding to them. */
export function randomParameters(
  graph: Graph,
  seed = 1,
): { readonly bind: BindParameter; readonly of: (name: string) => Floats } {
  const tensors = graph.parameters.map(({ name, shape }, index) => ({
    name,
    tensor: randomTensor(shape.map(Number), seed * 1000 + index, 0.5),
  }))
  const bind = bindWeights(createWeightSource(tensors.map(({ name, tensor }) => weightOf(name, tensor))))
  const of = (name: string): Floats => {
    const found = tensors.find((each) => each.name === name)
    if (!found) throw new Error(`No parameter ${name}; there are ${tensors.map((each) => each.name).join(', ')}`)
    return [...found.tensor.data]
  }
  return { bind, of }
}

const at = (x: Floats, index: number): number => x[index] ?? NaN
const sum = (count: number, term: (index: number) => number): number => {
  let total = 0
  for (let index = 0; index < count; index++) total += term(index)
  return total
}
const make = (count: number, value: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => value(i))

/** x `[rows, width]`, weight `[out, width]` → `[rows, out]` */
export function linear(x: Floats, width: number, weight: Floats, bias?: Floats): Floats {
  const out = weight.length / width
  return make((x.length / width) * out, (index) => {
    const [row, column] = [Math.floor(index / out), index % out]
    return sum(width, (k) => at(x, row * width + k) * at(weight, column * width + k)) + (bias ? at(bias, column) : 0)
  })
}

export interface ConvSize {
  readonly batch: number
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly out: number
  readonly kernel: number
  readonly stride?: number
  readonly before?: number
  readonly after?: number
  readonly dilation?: number
  readonly groups?: number
}

/** `[batch, channels, height, width]` → `[batch, out, …]` */
export function conv2d(x: Floats, weight: Floats, bias: Floats | undefined, size: ConvSize): Floats {
  const { batch, channels, height, width, out, kernel, stride = 1, dilation = 1, groups = 1 } = size
  const { before = Math.floor((dilation * (kernel - 1) + 1) / 2), after = before } = size
  const count = (length: number): number =>
    Math.floor((length + before + after - dilation * (kernel - 1) - 1) / stride) + 1
  const [rows, columns, inner] = [count(height), count(width), channels / groups]
  return make(batch * out * rows * columns, (index) => {
    const [column, row] = [index % columns, Math.floor(index / columns) % rows]
    const channel = Math.floor(index / (columns * rows)) % out
    const image = Math.floor(index / (columns * rows * out))
    const group = Math.floor(channel / (out / groups))
    return (
      (bias ? at(bias, channel) : 0) +
      sum(inner * kernel * kernel, (k) => {
        const y = row * stride - before + (Math.floor(k / kernel) % kernel) * dilation
        const z = column * stride - before + (k % kernel) * dilation
        if (y < 0 || y >= height || z < 0 || z >= width) return 0
        const source = group * inner + Math.floor(k / (kernel * kernel))
        return (
          at(x, ((image * channels + source) * height + y) * width + z) *
          at(weight, channel * inner * kernel * kernel + k)
        )
      })
    )
  })
}

/** Nearest enlargement of images `[…, height, width]`. */
export function enlarge(x: Floats, height: number, width: number, factor: number): Floats {
  const [rows, columns] = [height * factor, width * factor]
  return make(x.length * factor * factor, (index) => {
    const [column, row, plane] = [
      index % columns,
      Math.floor(index / columns) % rows,
      Math.floor(index / (rows * columns)),
    ]
    return at(x, (plane * height + Math.floor(row / factor)) * width + Math.floor(column / factor))
  })
}

/** Zero mean and unit variance of each run of `length` numbers. */
export function normalizeRuns(x: Floats, length: number, epsilon: number): Floats {
  const means = make(x.length / length, (run) => sum(length, (k) => at(x, run * length + k)) / length)
  const factors = means.map((mean, run) => {
    const variance = sum(length, (k) => (at(x, run * length + k) - mean) ** 2) / length
    return 1 / Math.sqrt(variance + epsilon)
  })
  return x.map((value, index) => {
    const run = Math.floor(index / length)
    return (value - at(means, run)) * at(factors, run)
  })
}

/** `[batch, channels, pixels]` */
export function groupNorm(
  x: Floats,
  channels: number,
  pixels: number,
  groups: number,
  weight: Floats,
  bias: Floats,
  epsilon = 1e-5,
): Floats {
  const normal = normalizeRuns(x, (channels / groups) * pixels, epsilon)
  return normal.map((value, index) => {
    const channel = Math.floor(index / pixels) % channels
    return value * at(weight, channel) + at(bias, channel)
  })
}

/** `[rows, width]` */
export function layerNorm(x: Floats, width: number, weight: Floats, bias: Floats, epsilon = 1e-5): Floats {
  return normalizeRuns(x, width, epsilon).map(
    (value, index) => value * at(weight, index % width) + at(bias, index % width),
  )
}

export interface AttentionSize {
  readonly batch: number
  readonly heads: number
  readonly width: number
  readonly queries: number
  readonly keys: number
  readonly causal?: boolean
  readonly bias?: Floats
}

/** q `[batch, queries, width]`, k and v `[batch, keys, width]` → `[batch, queries, width]`; bias `[queries, keys]` */
export function attention(q: Floats, k: Floats, v: Floats, size: AttentionSize): Floats {
  const { batch, heads, width, queries, keys, causal = false, bias } = size
  const head = width / heads
  const result = new Array<number>(batch * queries * width).fill(0)
  for (let image = 0; image < batch; image++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) {
        const query = (image * queries + i) * width + h * head
        const scores = make(causal ? i + 1 : keys, (j) => {
          const key = (image * keys + j) * width + h * head
          const product = sum(head, (d) => at(q, query + d) * at(k, key + d))
          return product / Math.sqrt(head) + (bias ? at(bias, i * keys + j) : 0)
        })
        const most = Math.max(...scores)
        const weights = scores.map((score) => Math.exp(score - most))
        const total = weights.reduce((a, b) => a + b)
        for (let d = 0; d < head; d++) {
          const mixed = sum(weights.length, (j) => at(weights, j) * at(v, (image * keys + j) * width + h * head + d))
          result[query + d] = mixed / total
        }
      }
    }
  }
  return result
}

/** Abramowitz & Stegun 7.1.26 is too coarse here: the series of erf, which converges for the values of the tests. */
export function erf(x: number): number {
  let term = x
  let total = x
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
export const silu = (x: number): number => x * sigmoid(x)
export const gelu = (x: number): number => 0.5 * x * (1 + erf(x * Math.SQRT1_2))
export const add = (a: Floats, b: Floats): Floats => a.map((value, index) => value + at(b, index))

/** `[batch, rows, columns]` → `[batch, columns, rows]` */
export function transpose(x: Floats, rows: number, columns: number): Floats {
  return make(x.length, (index) => {
    const [row, column, image] = [
      index % rows,
      Math.floor(index / rows) % columns,
      Math.floor(index / (rows * columns)),
    ]
    return at(x, (image * rows + row) * columns + column)
  })
}
