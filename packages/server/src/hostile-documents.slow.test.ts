import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestServer, startTestServer } from './testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** The answer to a request, with the seconds of processor time that this process spent on it. */
async function costOf(path: string, text: string) {
  const before = process.cpuUsage()
  const body = new TextEncoder().encode(text)
  const response = await fetch(server.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  const answer = await response.text()
  const { user, system } = process.cpuUsage(before)
  return { status: response.status, answer, seconds: (user + system) / 1e6 }
}
const repeated = (text: string, bytes: number) =>
  Array(Math.floor(bytes / (text.length + 1)))
    .fill(text)
    .join(',')
const nodesOf = (node: string, bytes: number) =>
  Array.from({ length: Math.floor(bytes / (node.length + 8)) }, (_, index) => `"n${index}":${node}`).join(',')
const document = (fields: string) => `{"document":{"format":"patchbay-workflow","version":1,${fields}}}`
const megabyte = 1_000_000

describe('a document that looks for the end of the memory', () => {
  test.each([
    [
      'a graph of empty nodes',
      '/api/v1/workflows/import',
      `{"source":{"nodes":[${repeated('{}', 31 * megabyte)}],"links":[]}}`,
    ],
    [
      'a graph of 4 MB',
      '/api/v1/workflows/import',
      `{"source":{"nodes":[${repeated('{}', 4 * megabyte)}],"links":[]}}`,
    ],
    [
      'a graph of links',
      '/api/v1/workflows/import',
      `{"source":{"nodes":[],"links":[${repeated('1', 3 * megabyte)}]}}`,
    ],
    ['a prompt of empty nodes', '/api/v1/workflows/import', `{"source":{${nodesOf('{}', 12 * megabyte)}}}`],
    ['numbers', '/api/v1/validate', document(`"nodes":{},"extra":{"a":[${repeated('1', 31 * megabyte)}]}`)],
    ['wrong nodes', '/api/v1/validate', document(`"nodes":{${nodesOf('{"type":"T","version":0}', 3 * megabyte)}}`)],
    ['wrong links', '/api/v1/validate', document(`"nodes":{"a":{"links":{${nodesOf('3', 12 * megabyte)}}}}`)],
    ['a number of 20 MB', '/api/v1/validate', document(`"nodes":{},"extra":{"a":${'1'.repeat(20 * megabyte)}}`)],
    ['a key of 1 MB', '/api/v1/validate', document(`"nodes":{"${'n'.repeat(megabyte)}":{}}`)],
  ])('%s: is refused soon, in few words', { timeout: 60_000 }, async (_what, path, text) => {
    const { status, answer, seconds } = await costOf(path, text)
    expect([status, answer.slice(0, 300)]).toEqual([400, expect.stringContaining('"error"')])
    expect(answer.length).toBeLessThan(200_000)
    expect(seconds).toBeLessThan(4)
  })

  test('a long text with an escape in it is read', async () => {
    const { status } = await costOf(
      '/api/v1/validate',
      document(`"nodes":{},"extra":{"a":"\\n${'a'.repeat(20 * megabyte)}"}`),
    )
    expect(status).toBe(200)
  })

  test('a batch of many large documents is refused before it is made', async () => {
    const nodes = nodesOf('{"type":"T","version":1,"values":{},"links":{}}', 60_000)
    const { status, answer, seconds } = await costOf(
      '/api/v1/jobs',
      `{"batch":{"count":10000,"vary":{"node":"n0","input":"seed"}},${document(`"nodes":{${nodes}}`).slice(1)}`,
    )
    expect([status, answer]).toEqual([400, expect.stringContaining('1000000 nodes in all')])
    expect(seconds).toBeLessThan(2)
  })
})
