import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Graph, Session, float32, ops, serializeModel, type Value } from '@patchbay/onnx'
import { afterAll, describe, expect, test } from 'vitest'
import { runExported } from './exported-graph.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-exported-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

async function opened(name: string, build: (graph: Graph) => Value): Promise<{ session: Session; file: string }> {
  const graph = new Graph()
  graph.output('out_sample', build(graph))
  const file = join(folder, `${name}.onnx`)
  writeFileSync(file, serializeModel(graph).bytes)
  return { session: await Session.open(file), file }
}

describe('an exported graph', () => {
  test('in half precision takes and gives float32', async () => {
    const { session, file } = await opened('half', (graph) =>
      ops.mul(graph.input('sample', 'float16', ['batch', 2]), 2),
    )
    const results = await runExported(session, file, { sample: float32([1, 2], [1.5, -3]) })
    expect(results('out_sample')).toMatchObject({ shape: [1, 2], data: Float32Array.of(3, -6) })
    await session.dispose()
  })

  test('made for one picture is asked for one after another', async () => {
    const { session, file } = await opened('one', (graph) =>
      ops.add(graph.input('sample', 'float32', [1, 2]), graph.input('text', 'float32', [1, 1])),
    )
    const feeds = { sample: float32([2, 2], [1, 2, 3, 4]), text: float32([2, 1], [10, 20]) }
    const results = await runExported(session, file, feeds)
    expect(results('out_sample')).toMatchObject({ shape: [2, 2], data: Float32Array.of(11, 12, 23, 24) })
    await session.dispose()
  })

  test.each([['scalar', []] as const, ['one', [1]] as const, ['open', ['steps']] as const, ['two', [2]] as const])(
    'takes the timestep as it was exported: %s',
    async (name, shape) => {
      const { session, file } = await opened(`timestep-${name}`, (graph) => {
        const timestep = ops.reshape(graph.input('timestep', 'int64', shape), [-1, 1])
        return ops.add(graph.input('sample', 'float32', [2, 1]), ops.cast(timestep, 'float32'))
      })
      const feeds = { sample: float32([2, 1], [0, 1]), timestep: float32([2], [499.6, 499.6]) }
      const results = await runExported(session, file, feeds)
      expect([...results('out_sample').data]).toEqual([500, 501])
      await session.dispose()
    },
  )

  test('names the input or the output that is not what exporters call it', async () => {
    const { session, file } = await opened('odd', (graph) => ops.mul(graph.input('latent', 'float32', [1]), 2))
    const sample = float32([1], [1])
    await expect(runExported(session, file, { sample })).rejects.toThrow(
      '"latent", which is not known; known are sample',
    )
    const results = await runExported(session, file, { latent: sample })
    expect(() => results('last_hidden_state')).toThrow('has no output last_hidden_state; it has out_sample')
    await session.dispose()
  })
})
