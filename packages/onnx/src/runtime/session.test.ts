import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Graph } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { float32, int64, zeros } from '../tensor/tensor.ts'
import { serializeModel } from '../serialize/model.ts'
import { Session, createSession } from './session.ts'

function doubling(): Graph {
  const graph = new Graph()
  graph.output('y', ops.mul(graph.input('x', 'float32', ['n', 2]), 2))
  return graph
}

describe('a session', () => {
  test('writes an output into memory that it is given', async () => {
    const session = await createSession(doubling())
    const y = zeros('float32', [1, 2])
    const results = await session.run({ x: float32([1, 2], [3, 4]) }, { into: { y } })
    expect([...y.data]).toEqual([6, 8])
    expect(results['y']).toBe(y)
  })

  test('says what it needs when it is fed something else', async () => {
    const session = await createSession(doubling())
    await expect(session.run({})).rejects.toThrow('The model needs "x" as float32 [n, 2], but it was not fed')
    await expect(session.run({ x: int64([1, 2], [1, 2]) })).rejects.toThrow('but was fed int64 [1, 2]')
    await expect(session.run({ x: float32([2, 1], [1, 2]) })).rejects.toThrow('but was fed float32 [2, 1]')
    await expect(session.run({ x: float32([1, 2], [1, 2]), z: float32([], [1]) })).rejects.toThrow(
      'no input "z"; it has x',
    )
    await expect(session.run({ x: float32([1, 2], [1, 2]) }, { outputs: ['w'] })).rejects.toThrow(
      'no output "w"; it has y',
    )
  })

  test('opens the file of a model, and says which file cannot be opened', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'patchbay-session-'))
    writeFileSync(join(folder, 'doubling.onnx'), serializeModel(doubling()).bytes)
    writeFileSync(join(folder, 'broken.onnx'), 'not a model')
    const session = await Session.open(join(folder, 'doubling.onnx'))
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['n', 2] }])
    expect([...((await session.run({ x: float32([1, 2], [3, 4]) }))['y']?.data ?? [])]).toEqual([6, 8])
    await session.dispose()
    await expect(Session.open(join(folder, 'broken.onnx'))).rejects.toThrow('broken.onnx cannot be loaded on cpu: ')
    rmSync(folder, { recursive: true })
  })

  test('runs no more once it is disposed', async () => {
    const session = await createSession(doubling())
    await session.dispose()
    await expect(session.run({ x: float32([1, 2], [3, 4]) })).rejects.toThrow('disposed')
  })

  test('says which provider refused the model', async () => {
    const absent = createSession(doubling(), undefined, { provider: process.platform === 'darwin' ? 'dml' : 'coreml' })
    await expect(absent).rejects.toThrow(/cannot be loaded on (coreml|dml): /)
  })
})
