import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { startTestServer } from '../testing/test-server.ts'

const prompt = {
  a: { class_type: 'TestWait', inputs: { ms: 0, steps: 1, stubborn: false, salt: 1 } },
  b: { class_type: 'TestPicture', inputs: { after: ['a', 0], width: 8, height: 8, prefix: 'traced' } },
}
const picture = { prompt: 'a red circle', steps: 1, width: 64, height: 64 }
const surfaces = [
  ['/prompt', { prompt }],
  ['/api/v2/jobs', { workflow: prompt }],
  ['/sdapi/v1/txt2img', picture],
  ['/v1/images/generations', { prompt: 'a red circle', size: '64x64' }],
] as const

test('a job belongs to the trace of the request that made it, whichever surface that came by', async () => {
  const received: string[] = []
  const collector = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push(body)
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const { port } = collector.address() as AddressInfo
  const server = await startTestServer({
    builtInNodes: true,
    traces: { endpoint: `http://127.0.0.1:${port}` },
  })
  await fetch(`${server.url}/object_info`)
  for (const [index, [path, body]] of surfaces.entries()) {
    const traceparent = `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b${index}-01`
    const headers = { 'content-type': 'application/json', traceparent }
    const { status } = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    expect([path, Math.floor(status / 100)]).toEqual([path, 2])
  }
  const { jobs } = await server.client.jobs.list({})
  await Promise.all(jobs.map(({ id }) => server.client.jobs.wait(id)))
  await server.close()
  collector.close()
  const parents = [...received.join('').matchAll(/"parentSpanId":"00f067aa0ba902b(\d)"/g)].map(([, index]) => index)
  expect(parents.sort()).toEqual(['0', '1', '2', '3'])
}, 240_000)
