import { expect } from 'vitest'
import { Graph, type Value } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { bindAsInput } from '../serialize/binding.ts'
import { createSession } from '../runtime/session.ts'
import { zeros, type Tensor } from '../tensor/tensor.ts'
import { randomTensor } from '../layers/testing.ts'
import { gradientsOf } from './differentiate.ts'

export type BuildFunction = (...inputs: Value[]) => Value | readonly Value[]

const step = 4e-3

/**
 * Checks the gradients of a function of its inputs and parameters by central differences, element by element, of its
 * outputs weighed by random numbers. Inputs keep a distance from 0 and from each other, where operators such as Relu
 * and Max have no derivative.
 */
export async function expectGradients(
  shapes: readonly (readonly number[])[],
  build: BuildFunction,
  { seed = 1, tolerance = 4e-3 }: { readonly seed?: number; readonly tolerance?: number } = {},
): Promise<void> {
  const graph = new Graph()
  const inputs = shapes.map((shape, index) => graph.input(`x${index}`, 'float32', shape))
  const built = build(...inputs)
  const variables = [...inputs, ...graph.parameters]
  const outputs = 'graph' in built ? [built] : built
  const terms = outputs.map((output, index) => {
    const weights = graph.constant(randomTensor(output.shape.map(Number), seed + 77 + index))
    return ops.reduceSum(ops.mul(output, weights), { keepDims: false })
  })
  const loss = graph.output(
    'loss',
    terms.reduce((a, b) => ops.add(a, b)),
  )
  for (const [index, gradient] of gradientsOf(loss, variables).entries()) graph.output(`d${index}`, gradient)
  const session = await createSession(graph, bindAsInput)
  const feeds: Record<string, Tensor> = {}
  for (const [index, { name, shape }] of variables.entries()) {
    feeds[name] = spaced(shape.map(Number), seed * 100 + index, index)
  }
  const result = await session.run(feeds)
  const lossAt = async (): Promise<number> => Number((await session.run(feeds, { outputs: ['loss'] }))['loss']?.data[0])
  for (const [index, { name, shape }] of variables.entries()) {
    const values = feeds[name]?.data ?? zeros('float32', []).data
    const got = Array.from(result[`d${index}`]?.data ?? [], Number)
    const expected: number[] = []
    for (const [element, value] of values.entries()) {
      values[element] = value + step
      const above = await lossAt()
      values[element] = value - step
      const below = await lossAt()
      values[element] = value
      expected.push((above - below) / (2 * step))
    }
    const scale = Math.max(1, ...expected.map(Math.abs))
    const worst = Math.max(0, ...expected.map((each, element) => Math.abs(each - (got[element] ?? NaN))))
    expect({ name, shape, error: worst / scale < tolerance ? 'small' : worst / scale }).toEqual({
      name,
      shape,
      error: 'small',
    })
  }
  await session.dispose()
}

/** Random order, even distances: no two elements are equal, none is 0, and those of two inputs differ. */
function spaced(shape: readonly number[], seed: number, index: number): Tensor {
  const tensor = randomTensor(shape, seed)
  const count = tensor.data.length
  const order = [...tensor.data.keys()].sort((a, b) => (tensor.data[a] ?? 0) - (tensor.data[b] ?? 0))
  for (const [rank, element] of order.entries()) {
    tensor.data[element] = (2 * (rank + 0.25) - count + 0.3 * (index % 3)) / count
  }
  return tensor
}
