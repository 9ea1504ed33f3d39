import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ComfyEvent, Comfy, InvalidWorkflow, JobFailed, WorkflowFormatUi } from '@comfyorg/sdk'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pngOf } from '../../../testing/png.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

// The npm package as it is, over Comfy API v2.

let server: TestServer
let client: Comfy
let folder: string
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true })
  folder = await mkdtemp(join(tmpdir(), 'patchbay-sdk-'))
  await fetch(`${server.url}/object_info`)
  vi.stubEnv('COMFY_BASE_URL', server.url)
  client = new Comfy({ apiKey: 'comfyui-anything' })
}, 120_000)
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
  await server.close()
})

const draw = (salt: number, ms = 0) => ({
  '1': { class_type: 'TestWait', inputs: { ms, steps: 5, stubborn: false, salt } },
  '9': { class_type: 'TestPicture', inputs: { after: ['1', 0], width: 8, height: 8, prefix: 'sdk' } },
})

test('@comfyorg/sdk runs a workflow and keeps its picture', async () => {
  const done = await client.run(client.workflows.fromJson(draw(1)))
  expect(done.status).toBe('succeeded')
  const [output] = done.getOutputs('9')
  await output!.toFile(join(folder, 'o.png'))
  expect((await readFile(join(folder, 'o.png'))).subarray(1, 4).toString()).toBe('PNG')
  expect((await output!.toBytes()).length).toBe(output!.sizeBytes)
})

test('@comfyorg/sdk uploads a file once and names it in the graph', async () => {
  await writeFile(join(folder, 'in.png'), pngOf(6, 4, [1, 2, 3]))
  const graph = {
    '10': { class_type: 'LoadImage', inputs: { image: '' } },
    '11': { class_type: 'SaveImage', inputs: { images: ['10', 0], filename_prefix: 'again' } },
  }
  for (const _ of [1, 2]) {
    const workflow = client.workflows.fromJson(graph)
    workflow.setInput('10', 'image', client.assets.fromFile(join(folder, 'in.png')))
    const done = await client.run(workflow)
    expect(done.getOutputs('11')).toHaveLength(1)
  }
})

test('@comfyorg/sdk follows the events of a job to its end', async () => {
  const job = await client.submit(client.workflows.fromJson(draw(2, 400)))
  const events: ComfyEvent[] = []
  for await (const event of job.events()) events.push(event)
  const of = <K extends ComfyEvent['kind']>(kind: K) =>
    events.filter((event): event is Extract<ComfyEvent, { kind: K }> => event.kind === kind)
  expect(of('progress')[0]).toMatchObject({ currentNode: '1', nodesTotal: 2 })
  expect(Buffer.from(of('preview')[0]!.data).subarray(1, 4).toString()).toBe('PNG')
  expect((await of('outputReady')[0]!.output.toBytes()).length).toBeGreaterThan(50)
  expect(events.at(-1)).toMatchObject({ kind: 'statusChange', status: 'succeeded' })
})

test('@comfyorg/sdk cancels a job that runs', async () => {
  const job = await client.submit(client.workflows.fromJson(draw(3, 60_000)))
  await job.cancel()
  await expect(job.wait(10_000)).resolves.toMatchObject({ status: 'canceled' })
})

test('@comfyorg/sdk tells a refused workflow, one of the editor, and a failed job apart', async () => {
  const refused = client.submit(client.workflows.fromJson({ '1': { class_type: 'Nope', inputs: {} } }))
  await expect(refused).rejects.toBeInstanceOf(InvalidWorkflow)
  const fromEditor = async () => client.submit(client.workflows.fromJson({ nodes: [], links: [] }))
  await expect(fromEditor()).rejects.toBeInstanceOf(WorkflowFormatUi)
  const failing = {
    '1': { class_type: 'TestCrash', inputs: { how: 'throw', salt: 1 } },
    '2': { class_type: 'TestKeep', inputs: { value: ['1', 0] } },
  }
  const failed: unknown = await client.run(client.workflows.fromJson(failing)).catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(JobFailed)
  const job = await client.submit(client.workflows.fromJson({ ...failing, '2': { ...failing['2'] } }))
  await job.wait(20_000)
  expect(job.error).toMatchObject({
    node_id: '1',
    class_type: 'TestCrash',
    message: expect.stringContaining('always fails'),
  })
})

test('@comfyorg/sdk is given the workflow that a job ran', async () => {
  const job = await client.submit(client.workflows.fromJson(draw(4)))
  expect(await job.getWorkflow()).toMatchObject({ format: 'api', workflow: { '9': { class_type: 'TestPicture' } } })
})
