import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pngOf } from '../testing/png.ts'
import { type TestServer, crashing, drawing, startTestServer, waiting, workflowOf } from '../testing/test-server.ts'

interface Operation {
  readonly operationId: string
  readonly responses: { readonly [status: string]: { readonly content?: { readonly [type: string]: object } } }
}
interface Description {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } }
  readonly components: { readonly schemas: object }
}

let server: TestServer
let description: Description
let check: (schema: string, value: unknown) => string
const tried = new Set<string>()

beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true, allowPrivateDownloads: true })
  description = await (await fetch(`${server.url}/api/v1/openapi.json`)).json()
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema({ ...description, $id: 'patchbay' })
  check = (schema, value) => {
    const validate = ajv.compile({ $ref: `patchbay#${schema}` })
    return validate(value) ? '' : ajv.errorsText(validate.errors)
  }
}, 240_000)
afterAll(() => server.close())

/** Keeps a picture that carries this workflow. */
const small = workflowOf({
  empty: { type: 'EmptyImage', version: 1, values: { width: 8, height: 8 }, links: {} },
  save: { type: 'SaveImage', version: 1, values: {}, links: { image: { node: 'empty', output: 'image' } } },
})

interface Asked {
  readonly body?: unknown
  readonly form?: FormData
  readonly query?: string
  readonly refused?: boolean
}
/** Asks a route by its description's path, and holds the answer to what the description says of it. */
async function ask(method: string, template: string, params: Record<string, string> = {}, asked: Asked = {}) {
  const operation = description.paths[`/api/v1${template}`]?.[method]
  if (!operation) throw new Error(`There is no ${method} ${template} in the description.`)
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    (params[name] ?? '').split('/').map(encodeURIComponent).join('/'),
  )
  const response = await fetch(`${server.url}/api/v1${path}${asked.query ?? ''}`, {
    method: method.toUpperCase(),
    ...(asked.form ? { body: asked.form } : {}),
    ...(asked.body === undefined
      ? {}
      : { body: JSON.stringify(asked.body), headers: { 'content-type': 'application/json' } }),
  })
  const where = `${method} ${template} (${response.status})`
  if (asked.refused) {
    const refusal: unknown = await response.json()
    expect(response.status, where).toBeGreaterThanOrEqual(400)
    expect(check('/components/schemas/ApiErrorBody', refusal), where).toBe('')
    return refusal as never
  }
  const [status, { content = undefined } = {}] = Object.entries(operation.responses)[0] ?? []
  expect(String(response.status), where).toBe(status)
  tried.add(operation.operationId)
  if (content?.['application/json'] === undefined) {
    if (content?.['text/event-stream'] === undefined) await response.arrayBuffer()
    return { response } as never
  }
  const answer: unknown = await response.json()
  const pointer = ['paths', `/api/v1${template}`, method, 'responses', status ?? '', 'content', 'application/json']
  const at = [...pointer, 'schema'].map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')
  expect(check(`/${at.replaceAll('{', '%7B').replaceAll('}', '%7D')}`, answer), where).toBe('')
  return answer as never
}

test(
  'every route answers what the served description says of it, and says the same shape when it refuses',
  { timeout: 120_000 },
  async () => {
    // Jobs: one that succeeds with a picture, one that fails, a batch, one that waits.
    const picture: { jobs: { id: string }[] } = await ask('post', '/jobs', {}, { body: { document: drawing() } })
    const drawn = picture.jobs[0]!.id
    const failed: { jobs: { id: string }[] } = await ask(
      'post',
      '/jobs',
      {},
      { body: { document: crashing('throw') }, query: '?wait=20000' },
    )
    const detail: { files: { hash: string }[] } = await ask(
      'get',
      '/jobs/{id}',
      { id: drawn },
      { query: '?wait=20000' },
    )
    await ask('get', '/jobs/{id}', { id: failed.jobs[0]!.id })
    for (const id of [drawn, failed.jobs[0]!.id]) await ask('get', '/jobs/{id}/events', { id })
    await ask('post', '/queue/pause')
    const batch = { groups: [[{ target: { node: 'wait', input: 'salt' }, values: [1, 2] }]] }
    const waits: { jobs: { id: string }[] } = await ask('post', '/jobs', {}, { body: { document: waiting(1), batch } })
    const queued = { id: waits.jobs[0]!.id }
    await ask('patch', '/jobs/{id}', queued, { body: { priority: 3 } })
    await ask('get', '/queue')
    await ask('post', '/jobs/prune', {}, { body: { keepJobs: 500, dryRun: true } })
    await ask('post', '/jobs/prune', {}, { body: { keepDays: -1 }, refused: true })
    await ask('post', '/jobs/{id}/cancel', queued)
    await ask('post', '/jobs/{id}/retry', queued)
    await ask('post', '/queue/clear')
    await ask('post', '/queue/resume')
    await ask('get', '/jobs')
    await ask('delete', '/jobs/{id}', queued)
    await ask('get', '/jobs/{id}', queued, { refused: true })
    await ask('post', '/jobs', {}, { body: { document: { nodes: 3 } }, refused: true })
    await ask('post', '/jobs', {}, { body: { document: workflowOf({}) }, refused: true })

    const [{ hash }] = detail.files as [{ hash: string }]
    await ask('get', '/artifacts', {}, { query: '?kind=image' })
    await ask('get', '/artifacts/{hash}', { hash })
    await ask('get', '/artifacts/{hash}/thumbnail', { hash })
    const bare = pngOf(4, 4, [1, 2, 3])
    await ask('get', '/artifacts/{hash}/workflow', { hash }, { refused: true })
    const kept: { jobs: { id: string }[] } = await ask('post', '/jobs', {}, { body: { document: small } })
    const { files }: typeof detail = await ask('get', '/jobs/{id}', kept.jobs[0]!, { query: '?wait=20000' })
    await ask('get', '/artifacts/{hash}/workflow', files[0]!)

    const saved: { id: string } = await ask(
      'post',
      '/workflows',
      {},
      { body: { document: { ...waiting(5), parameters: { ms: { node: 'wait', input: 'ms' } } }, name: 'Waits' } },
    )
    await ask('get', '/workflows')
    await ask('get', '/workflows/{id}', saved)
    await ask('put', '/workflows/{id}', saved, { body: { document: waiting(6), message: 'longer', basedOn: 1 } })
    await ask('put', '/workflows/{id}', saved, { body: { document: waiting(6), basedOn: 1 }, refused: true })
    await ask('get', '/workflows/{id}/versions', saved)
    await ask('get', '/workflows/{id}/arguments', saved, { query: '?version=1' })
    await ask('get', '/workflows/{id}/diff', saved, { query: '?from=1&to=2' })
    await ask('delete', '/workflows/{id}', saved)
    await ask('post', '/validate', {}, { body: { document: waiting(1) } })
    await ask('post', '/validate', {}, { body: { document: waiting(-1) } })
    const prompt = { '1': { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } } }
    await ask('post', '/workflows/import', {}, { body: { source: prompt } })
    await ask('post', '/workflows/export', {}, { body: { document: small } })
    await ask('post', '/workflows/export', {}, { body: { document: small, to: 'api' } })
    await ask('get', '/templates')
    await ask('get', '/node-packs/style.css')
    await ask('get', '/nodes')
    await ask('post', '/node-packs/reload')
    await ask('get', '/system')

    const form = new FormData()
    form.set('file', new Blob([new Uint8Array(bare)]), 'small.png')
    const uploaded: { name: string } = await ask('post', '/uploads', {}, { form })
    await ask('get', '/files/{folder}', { folder: 'input' })
    await ask('get', '/files/{folder}', { folder: 'checkpoints' })
    await ask('get', '/files/{folder}/{name}', { folder: 'input', name: uploaded.name })
    await ask('delete', '/files/{folder}/{name}', { folder: 'input', name: uploaded.name })
    await ask('delete', '/files/{folder}/{name}', { folder: 'output', name: 'x.png' }, { refused: true })

    await ask('get', '/models')
    await ask('get', '/models/{folder}', { folder: 'checkpoints' })
    writeFileSync(join(server.directory, 'models/vae/small.safetensors'), safetensors())
    await ask('get', '/models/{folder}/{name}', { folder: 'vae', name: 'small.safetensors' })
    await withFiles(async (address) => {
      const body = { url: `${address}/model.safetensors`, folder: 'loras' }
      const download: { id: string } = await ask('post', '/downloads', {}, { body })
      await ask('get', '/downloads')
      await ask('delete', '/downloads/{id}', download)
    })

    await ask('patch', '/settings', {}, { body: { 'my.setting': { a: [1] } } })
    await ask('get', '/settings')
    await ask('delete', '/settings/{key}', { key: 'my.setting' })
    await ask('get', '/openapi.json')
    await ask('get', '/docs')
    await ask('get', '/docs/{file}', { file: 'start.js' })
    const { response }: { response: Response } = await ask('get', '/events', {}, { query: '?after=0' })
    await checkStream(response)

    const all = Object.values(description.paths).flatMap((methods) => Object.values(methods))
    expect(all.map(({ operationId }) => operationId).filter((id) => !tried.has(id))).toEqual([])
  },
)

test('an answer that says more or less than its schema is noticed', () => {
  const status = { paused: false, queued: 0, running: 0, capacity: 1, devices: [] }
  expect(check('/components/schemas/QueueStatus', status)).toBe('')
  expect(check('/components/schemas/QueueStatus', { ...status, secret: 1 })).toContain('additional properties')
  expect(check('/components/schemas/JobList', { jobs: [{ id: 1 }], total: 1 })).toContain('must be string')
})

/** The first messages of a stream of events, each held to its schema. */
async function checkStream(response: Response): Promise<void> {
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk)
    if (text.split('\n\n').length > 12) break
  }
  const messages = text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((entry) => /^data: (.*)$/m.exec(entry)?.[1] ?? [])
  expect(messages.length).toBeGreaterThan(8)
  for (const message of messages) expect(check('/components/schemas/ServerMessage', JSON.parse(message))).toBe('')
}

function safetensors(): Buffer {
  const header = Buffer.from(
    JSON.stringify({ __metadata__: { by: 'a test' }, w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.alloc(4)])
}

async function withFiles(use: (address: string) => Promise<void>): Promise<void> {
  const files = createServer((_request, response) => response.end(safetensors())).listen(0, '127.0.0.1')
  await new Promise((resolve) => files.once('listening', resolve))
  try {
    await use(`http://127.0.0.1:${(files.address() as AddressInfo).port}`)
  } finally {
    files.close()
  }
}
