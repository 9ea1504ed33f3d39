import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type TestServer, startTestServer } from './testing/test-server.ts'

let server: TestServer
afterEach(() => server.close())

const editorDirectory = mkdtempSync(join(tmpdir(), 'patchbay-front-end-'))
writeFileSync(join(editorDirectory, 'index.html'), '<title>Another editor</title><script>start()</script>')

test('another editor stands at the root, and its scripts run; the interfaces are where they were', async () => {
  server = await startTestServer({ editorDirectory, isForeignEditor: true })
  const page = await fetch(server.url)
  expect(await page.text()).toContain('Another editor')
  expect(page.headers.get('content-security-policy')).toMatch(/script-src [^;]*'unsafe-inline'/)
  expect((await fetch(`${server.url}/object_info`)).status).toBe(200)
})

test('our own runs no scripts but its files', async () => {
  server = await startTestServer({ editorDirectory })
  expect((await fetch(server.url)).headers.get('content-security-policy')).not.toMatch(
    /script-src [^;]*'unsafe-inline'/,
  )
})
