import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { afterAll, describe, expect, test } from 'vitest'
import { Graph } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { createSession, evaluate } from '../runtime/session.ts'
import { float32, tensorOf } from '../tensor/tensor.ts'
import { openSafetensors } from '../weights/safetensors.ts'
import { serializeSafetensors } from '../weights/safetensors-writer.ts'
import { createWeightSource, weightOf } from '../weights/weight-source.ts'
import { bindAsInput, type BindParameter } from './binding.ts'
import { bindWeights } from './bind-weights.ts'
import { serializeModel } from './model.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-model-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** y = x · wᵀ + v, where w and v are parameters. */
function linear(): Graph {
  const graph = new Graph()
  const x = graph.input('x', 'float32', ['batch', 2])
  const w = graph.parameter('layer.weight', 'float32', [3, 2])
  const v = graph.parameter('layer.bias', 'float32', [3])
  graph.output('y', ops.gemm(x, w, v, { transB: true }))
  return graph
}

const half = (...values: number[]): Uint16Array =>
  Uint16Array.from(values, (value) => ({ 1: 0x3c00, 2: 0x4000, 3: 0x4200, 0.5: 0x3800, 0: 0 })[value]!)
const weights = [
  weightOf('layer.weight', tensorOf('float16', [3, 2], half(1, 2, 3, 0.5, 0, 1))),
  weightOf('layer.bias', float32([3], [1, 2, 3])),
]
const x = float32([1, 2], [10, 100])
const expected = [10 + 200 + 1, 30 + 50 + 2, 100 + 3]
const nodesOf = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes).graph!.node.map((node) => node.opType)

describe('a model', () => {
  test('is the same bytes whenever the same graph is written', () => {
    const bind = bindWeights(createWeightSource(weights))
    expect(Buffer.from(serializeModel(linear(), bind).bytes).equals(serializeModel(linear(), bind).bytes)).toBe(true)
  })

  test('holds only what its outputs need', () => {
    const graph = linear()
    ops.exp(graph.input('unused', 'float32', [1]))
    graph.parameter('never.used', 'float32', [1000])
    const bind = bindWeights(createWeightSource(weights))
    expect(nodesOf(serializeModel(graph, bind).bytes)).toEqual(['Cast', 'Gemm'])
  })

  test('casts weights that are stored in another dtype before anything else, so that each cast lives only at its use', async () => {
    const graph = linear()
    const second = graph.parameter('second.weight', 'float32', [3, 3])
    graph.output('z', ops.matMul(ops.relu(graph.outputs.get('y')!), second))
    const all = [...weights, weightOf('second.weight', tensorOf('float16', [3, 3], half(1, 0, 0, 0, 1, 0, 0, 0, 1)))]
    const bind = bindWeights(createWeightSource(all))
    expect(nodesOf(serializeModel(graph, bind).bytes)).toEqual(['Cast', 'Cast', 'Gemm', 'Relu', 'MatMul'])
    expect([...(await evaluate(graph, { x }, bind))['z']!.data]).toEqual(expected)
  })

  test('maps weights that lie in a file, without taking them into its own bytes', async () => {
    const path = join(folder, 'deep.safetensors')
    writeFileSync(path, serializeSafetensors(createWeightSource(weights)))
    const model = serializeModel(linear(), bindWeights(openSafetensors(path)))
    expect(model.folder).toBe(folder)
    expect(model.mappedBytes).toBe(6 * 2 + 3 * 4)
    expect(model.bytes.length).toBeLessThan(1000)
    const session = await createSession(linear(), bindWeights(openSafetensors(path)))
    expect([...(await session.run({ x }))['y']!.data]).toEqual(expected)
    await session.dispose()
  })

  test('takes parameters as inputs, where they are to be trained', async () => {
    const feeds = { x, 'layer.weight': float32([3, 2], [1, 2, 3, 0.5, 0, 1]), 'layer.bias': float32([3], [1, 2, 3]) }
    expect([...(await evaluate(linear(), feeds, bindAsInput))['y']!.data]).toEqual(expected)
  })

  test('computes a parameter from others: a low-rank edit needs no change of the graph it edits', async () => {
    const base = bindWeights(createWeightSource(weights))
    const edited: BindParameter = (parameter) => {
      if (parameter.name !== 'layer.weight') return base(parameter)
      const edit = new Graph()
      const down = edit.constant(float32([1, 2], [1, 1]))
      const up = edit.constant(float32([3, 1], [1, 0, 2]))
      const own = edit.parameter('layer.weight', 'float32', [3, 2])
      return { type: 'computed', value: ops.add(own, ops.mul(ops.matMul(up, down), 0.5)), bind: base }
    }
    const got = (await evaluate(linear(), { x }, edited))['y']!.data
    expect([...got]).toEqual([expected[0]! + 55, expected[1]!, expected[2]! + 110])
  })

  test('can give one value under two names, and an input as it came', async () => {
    const graph = new Graph()
    const a = graph.input('a', 'float32', [1])
    const b = ops.mul(a, 2)
    graph.output('once', b)
    graph.output('twice', b)
    graph.output('same', a)
    const got = await evaluate(graph, { a: float32([1], [3]) })
    expect([got['once'], got['twice'], got['same']].map((tensor) => tensor!.data[0])).toEqual([6, 6, 3])
  })

  test('keeps apart what happens to have the same name', async () => {
    const graph = new Graph()
    const a = graph.input('Relu_0', 'float32', [1])
    graph.output('Neg_0', ops.relu(ops.neg(a)))
    expect((await evaluate(graph, { Relu_0: float32([1], [-3]) }))['Neg_0']!.data[0]).toBe(3)
  })

  test('is refused without outputs, without weights, and with weights of another shape', () => {
    expect(() => serializeModel(new Graph())).toThrow('no outputs')
    expect(() => serializeModel(linear())).toThrow('"layer.weight" float32 [3, 2], but no weights were given')
    const wrong = createWeightSource([weightOf('layer.weight', float32([2, 2], [1, 2, 3, 4]))], {
      title: 'wrong.safetensors',
    })
    expect(() => serializeModel(linear(), bindWeights(wrong))).toThrow(
      'wrong.safetensors: the weight "layer.weight" has shape [2, 2], but the graph expects "layer.weight" float32 [3, 2]',
    )
  })
})

test('weights computed in graphs of their own run beside each other, whatever their nodes are called', async () => {
  const doubled: BindParameter = (parameter) => {
    const own = new Graph()
    const value = ops.mul(own.parameter(parameter.name, 'float32', parameter.shape.map(Number)), 2)
    return { type: 'computed', value, bind: bindWeights(createWeightSource(weights)) }
  }
  const { y } = await evaluate(linear(), { x }, doubled)
  expect(y?.data).toEqual(Float32Array.from(expected, (value) => 2 * value))
})

test('an output cannot have the name of an input: ONNX knows values by name', () => {
  const graph = new Graph()
  const value = graph.input('x', 'float32', [1])
  expect(() => graph.output('x', ops.exp(value))).toThrow(
    '"x" cannot be an output: the graph already has "x" float32 [1]',
  )
})
