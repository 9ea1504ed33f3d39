import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestServer } from '../testing/test-server.ts'
import { startTestServer } from '../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true })
})
afterAll(() => server.close())
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
