import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '@patchbay/engine/workflow'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await fetch(`${server.url}/object_info`)
}, 120_000)
afterAll(() => server.close())

const wait = (salt: number) => ({
  class_type: 'TestWait',
  inputs: { ms: 0, steps: 1, stubborn: false, salt },
})
async function run(prompt: object, workflow?: object): Promise<string> {
  const extra = workflow ? { extra_data: { extra_pnginfo: { workflow } } } : {}
  const body = JSON.stringify({ prompt, ...extra })
  const { prompt_id: id } = await (await fetch(`${server.url}/prompt`, { method: 'POST', body })).json()
  await server.client.jobs.wait(id)
  return id
}
const get = async (path: string): Promise<JsonObject> => (await fetch(`${server.url}/api/jobs${path}`)).json()

test('a job shows the picture that it kept, and how many things it made', async () => {
  const picture = { class_type: 'TestPicture', inputs: { after: ['1', 0], width: 8, height: 8, prefix: 'sub/job' } }
  const id = await run({ '1': wait(1), '9': picture })
  expect(await get(`/${id}`)).toMatchObject({
    id,
    status: 'completed',
    outputs_count: 1,
    previewable_outputs_count: 1,
    preview_output: { filename: expect.stringMatching(/^job_/), subfolder: 'sub', nodeId: '9', mediaType: 'images' },
    execution_status: { status_str: 'success' },
  })
})

test('one without pictures shows its text', async () => {
  const id = await run({ '1': wait(7), '2': { class_type: 'TestKeep', inputs: { value: ['1', 0] } } })
  expect(await get(`/${id}`)).toMatchObject({ preview_output: { content: '7', nodeId: '2', mediaType: 'text' } })
})

test('one that failed says at which node and how', async () => {
  const bad = { class_type: 'TestCrash', inputs: { how: 'throw', salt: 1 } }
  const id = await run({ '1': bad, '2': { class_type: 'TestKeep', inputs: { value: ['1', 0] } } })
  expect(await get(`/${id}`)).toMatchObject({
    status: 'failed',
    execution_error: {
      ...{ prompt_id: id, node_id: '1', node_type: 'TestCrash', exception_message: expect.any(String) },
      current_inputs: { how: ['throw'] },
    },
  })
})

test('jobs of one saved workflow are found by its id, and have no fields without a value', async () => {
  const keep = (salt: number) => ({ '1': wait(salt), '2': { class_type: 'TestKeep', inputs: { value: ['1', 0] } } })
  const id = await run(keep(20), { id: 'a-workflow' })
  await run(keep(21))
  const { jobs, pagination } = await get('?workflow_id=a-workflow&status=completed,%20failed')
  expect(jobs).toMatchObject([{ id, workflow_id: 'a-workflow' }])
  expect(pagination).toEqual({ offset: 0, limit: null, total: 1, has_more: false })
  expect(JSON.stringify(await get(`/${id}`))).not.toContain(':null')
})

test('a server that stops just after a prompt came in does so quietly', async () => {
  const stopping = await startTestServer()
  await fetch(`${stopping.url}/object_info`)
  const prompt = { '1': wait(1), '2': { class_type: 'TestKeep', inputs: { value: ['1', 0] } } }
  await fetch(`${stopping.url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt }) })
  const thrown: unknown[] = []
  const note = (error: unknown) => void thrown.push(error)
  process.on('uncaughtException', note)
  await stopping.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  process.off('uncaughtException', note)
  expect(thrown).toEqual([])
})
