import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createWeightSource,
  float32,
  Graph,
  openSafetensors,
  ops,
  weightOf,
  writeSafetensors,
  type Session,
} from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { createSessions, type SessionsOptions } from '../networks/sessions.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-float-copy-'))
const half = join(folder, 'half.safetensors')
writeSafetensors(half, createWeightSource([weightOf('w', float32([1], [2]))]), { floatType: 'float16' })

/** y = w · x with w stored as float16. */
const request = {
  key: 'half',
  build() {
    const graph = new Graph()
    graph.output('y', ops.mul(graph.input('x', 'float32', [1]), graph.parameter('w', 'float32', [1])))
    return { graph, weights: openSafetensors(half) }
  },
}
const run = async (session: Session) => (await session.run({ x: float32([1], [3]) })).y?.data[0]

/** Runs the model where no memory is free, so that it would stay mapped; gives what the cache then holds. */
async function copiesAfter(options: SessionsOptions): Promise<readonly string[]> {
  const cacheFolder = options.cacheFolder ?? mkdtempSync(join(folder, 'cache-'))
  const sessions = createSessions({ memory: 0, cacheFolder, ...options })
  expect(await sessions.with(request, run)).toBe(6)
  await sessions.clear()
  return readdirSync(cacheFolder)
}

test('a model that would stay mapped gets a float32 copy, which the next load uses', async () => {
  const cacheFolder = mkdtempSync(join(folder, 'cache-'))
  const copies = await copiesAfter({ cacheFolder, fillCache: true })
  expect(copies).toEqual([expect.stringMatching(/^float32.*\.safetensors$/)])
  expect(await copiesAfter({ cacheFolder })).toEqual(copies)
})

test.each([
  ['nobody asked for one', {}],
  ['it is larger than the limit', { fillCache: true, cacheLimit: 1 }],
  ['the model folds in no time', { fillCache: true, memory: 2 ** 30 }],
  ['a strategy was chosen', { fillCache: true, strategy: 'mapped' as const }],
])('no copy is made where %s', async (_, options) => {
  expect(await copiesAfter(options)).toEqual([])
})

test('a cache that cannot be written costs nothing', async () => {
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  const sessions = createSessions({ memory: 0, cacheFolder: join(file, 'cache'), fillCache: true })
  expect(await sessions.with(request, run)).toBe(6)
  await sessions.clear()
})
