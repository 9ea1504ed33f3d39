import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from 'onnx-buf'
import { describe, expect, test } from 'vitest'
import { Graph } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { rewriteGraph } from '../graph/rewrite.ts'
import { spliceGraph } from '../graph/splice.ts'
import { readOutline } from '../serialize/model-outline.ts'
import { serializeModel } from '../serialize/model.ts'
import { float32, int64 } from '../tensor/tensor.ts'
import { fileOrigin } from '../weights/byte-origin.ts'
import { readModel } from './read-model.ts'
import { createSession, evaluate, type Feeds } from './session.ts'

const fixture = (name: string): string => resolve(import.meta.dirname, '../../fixtures', name)

interface Case {
  readonly x: { readonly shape: number[]; readonly values: number[] }
  readonly n?: number
  readonly y: readonly number[]
}
const known = JSON.parse(readFileSync(fixture('onnx-models.json'), 'utf8')) as Readonly<Record<string, readonly Case[]>>
const branches = 'branches-opset17'

const feedsOf = ({ x, n }: Case): Feeds => ({
  x: float32(x.shape, x.values),
  ...(n === undefined ? {} : { n: int64([], [n]) }),
})

async function expectKnown(graph: Graph, bind: Parameters<typeof createSession>[1], name: string): Promise<void> {
  const session = await createSession(graph, bind)
  for (const each of known[name] ?? []) {
    const { y } = await session.run(feedsOf(each))
    expect(y?.data.length).toBe(each.y.length)
    for (const [index, value] of each.y.entries()) expect(Number(y?.data[index])).toBeCloseTo(value, 4)
  }
  await session.dispose()
}

describe('a model that PyTorch exported', () => {
  test.each(Object.keys(known))('computes the same after it was read, written and read again: %s', async (name) => {
    const read = await readModel(fixture(`${name}.onnx`))
    await expectKnown(read.graph, read.bind, name)
    const inMemory = await readModel(new Uint8Array(readFileSync(fixture(`${name}.onnx`))))
    const written = serializeModel(inMemory.graph, inMemory.bind).bytes
    const again = await readModel(written)
    await expectKnown(again.graph, again.bind, name)
  })

  test('is read without the bytes of its weights, however many they are', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'patchbay-big-'))
    try {
      const path = join(folder, 'big.onnx')
      const side = 256
      const graph = new Graph()
      const w = graph.parameter('w', 'float32', [side, side])
      graph.output(
        'y',
        ops.add(ops.matMul(graph.input('x', 'float32', [1, side]), w), graph.constant(float32([], [5]))),
      )
      const values = Float32Array.from({ length: side * side }, (_, index) => index % 7)
      const { bytes } = serializeModel(graph, () => ({ type: 'tensor', tensor: float32([side, side], values) }))
      writeFileSync(path, bytes)
      expect(readOutline(fileOrigin(path)).length).toBeLessThan(bytes.length - 4 * values.length + 100)
      const read = await readModel(path)
      const results = await evaluate(read.graph, { x: float32([1, side], new Float32Array(side).fill(1)) }, read.bind)
      expect(results['y']?.data[0]).toBe(values.reduce((sum, value, at) => (at % side === 0 ? sum + value : sum), 5))
      await expect(readModel(join(folder, 'none.onnx'))).rejects.toThrow('none.onnx cannot be opened')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('keeps its weights as they are stored, in types that can be neither fed nor returned', async () => {
    const { graph } = await readModel(fixture('brain-opset16.onnx'))
    expect(graph.parameters.map(({ dtype }) => dtype).toSorted()).toEqual(['bfloat16', 'float16'])
  })

  test('may keep its weights in files of its folder, and nowhere else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'patchbay-external-'))
    try {
      const name = 'network-opset13'
      const path = join(folder, 'model.onnx')
      const moveTo = (location: string): void => {
        const model = fromBinary(ModelProtoSchema, readFileSync(fixture(`${name}.onnx`)))
        const parts: Uint8Array[] = []
        let offset = 0
        for (const tensor of model.graph?.initializer ?? []) {
          const bytes = tensor.rawData
          const fields = { location, offset: String(offset), length: String(bytes.length) }
          tensor.externalData = Object.entries(fields).map(([key, value]) =>
            create(StringStringEntryProtoSchema, { key, value }),
          )
          tensor.dataLocation = TensorProto_DataLocation.EXTERNAL
          tensor.rawData = new Uint8Array(0)
          parts.push(bytes)
          offset += bytes.length
        }
        writeFileSync(join(folder, 'weights.bin'), Buffer.concat(parts))
        writeFileSync(path, toBinary(ModelProtoSchema, model))
      }
      moveTo('weights.bin')
      const read = await readModel(path)
      expect(serializeModel(read.graph, read.bind).mappedBytes).toBeGreaterThan(900)
      await expectKnown(read.graph, read.bind, name)
      moveTo('../weights.bin')
      await expect(readModel(path)).rejects.toThrow('which is outside the folder of the model')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a graph inside a node', () => {
  test('uses values around it wherever its node is copied to', async () => {
    const read = await readModel(fixture(`${branches}.onnx`))
    await expectKnown(
      rewriteGraph(read.graph, () => undefined),
      read.bind,
      branches,
    )
    const { graph, bind } = await readModel(fixture(`${branches}.onnx`))
    const target = new Graph({ opset: 17 })
    const x = target.input('x', 'float32', [4, 4])
    const n = target.input('n', 'int64', [])
    // Twice, so that what is inside must keep apart; the second runs on the negative of the first's input.
    const [once, twice] = [
      spliceGraph(target, graph, { x, n }, { prefix: 'a.' }),
      spliceGraph(target, graph, { x: ops.mul(x, -1), n }, { prefix: 'b.' }),
    ]
    const [a, b] = [once.get('y'), twice.get('y')]
    if (!a || !b) throw new Error('expected an output "y"')
    target.output('a', a)
    target.output('b', b)
    const named: typeof bind = (parameter) => bind({ ...parameter, name: parameter.name.slice(2) })
    const [positive, negative] = known[branches] ?? []
    if (!positive || !negative) throw new Error('expected two cases')
    const results = await evaluate(target, feedsOf({ ...positive, n: negative.n ?? 0 }), named)
    for (const [index, value] of negative.y.entries()) expect(Number(results['b']?.data[index])).toBeCloseTo(value, 4)
    expect(results['a']?.data[0]).not.toBeCloseTo(negative.y[0] ?? 0, 2)
  })

  test('is not spliced across operator sets, where what is inside may have changed', async () => {
    const { graph } = await readModel(fixture(`${branches}.onnx`))
    const target = new Graph()
    const inputs = { x: target.input('x', 'float32', [4, 4]), n: target.input('n', 'int64', []) }
    expect(() => spliceGraph(target, graph, inputs)).toThrow(/operator set 17 into one of 21: what is inside If/)
  })
})
