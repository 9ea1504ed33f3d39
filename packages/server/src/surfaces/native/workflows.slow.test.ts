import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestServer, startTestServer, waiting } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

test('a saved workflow tells its arguments with their types, and runs by id with some of them', async () => {
  const { workflows, jobs } = server.client
  const document = {
    ...waiting(5),
    parameters: {
      patience: { node: 'wait', input: 'ms', description: 'How long it takes.' },
      politeness: { node: 'wait', input: 'stubborn' },
    },
  }
  const { id } = await workflows.create({ document })
  const { arguments: known } = await workflows.arguments(id)
  expect(known).toMatchObject([
    { name: 'patience', description: 'How long it takes.', types: ['int'], value: 5, widget: { type: 'int', min: 0 } },
    { name: 'politeness', types: ['toggle'], value: false, widget: { type: 'toggle' } },
  ])
  const run = await workflows.run(id, { parameters: { patience: 1 } }, { waitMs: 20_000 })
  expect(run.jobs[0]).toMatchObject({ state: 'succeeded', workflow: { id, version: 1 } })
  expect((await jobs.get(run.jobs[0]!.id)).document.nodes['wait']?.values['ms']).toBe(1)
})

test('an argument of the wrong type, or of another name, is refused with what there is', async () => {
  const { workflows } = server.client
  const { id } = await workflows.create({
    document: { ...waiting(5), parameters: { patience: { node: 'wait', input: 'ms' } } },
  })
  await expect(workflows.run(id, { parameters: { patience: 'long' } })).rejects.toMatchObject({
    code: 'invalid-workflow',
    issues: [{ node: 'wait', input: 'ms' }],
  })
  await expect(workflows.run(id, { parameters: { pace: 1 } })).rejects.toMatchObject({
    code: 'invalid-request',
    hint: 'Its parameters are: patience.',
  })
  await expect(workflows.arguments('nobody')).rejects.toMatchObject({ status: 404 })
})
