import { expect, test } from 'vitest'
import { startTraces } from './traces.ts'

test('a collector that is not there costs nothing but its spans', async () => {
  const traces = await startTraces({ endpoint: 'http://127.0.0.1:9' })
  traces.jobEnded({
    ...{ id: 'j1', number: 1, state: 'succeeded', owner: 'local', priority: 0, createdAt: 1_000, attempts: 1 },
    ...{ startedAt: 1_100, finishedAt: 1_200, artifacts: 0, timeline: [] },
    document: { format: 'patchbay-workflow', version: 1, nodes: {} },
  })
  await expect(traces.close()).resolves.toBeUndefined()
})
