import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pngOf } from '../../../testing/png.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

/** A safetensors file without tensors. */
function weights(metadata: object): Buffer {
  const header = Buffer.from(JSON.stringify({ __metadata__: metadata }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.alloc(4)])
}

let server: TestServer
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-models-'))
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]
  for (const root of [first, second]) await mkdir(join(root, 'styles'), { recursive: true })
  await writeFile(join(first, 'a.safetensors'), weights({ artist: 'a' }))
  await writeFile(join(first, 'a.png'), pngOf(4, 4, [1, 2, 3]))
  await writeFile(join(first, 'notes.txt'), 'trigger words')
  await writeFile(join(first, 'a.civitai.info'), '{}')
  await writeFile(join(second, 'styles', 'b.safetensors'), weights({ long: 'x'.repeat(1_048_576) }))
  await writeFile(join(second, 'styles', 'b.preview.png'), pngOf(4, 4, [1, 2, 3]))
  await writeFile(join(second, 'styles', 'a.safetensors'), weights({}))
  await writeFile(join(folder, 'secret.png'), pngOf(4, 4, [1, 2, 3]))
  await symlink(folder, join(first, 'out'))
  server = await startTestServer({ modelFolders: { loras: [first, second], datasets: [first] } })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})
const get = (path: string) => fetch(`${server.url}${path}`)
const json = async (path: string) => (await get(path)).json()

describe('model folders', () => {
  test('list files of weights, not the pictures and notes beside them; a folder of data lists all', async () => {
    expect(await json('/models/loras')).toEqual(['a.safetensors', 'styles/a.safetensors', 'styles/b.safetensors'])
    expect(await json('/models/datasets')).toContain('notes.txt')
    expect((await get('/models/nothing')).status).toBe(404)
  })

  test('of ComfyUI that nothing here opens are known, and empty', async () => {
    expect(await json('/models')).toEqual(expect.arrayContaining(['loras', 'audio_encoders', 'configs']))
    expect([await json('/models/audio_encoders'), await json('/experiment/models/detection')]).toEqual([[], []])
    const described = (await json('/experiment/models')).map(({ name }: { name: string }) => name)
    expect(described).toContain('optical_flow')
    expect(described).not.toContain('configs')
  })

  test('say which extensions they take and in how many places they lie, not where', async () => {
    const [loras] = await json('/experiment/models')
    expect(loras).toEqual({
      name: 'loras',
      folders: ['loras', 'loras'],
      extensions: expect.arrayContaining(['.safetensors', '.ckpt', '.pt']),
    })
  })

  test('tell of each file in which of the places it is', async () => {
    const files = await json('/api/experiment/models/loras')
    expect(files.map(({ name, pathIndex }: { name: string; pathIndex: number }) => [name, pathIndex])).toEqual([
      ['a.safetensors', 0],
      ['styles/a.safetensors', 1],
      ['styles/b.safetensors', 1],
    ])
    expect(files[0]).toMatchObject({ size: expect.any(Number), modified: expect.any(Number) })
    expect(files[0].modified * 1000).toBeGreaterThan(Date.now() - 3_600_000)
  })
})

describe('the picture of a model', () => {
  test.each(['0/a.safetensors', '1/styles/b.safetensors', '1/styles%2Fb.safetensors'])(
    '%s is a WebP',
    async (place) => {
      const picture = await get(`/api/experiment/models/preview/loras/${place}`)
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/webp'])
      expect(Buffer.from(await picture.arrayBuffer()).toString('latin1', 8, 12)).toBe('WEBP')
    },
  )
  test.each([
    ['loras/2/a.safetensors', 400],
    ['loras/x/a.safetensors', 400],
    ['loras/0/..%2Fsecret.safetensors', 403],
    ['loras/0/out/secret.safetensors', 403],
    ['loras/1/styles/a.safetensors', 404],
    ['nothing/0/a.safetensors', 404],
  ])('%s is refused with %i', async (place, status) => {
    expect((await get(`/experiment/models/preview/${place}`)).status).toBe(status)
  })
})

test('metadata is what the header says; one of more than a mebibyte is not read', async () => {
  expect(await json('/view_metadata/loras?filename=a.safetensors')).toEqual({ artist: 'a' })
  for (const name of ['styles/b.safetensors', 'a.png', 'none.safetensors', '../secret.safetensors'])
    expect([name, (await get(`/view_metadata/loras?filename=${name}`)).ok]).toEqual([name, false])
})
