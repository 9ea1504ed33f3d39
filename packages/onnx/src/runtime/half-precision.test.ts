import { expect, test } from 'vitest'
import { Graph, ops, tensorOf, toFloat32, bytesOf, type AnyTensor } from '../index.ts'
import { createSession } from './session.ts'

/** 1, −2.5, 0.1 rounded to half precision, the largest finite number, and a subnormal one. */
const bits = Uint16Array.of(0x3c00, 0xc100, 0x2e66, 0x7bff, 0x0001)
const numbersOf = (tensor: AnyTensor | undefined): number[] =>
  tensor?.dtype === 'float16' ? [...toFloat32('float16', bytesOf(tensor), tensor.data.length)] : []

function negated(): Graph {
  const graph = new Graph()
  graph.output('y', ops.neg(graph.input('x', 'float16', [5])))
  return graph
}

// Where Float16Array exists (Node 23 and later) ONNX Runtime's binding takes the bytes of one for none.
test('a model whose input and output are float16 runs, on any version of Node', async () => {
  const session = await createSession(negated())
  const { y } = await session.run({ x: tensorOf('float16', [5], bits) })
  expect(y?.data).toBeInstanceOf(Uint16Array)
  expect(y).toEqual(
    tensorOf(
      'float16',
      [5],
      bits.map((half) => half ^ 0x8000),
    ),
  )
  expect(numbersOf(y)).toEqual([-1, 2.5, -0.0999755859375, -65504, -(2 ** -24)])
  await session.dispose()
})

test('a float16 output is written where it is wanted', async () => {
  const session = await createSession(negated())
  const y = tensorOf('float16', [5], new Uint16Array(5))
  const results = await session.run({ x: tensorOf('float16', [5], bits) }, { into: { y } })
  expect(results['y']).toBe(y)
  expect(numbersOf(y)[3]).toBe(-65504)
  await session.dispose()
})
