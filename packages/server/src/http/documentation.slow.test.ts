import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestServer, startTestServer } from '../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

interface Description {
  readonly openapi: string
  readonly paths: { readonly [path: string]: { readonly [method: string]: { readonly operationId: string } } }
}

test('every route is described, each operation under a name of its own, and every reference leads somewhere', async () => {
  const text = await (await fetch(`${server.url}/api/v1/openapi.json`)).text()
  const description: Description = JSON.parse(text)
  const operations = Object.values(description.paths).flatMap((methods) => Object.values(methods))
  expect(description.openapi).toMatch(/^3\.1/)
  expect(operations.map(({ operationId }) => operationId)).toEqual(
    expect.arrayContaining(['getJobs', 'postWorkflowsImport']),
  )
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  for (const [, reference] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = (reference ?? '')
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], description)
    expect(found, reference).toBeDefined()
  }
})

test('the page to try the API loads everything from this server, and runs no script of its own', async () => {
  const page = await fetch(`${server.url}/api/v1/docs`)
  const html = await page.text()
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
  expect(loaded).toHaveLength(4)
  expect(html).not.toMatch(/<script>|https?:/)
  for (const path of loaded) {
    const part = await fetch(server.url + path)
    expect([part.status, path.startsWith('/api/v1/docs/')]).toEqual([200, true])
    await part.arrayBuffer()
  }
})

test.each(['package.json', '..%2fpackage.json', 'swagger-ui.js.map'])('%s is no part of the page', async (file) => {
  expect((await fetch(`${server.url}/api/v1/docs/${file}`)).status).toBe(404)
})
