import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

const featurePack = fileURLToPath(new URL('../../../../../../tests/fixtures/feature-pack', import.meta.url))
const arithmetic = fileURLToPath(new URL('../../../../../../workflows/arithmetic.json', import.meta.url))
let server: TestServer
let packs: string
beforeAll(async () => {
  packs = await mkdtemp(join(tmpdir(), 'patchbay-packs-'))
  const counting = join(packs, 'counting')
  await mkdir(join(counting, 'workflows'), { recursive: true })
  await writeFile(join(counting, 'package.json'), '{"name":"counting","type":"module","main":"index.js"}')
  await writeFile(join(counting, 'index.js'), 'export const nodes = []\n')
  await copyFile(arithmetic, join(counting, 'workflows', 'sum.json'))
  server = await startTestServer({ builtInNodes: true, nodePacks: [featurePack, counting] })
})
afterAll(async () => {
  await server.close()
  await rm(packs, { recursive: true })
})
const get = (path: string) => fetch(`${server.url}${path}`)

test('the workflows that ship are templates of ComfyUI’s editor, each in the format that it saves', async () => {
  const [category] = (await (await get('/templates/index.json')).json()) as {
    moduleName: string
    templates: { name: string; title: string }[]
  }[]
  expect(category?.moduleName).toBe('default')
  expect(category?.templates[0]).toMatchObject({ name: 'text-to-image', title: 'Text to image', mediaType: 'image' })
  for (const { name } of category?.templates ?? []) {
    const saved = (await (await get(`/api/templates/${name}.json`)).json()) as { version: number; nodes: object[] }
    expect([name, saved.version, saved.nodes.length > 0]).toEqual([name, 0.4, true])
  }
})

test('there are no others, and no logos', async () => {
  expect((await get('/templates/nothing.json')).status).toBe(404)
  expect(await (await get('/templates/index_logo.json')).json()).toEqual({})
})

test('each has the picture that it made, where it made one', async () => {
  const picture = await get('/templates/text-to-image-1.webp')
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/webp'])
  expect(Buffer.from(await picture.arrayBuffer()).toString('latin1', 8, 12)).toBe('WEBP')
  expect((await get('/api/templates/arithmetic-1.webp')).status).toBe(404)
  expect((await get('/templates/..%2Fpackage-1.webp')).status).toBe(404)
})

test('those of a node pack are under its name; what cannot be said in that format is left out', async () => {
  expect(await (await get('/api/workflow_templates')).json()).toEqual({ counting: ['sum'] })
  const { templates } = await server.client.templates()
  expect(templates.map(({ id }) => id)).toContain('patchbay-feature-pack/every-feature')
  expect(await (await get('/api/workflow_templates/counting/sum.json')).json()).toMatchObject({ version: 0.4 })
  expect((await get('/workflow_templates/patchbay-feature-pack/every-feature.json')).status).toBe(404)
})

test('every workflow that ships can be said, as far as noise, formulas and prompts go by their rules', async () => {
  const [category] = (await (await get('/templates/index.json')).json()) as { templates: { name: string }[] }[]
  const { templates: all } = await server.client.templates()
  const shipped = all.map(({ id }) => id).filter((id) => !id.includes('/'))
  expect(category?.templates.map(({ name }) => name)).toEqual(shipped)
})
