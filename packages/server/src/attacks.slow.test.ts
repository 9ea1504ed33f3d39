import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { request as httpRequest, createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import Database from 'libsql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { pngOf } from './testing/png.ts'
import { createConfig } from './config.ts'
import { type TestServer, startTestServer, waiting } from './testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ uploadLimitBytes: 200_000, bodyLimitBytes: 200_000, pixelLimit: 1_000_000 })
})
afterAll(() => server.close())

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Record<string, string | string[] | undefined>
}
/** A request with exactly this path and these headers, which `fetch` would tidy up. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
  to = server,
): Promise<Answer> {
  const { hostname, port } = new URL(to.url)
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { hostname, port, method, path, headers, agent: false, setHost: headers['host'] === undefined },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString(),
            headers: response.headers,
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
const json = { 'content-type': 'application/json' }
const submission = JSON.stringify({ document: waiting(0) })
const upgrade = (path: string, headers: Record<string, string>, to = server) =>
  new Promise<string>((resolve) => {
    const socket = new WebSocket(to.url.replace('http', 'ws') + path, { headers })
    socket.on('open', () => {
      socket.close()
      resolve('open')
    })
    socket.on('unexpected-response', (_, response) => resolve(String(response.statusCode)))
    socket.on('error', () => undefined)
  })

describe('a page of another site', () => {
  test.each([
    ['a cross-site post as text/plain', { origin: 'http://evil.example', 'content-type': 'text/plain' }, 403],
    ['a sandboxed frame', { origin: 'null', ...json }, 403],
    ['DNS rebinding', { host: 'evil.example', origin: 'http://evil.example', ...json }, 403],
    ['a form without an origin', { 'content-type': 'text/plain' }, 415],
    ['a fetch that hides its origin', { 'sec-fetch-site': 'cross-site', ...json }, 403],
  ])('cannot queue a job: %s', async (_, headers, status) => {
    const before = (await server.client.jobs.list()).total
    expect((await send('POST', '/api/v1/jobs', headers, submission)).status).toBe(status)
    expect((await server.client.jobs.list()).total).toBe(before)
  })

  test.each(['/prompt', '/api/prompt', '/interrupt', '/queue', '/upload/image', '/settings', '/userdata/x'])(
    'cannot reach %s of the other surface either',
    async (path) => {
      const headers = { origin: 'http://evil.example', 'content-type': 'text/plain' }
      expect((await send('POST', path, headers, '{}')).status).toBe(403)
    },
  )

  test.each(['/api/v1/events', '/ws', '/api/ws'])('cannot open a socket at %s', async (path) => {
    expect(await upgrade(path, { origin: 'http://evil.example' })).toBe('403')
    expect(await upgrade(path, { origin: 'null' })).toBe('403')
    expect(await upgrade(path, { host: 'evil.example' })).toBe('403')
    expect(await upgrade(path, {})).toBe('open')
  })
})

describe('a path', () => {
  test.each([
    '/api/v1/files/input/..%2f..%2fserver.pid',
    '/api/v1/files/input/%2e%2e/%2e%2e/server.pid',
    '/api/v1/files/input/..%5c..%5cserver.pid',
    '/api/v1/files/input/%2fetc%2fpasswd',
    '/api/v1/files/input/a%00.png',
    '/api/v1/files/..%2finput/server.pid',
    '/api/v1/models/checkpoints/..%2f..%2fserver.pid',
    '/api/v1/artifacts/..%2f..%2fserver.pid',
    '/view?filename=..%2f..%2fserver.pid&type=output',
    '/view?filename=server.pid&subfolder=..&type=output',
    '/view?filename=/etc/passwd',
    '/view?filename=..%2fserver.pid%20[input]',
    '/view_metadata/checkpoints?filename=..%2f..%2fx.safetensors',
    '/userdata/..%2f..%2fserver.pid',
    '/userdata?dir=..%2f..',
    '/../../server.pid',
    '/assets/..%2f..%2fpackage.json',
  ])('that leaves its folder gives nothing: %s', async (path) => {
    const { status, text } = await send('GET', path)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(text).not.toContain(String(process.pid))
    expect(text).not.toContain(server.directory)
  })

  test('through a symlink gives nothing', async () => {
    const input = join(server.directory, 'input')
    await mkdir(input, { recursive: true })
    await symlink(join(server.directory, 'server.pid'), join(input, 'link.png'))
    await symlink(server.directory, join(input, 'folder'))
    for (const path of [
      '/api/v1/files/input/link.png',
      '/api/v1/files/input/folder/server.pid',
      '/view?filename=link.png&type=input',
    ]) {
      expect((await send('GET', path)).status).toBe(403)
    }
    const { files } = await server.client.files.list('input')
    expect(files.map(({ name }) => name)).not.toContain('link.png')
  })
})

describe('a hostile file', () => {
  const upload = (bytes: Uint8Array, name: string) =>
    server.client.files.upload(new Blob([new Uint8Array(bytes)]), name)

  test('that a browser would run is refused, whatever it is called', async () => {
    for (const text of ['<svg onload="alert(1)"/>', '<html><script>alert(1)</script>', '#!/bin/sh', 'MZ\u0000']) {
      await expect(upload(new TextEncoder().encode(text), 'cat.png')).rejects.toMatchObject({ code: 'wrong-file-type' })
    }
  })

  test('that is both a picture and a page is served as a picture that cannot run', async () => {
    const { name } = await upload(
      Buffer.concat([pngOf(1, 1, [0, 0, 0]), Buffer.from('<script>alert(1)</script>')]),
      'both.html',
    )
    expect(name).toBe('both.png')
    const { headers } = await send('GET', `/api/v1/files/input/${name}`)
    expect(headers['content-type']).toBe('image/png')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toContain('sandbox')
  })

  test('past the size limit is cut off', async () => {
    const bytes = Buffer.concat([pngOf(1, 1, [0, 0, 0]), Buffer.alloc(300_000)])
    await expect(upload(bytes, 'large.png')).rejects.toMatchObject({ status: 413 })
  })

  test('that unpacks to a billion pixels is never unpacked', async () => {
    const bomb = pngOf(1, 1, [0, 0, 0])
    bomb.writeUInt32BE(60_000, 16)
    bomb.writeUInt32BE(60_000, 20)
    const { name } = await upload(bomb, 'bomb.png')
    const { status } = await send('GET', `/view?filename=${name}&type=input&preview=webp`)
    expect(status).toBe(415)
  })

  test('whose safetensors header lies about its length costs nothing', async () => {
    const folder = join(server.directory, 'models', 'loras')
    await mkdir(folder, { recursive: true })
    const lying = Buffer.alloc(16)
    lying.writeBigUInt64LE(0xffff_ffff_ffffn)
    await writeFile(join(folder, 'lying.safetensors'), lying)
    await writeFile(
      join(folder, 'broken.safetensors'),
      Buffer.concat([Buffer.from([9, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"a":[[[[')]),
    )
    for (const name of ['lying.safetensors', 'broken.safetensors']) {
      expect(await server.client.models.detail('loras', name)).toMatchObject({ metadata: {}, tensors: 0 })
    }
  })
})

describe('a request that is too much', () => {
  test('a large body is refused', async () => {
    expect((await send('POST', '/api/v1/jobs', json, `{"name":"${'x'.repeat(300_000)}"}`)).status).toBe(413)
  })

  test('a deeply nested body is refused', async () => {
    expect((await send('POST', '/api/v1/validate', json, `${'['.repeat(50_000)}${']'.repeat(50_000)}`)).status).toBe(
      400,
    )
  })

  test.each(['{"__proto__":{"x":1}}', '{"document":{"__proto__":{}}}', '{"a":1,"a":2}', '{', 'null', '[]', '"x"'])(
    '%s is refused with a sentence',
    async (body) => {
      const { status, text } = await send('POST', '/api/v1/jobs', json, body)
      expect(status).toBe(400)
      expect(JSON.parse(text).error.message.length).toBeGreaterThan(10)
    },
  )

  test('an oversize frame ends its socket, and nothing else', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/events`)
    await new Promise((resolve) => socket.on('open', resolve))
    socket.on('error', () => undefined)
    socket.send('x'.repeat(100_000))
    const code = await new Promise((resolve) => socket.on('close', resolve))
    expect(code).toBe(1009)
    expect((await send('GET', '/healthz')).status).toBe(200)
  })

  test('a client that never finishes its headers does not keep others waiting', async () => {
    const { port } = new URL(server.url)
    const slow = Array.from({ length: 50 }, () => connect(Number(port), '127.0.0.1'))
    for (const socket of slow) socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: '))
    expect((await send('GET', '/healthz')).status).toBe(200)
    for (const socket of slow) socket.destroy()
  })
})

describe('an address that somebody else chose', () => {
  /** A server on this machine that counts who comes, and would gladly answer. */
  async function target() {
    const visits: string[] = []
    const listener = createServer((request, response) => {
      visits.push(request.url ?? '')
      response.end('weights')
    })
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const { port } = listener.address() as AddressInfo
    return { visits, port, close: () => listener.close() }
  }

  async function failureOf(url: string): Promise<string | undefined> {
    const started = await server.client.models.download({ url, folder: 'loras' })
    const download = async () => (await server.client.models.downloads()).downloads.find(({ id }) => id === started.id)
    await expect.poll(async () => (await download())?.state).not.toBe('running')
    return (await download())?.error
  }

  test.each(['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]'])(
    'is not fetched when it is private, although somebody answers there: %s',
    async (host) => {
      const { visits, port, close } = await target()
      expect(await failureOf(`http://${host}:${port}/m.safetensors`)).toBe('The address is not on the public internet.')
      close()
      expect(visits).toEqual([])
    },
  )

  test.each([
    ['http://169.254.169.254/m.safetensors', 'The address is not on the public internet.'],
    ['http://[::1]:1/m.safetensors', 'The address is not on the public internet.'],
    ['file:///etc/m.safetensors', 'Only http:// and https:// addresses can be reached.'],
  ])('is refused by what it is, before anything is asked: %s', async (url, reason) => {
    expect(await failureOf(url)).toBe(reason)
  })

  test('is not called by a webhook when it is private', async () => {
    const { visits, port, close } = await target()
    const webhook = { url: `http://127.0.0.1:${port}/` }
    await server.client.jobs.submit({ document: waiting(0), webhook }, { waitMs: 20_000 })
    const database = new Database(join(server.directory, 'patchbay.sqlite'), { readonly: true })
    const attempts = () => database.prepare('SELECT attempt FROM webhooks').pluck().all()
    // A call that failed waits for its second attempt; one that succeeded is gone.
    await expect.poll(attempts).toEqual([1])
    database.close()
    close()
    expect(visits).toEqual([])
  })
})

test('an address that others can reach needs a token to start', () => {
  expect(() => createConfig({ host: '0.0.0.0' })).toThrow(/needs a token/)
  expect(createConfig({ host: '0.0.0.0', ownerToken: 'x' }).ownerToken).toBe('x')
})

test('without the token nothing is told and nothing is changed; a viewer looks but changes nothing', async () => {
  const guarded = await startTestServer({ ownerToken: 'owner-secret', viewerToken: 'viewer-secret' })
  const viewer = { authorization: 'Bearer viewer-secret', ...json }
  for (const path of ['/api/v1/jobs', '/api/v1/system', '/queue', '/object_info', '/metrics', '/history']) {
    expect((await send('GET', path, {}, undefined, guarded)).status).toBe(401)
  }
  expect(await upgrade('/ws', {}, guarded)).toBe('401')
  expect(await upgrade('/ws', { authorization: 'Bearer viewer-secret' }, guarded)).toBe('open')
  expect((await send('GET', '/api/v1/jobs', viewer, undefined, guarded)).status).toBe(200)
  for (const path of ['/api/v1/jobs', '/api/v1/queue/pause', '/prompt', '/interrupt', '/upload/image', '/settings']) {
    expect((await send('POST', path, viewer, '{}', guarded)).status).toBe(403)
  }
  const { client } = guarded
  expect((await client.jobs.submit({ document: waiting(0) })).jobs).toHaveLength(1)
  await guarded.close()
})

test('nothing random makes it fail with 500, tell a path, or stop', async () => {
  let state = 12345
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const pick = <T>(from: readonly T[]): T => from[random(from.length)]!
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
  const words = [
    'jobs',
    'queue',
    'workflows',
    'artifacts',
    'files',
    'models',
    'settings',
    'nodes',
    'events',
    'x',
    '%00',
    '..%2f',
    '%',
    'prompt',
    'history',
    'view',
    'userdata',
    'object_info',
    'upload',
    'image',
    'api',
    'v1',
    'thumbnail',
    'input',
    '☃',
    'sha256:0',
    'validate',
    'downloads',
    'diff',
    'versions',
    'cancel',
  ]
  const bodies = [
    '{}',
    '[]',
    'null',
    '{"document":{}}',
    '{"prompt":{"1":{}}}',
    '{"prompt":[]}',
    '{"delete":5}',
    '{"document":{"format":"patchbay-workflow","version":1,"nodes":{"a":{"type":"constructor","version":1,"values":{},"links":{}}}}}',
    '\u0000',
    '{"url":"x","folder":"__proto__"}',
    '{"job_ids":[1]}',
    '{"move":{"before":"x"}}',
    '{"workflow":{"id":"x"}}',
  ]
  const queries = [
    '',
    '?wait=-1',
    '?limit=1e9',
    '?after=x',
    '?filename[]=1',
    '?size=1',
    '?dir=',
    '?state=a,b',
    '?max_items=-1',
    '?preview=jpeg;999&filename=x',
    '?from=1&to=2',
  ]
  const types = [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    '',
  ]
  for (let round = 0; round < 600; round++) {
    const method = pick(methods)
    const prefix = pick(['/api/v1/', '/', '/api/'])
    const path = `${prefix}${Array.from({ length: 1 + random(4) }, () => encodeURI(pick(words)).replaceAll('%25', '%')).join('/')}${pick(queries)}`
    if (path.includes('events')) continue
    const body = method === 'GET' || method === 'HEAD' ? undefined : pick(bodies)
    const { status, text } = await send(method, path, { 'content-type': pick(types) }, body).catch((error: unknown) => {
      throw new Error(`${method} ${path} ${body ?? ''}: no answer`, { cause: error })
    })
    const shown = `${method} ${path} ${body ?? ''}: ${status} ${text.slice(0, 300)}`
    if (status >= 500 && status !== 503) throw new Error(shown)
    if (text.includes(server.directory) || /\bat .*\.(ts|js):\d+/.test(text))
      throw new Error(`it tells a path: ${shown}`)
  }
  expect((await send('GET', '/readyz')).status).toBe(200)
})
