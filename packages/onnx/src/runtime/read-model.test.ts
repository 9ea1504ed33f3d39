import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { describe, expect, test } from 'vitest'
import { gradientsOf } from '../gradient/differentiate.ts'
import { Graph, type Value } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { spliceGraph } from '../graph/splice.ts'
import { Scope, conv2d, featureMap, groupNorm, linear, spatialTransformer } from '../layers/index.ts'
import { randomParameters, randomTensor } from '../layers/testing.ts'
import { bindAsInput } from '../serialize/binding.ts'
import { serializeModel } from '../serialize/model.ts'
import { float32 } from '../tensor/tensor.ts'
import { readModel } from './read-model.ts'
import { createSession, evaluate } from './session.ts'

function network(): Graph {
  const graph = new Graph()
  const x = featureMap(graph.input('x', 'float32', ['batch', 2, 'height', 'width']))
  const scope = new Scope(graph)
  const features = groupNorm(scope.at('norm'), conv2d(scope.at('conv'), x, { out: 4 }), { groups: 2 })
  const context = graph.input('context', 'float32', [1, 3, 2])
  graph.output('y', spatialTransformer(scope.at('transformer'), features, context, { heads: 2, groups: 2 }).value)
  return graph
}

const feeds = { x: randomTensor([1, 2, 3, 4], 1), context: randomTensor([1, 3, 2], 2) }

describe('a model that was written', () => {
  test('is read back as a graph that gives the same', async () => {
    const graph = network()
    const { bind } = randomParameters(graph)
    const written = serializeModel(graph, bind)
    const read = await readModel(written.bytes)
    expect(read.graph.inputs.map(({ name, shape }) => [name, ...shape])).toEqual([
      ['x', 'batch', 2, 'height', 'width'],
      ['context', 1, 3, 2],
    ])
    const names = graph.parameters.map(({ name }) => name)
    expect(read.graph.parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
    expect((await evaluate(read.graph, feeds, read.bind))['y']).toEqual((await evaluate(graph, feeds, bind))['y'])
  })

  test('is read from its file, whose weights are then mapped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'patchbay-read-'))
    const path = join(folder, 'model.onnx')
    const graph = network()
    const { bind } = randomParameters(graph)
    writeFileSync(path, serializeModel(graph, bind).bytes)
    const read = await readModel(path)
    expect(serializeModel(read.graph, read.bind).mappedBytes).toBeGreaterThan(1000)
    const session = await createSession(read.graph, read.bind)
    const { y } = await session.run(feeds)
    await session.dispose()
    rmSync(folder, { recursive: true })
    const expected = (await evaluate(graph, feeds, bind))['y']!
    expect(y!.shape).toEqual(expected.shape)
    for (const [index, value] of y!.data.entries()) expect(value).toBeCloseTo(Number(expected.data[index]), 5)
  })

  test('can be differentiated and spliced into another graph', async () => {
    const inner = new Graph()
    inner.output('y', ops.tanh(linear(new Scope(inner), inner.input('x', 'float32', ['n', 2]), { out: 2 })))
    const read = await readModel(serializeModel(inner, randomParameters(inner).bind).bytes)
    const outer = new Graph()
    const a = outer.input('a', 'float32', [1, 2])
    const once = spliceGraph(outer, read.graph, { x: ops.mul(a, 2) }, { prefix: 'first.' }).get('y')!
    const twice = spliceGraph(outer, read.graph, { x: once }, { prefix: 'second.' }).get('y')!
    expect(outer.parameters.map(({ name }) => name)).toEqual([
      'first.weight',
      'first.bias',
      'second.weight',
      'second.bias',
    ])
    const loss = outer.output('loss', ops.reduceSum(twice, { keepDims: false }))
    outer.output('gradient', gradientsOf(loss, [a])[0]!)
    const values = {
      a: float32([1, 2], [0.3, -0.2]),
      weight: float32([2, 2], [0.5, -1, 1, 0.25]),
      bias: float32([2], [0.1, 0]),
    }
    const { weight, bias } = values
    const fed = {
      a: values.a,
      'first.weight': weight,
      'first.bias': bias,
      'second.weight': weight,
      'second.bias': bias,
    }
    const got = await evaluate(outer, fed, bindAsInput)
    const layer = ([p, q]: readonly number[]): number[] => [Math.tanh(0.5 * p! - q! + 0.1), Math.tanh(p! + 0.25 * q!)]
    const lossAt = (p: number, q: number): number => layer(layer([2 * p, 2 * q])).reduce((sum, value) => sum + value, 0)
    expect(got['loss']!.data[0]).toBeCloseTo(lossAt(0.3, -0.2), 5)
    expect(got['gradient']!.data[0]).toBeCloseTo((lossAt(0.301, -0.2) - lossAt(0.299, -0.2)) / 0.002, 3)
  })
})

describe('what cannot be read or spliced', () => {
  const pass = (build: (x: Value) => Value, opset = 21): Graph => {
    const graph = new Graph({ opset })
    graph.output('y', build(graph.input('x', 'float32', [2, 2])))
    return graph
  }

  test('is named: bytes that are no model, and a model ONNX Runtime refuses', async () => {
    await expect(readModel(new Uint8Array([1, 2, 3]))).rejects.toThrow('is not an ONNX model')
    const empty = toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 10n }))
    await expect(readModel(empty)).rejects.toThrow('it has no graph with outputs')
    const bad = new Graph()
    const x = bad.input('x', 'float32', [1])
    bad.output('y', bad.add({ opType: 'NoSuchOperator', inputs: [x], outputs: [{ dtype: 'float32', shape: [1] }] })[0]!)
    await expect(readModel(serializeModel(bad).bytes)).rejects.toThrow(/cannot be read: .*NoSuchOperator/)
  })

  test('is a graph without its input, with another one, and of an operator set in which an operator changed', () => {
    const target = new Graph()
    const x = target.input('x', 'float32', [2, 2])
    const source = pass((value) => ops.relu(value))
    expect(() => spliceGraph(target, source, {})).toThrow('needs a value for its input "x" float32 [2, 2]')
    expect(() => spliceGraph(target, source, { x: ops.reshape(x, [4]) })).toThrow(
      'but was given "Reshape_0" float32 [4]',
    )
    expect(() => spliceGraph(target, source, { x, z: x })).toThrow('no input "z"; it has x')
    const old = pass((value) => ops.softmax(value), 11)
    expect(() => spliceGraph(target, old, { x })).toThrow(
      /operator set 11 into one of 21: Softmax \(Softmax_0\) changed in version 13/,
    )
    expect(
      spliceGraph(
        target,
        pass((value) => ops.relu(value), 11),
        { x },
      ).get('y')?.shape,
    ).toEqual([2, 2])
  })
})
