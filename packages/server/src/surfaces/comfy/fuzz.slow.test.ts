import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type TestServer, startTestServer } from '../../testing/test-server.ts'

// Requests that nobody meant: the answer is a refusal in words, never a fault, a path or a stack.

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await fetch(`${server.url}/object_info`)
}, 120_000)
afterAll(() => server.close())

/** Mulberry32 (T. Ettinger): the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const words = ['prompt', 'inputs', 'class_type', '1', '', '__proto__', 'constructor', '../x', 'a/b', '%2e%2e', '\u0000']
const scalars = [
  'null',
  'true',
  '-1',
  '1e309',
  '18446744073709551616',
  '"5"',
  '"TestWait"',
  '["1",0]',
  '["1",99]',
  '[1]',
]
function fuzzed(random: () => number, depth = 0): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const kind = random()
  if (depth > 4 || kind < 0.3) return pick(scalars)
  if (kind < 0.45) return `[${Array.from({ length: 3 }, () => fuzzed(random, depth + 1)).join(',')}]`
  if (kind < 0.5) return random() < 0.5 ? '{' : ']]"'
  const fields = [...new Set(Array.from({ length: 4 }, () => pick(words)))]
  return `{${fields.map((name) => `${JSON.stringify(name)}:${fuzzed(random, depth + 1)}`).join(',')}}`
}
/** A prompt that is nearly right. */
function bentPrompt(random: () => number): string {
  const value = () => (random() < 0.5 ? String(Math.floor(random() * 5)) : fuzzed(random, 3))
  return `{"prompt":{"1":{"class_type":"TestWait","inputs":{"ms":${value()},"steps":${value()},"stubborn":${value()},"salt":${value()}}},
    "2":{"class_type":"TestKeep","inputs":{"value":${random() < 0.6 ? '["1",0]' : value()}}}},
    "partial_execution_targets":${random() < 0.7 ? 'null' : value()},"extra_data":${random() < 0.7 ? '{}' : value()},"number":${random() < 0.7 ? '0' : value()}}`
}

const routes = [
  ['POST', '/prompt'],
  ['POST', '/queue'],
  ['POST', '/history'],
  ['POST', '/interrupt'],
  ['POST', '/free'],
  ['POST', '/settings'],
  ['POST', '/settings/x'],
  ['POST', '/users'],
  ['POST', '/api/jobs/cancel'],
  ['POST', '/api/v2/jobs'],
  ['POST', '/api/v2/assets/from-hash'],
  ['POST', '/upload/image'],
  ['POST', '/upload/mask'],
  ['POST', '/api/v2/assets'],
  ['POST', '/userdata/x%2Fy.json'],
  ['POST', '/v1/images/generations'],
  ['POST', '/sdapi/v1/txt2img'],
  ['POST', '/sdapi/v1/img2img'],
  ['POST', '/api/v1/workflows/import'],
  ['POST', '/api/v1/workflows/export'],
] as const
const addresses = [
  '/view?filename=..%2f..%2fetc%2fpasswd',
  '/view?filename=%00',
  '/view?filename=a.png&subfolder=%2e%2e&type=input',
  '/view?filename[]=x',
  '/view?filename=x.png%20%5Boutput%5D&preview=webp;999',
  '/history/%ff',
  '/history?max_items=-1&offset=x',
  '/api/jobs?limit=-5',
  '/api/jobs?status=a,b',
  '/api/jobs/constructor',
  '/object_info/__proto__',
  '/object_info/%00',
  '/models/__proto__',
  '/models/..%2f',
  '/experiment/models/constructor',
  '/view_metadata/checkpoints?filename=..%2fx.safetensors',
  '/userdata?dir=..',
  '/userdata/..%2f..%2fx',
  '/v2/userdata?path=%2e%2e',
  '/internal/files/__proto__',
  '/settings/__proto__',
  '/api/v2/jobs/__proto__',
  '/api/v2/jobs/x/events',
  '/api/v2/assets/..%2fx',
  '/api/v2/assets/by-hash/blake3:zz',
]

async function checkAnswer(what: string, response: Response): Promise<void> {
  const text = await response.text()
  expect(`${what}: ${response.status >= 500 ? `${response.status} ${text}` : 'fine'}`).toBe(`${what}: fine`)
  expect(text).not.toMatch(/\.(ts|js):\d+|node_modules|\/tmp\/|\/home\/|at \w+ \(|sqlite/i)
  expect(text).not.toContain(server.directory)
}

test.each([1, 2, 3])(
  'bodies that are bent at random (seed %i) are refused in words',
  async (seed) => {
    const random = randomOf(seed)
    for (let round = 0; round < 8; round++) {
      for (const [method, path] of routes) {
        const body = path === '/prompt' && random() < 0.7 ? bentPrompt(random) : fuzzed(random)
        const types = [
          'application/json',
          'text/plain',
          'multipart/form-data; boundary=x',
          'application/x-www-form-urlencoded',
        ]
        const type = types[Math.floor(random() * (path === '/prompt' ? 2 : types.length))] ?? ''
        const response = await fetch(`${server.url}${path}`, { method, body, headers: { 'content-type': type } })
        await checkAnswer(`${method} ${path} ${body}`, response)
      }
    }
  },
  120_000,
)

test('addresses that name what is not theirs are refused in words', async () => {
  for (const address of addresses) {
    for (const method of ['GET', 'DELETE', 'POST', 'PUT']) {
      await checkAnswer(`${method} ${address}`, await fetch(`${server.url}${address}`, { method }))
    }
  }
}, 240_000)

test('whatever comes over the socket, it and the server live on', async () => {
  const random = randomOf(9)
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?clientId=__proto__`)
  await new Promise((resolve) => socket.on('open', resolve))
  for (let round = 0; round < 50; round++) socket.send(round % 5 === 0 ? Buffer.alloc(round) : fuzzed(random))
  socket.send(JSON.stringify({ type: 'feature_flags', data: null }))
  await checkAnswer('after', await fetch(`${server.url}/prompt`))
  expect(socket.readyState).toBe(WebSocket.OPEN)
  socket.close()
})
