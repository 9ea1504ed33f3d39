import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assetHashOf } from './asset-store.ts'
import { pngOf } from '../../../testing/png.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true })
  await fetch(`${server.url}/object_info`)
}, 180_000)
afterAll(() => server.close())

const red = pngOf(4, 4, [255, 0, 0])
const blue = pngOf(4, 4, [0, 0, 255])
async function send(path: string, bytes: Uint8Array, fields: Record<string, string> = {}) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', new Blob([new Uint8Array(bytes)]), 'in.png')
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body: form })
  return { status: response.status, body: await response.json() }
}
const ask = async (method: string, path: string, body?: object) => {
  const response = await fetch(`${server.url}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

test('hashes are BLAKE3, as its test vectors have them', () => {
  expect(assetHashOf(new Uint8Array())).toBe('blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262')
})

describe('assets of API v2', () => {
  test('the same content is kept once, and is found by its hash', async () => {
    const first = await send('/api/v2/assets', red, { file_path: 'photos/red.png', tags: 'a, b' })
    expect(first).toMatchObject({ status: 201, body: { name: 'red.png', content_type: 'image/png', tags: ['a', 'b'] } })
    expect(first.body.hash).toMatch(/^blake3:[0-9a-f]{64}$/)
    expect(await send('/api/v2/assets', red, { file_path: 'photos/red.png' })).toMatchObject({
      status: 200,
      body: { id: first.body.id },
    })
    expect((await ask('HEAD', `/api/v2/assets/by-hash/${first.body.hash}`)).status).toBe(200)
    expect((await ask('HEAD', `/api/v2/assets/by-hash/blake3:${'0'.repeat(64)}`)).status).toBe(404)
    const content = await fetch(first.body.url, { headers: { range: 'bytes=1-3' } })
    expect([content.status, await content.text()]).toEqual([206, 'PNG'])
  })

  test('a file with another hash than was expected is refused, and kept nowhere', async () => {
    const expected_hash = `blake3:${'0'.repeat(64)}`
    expect(await send('/api/v2/assets', blue, { expected_hash })).toMatchObject({
      status: 409,
      body: { error: { code: 'hash_mismatch' } },
    })
    expect((await ask('POST', '/api/v2/assets/from-hash', { hash: expected_hash })).status).toBe(404)
  })

  test('a workflow may name an asset where a file name belongs; one that is not here is told', async () => {
    const { body: asset } = await send('/api/v2/assets', red)
    const workflow = (info: object) => ({
      '1': { class_type: 'LoadImage', inputs: { image: { __type: 'core/ASSET', info } } },
      '2': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
    })
    const { status, body: job } = await ask('POST', '/api/v2/jobs', { workflow: workflow({ hash: asset.hash }) })
    expect(status).toBe(201)
    let now = job
    while (!['succeeded', 'failed'].includes(now.status)) now = (await ask('GET', job.urls.self)).body
    expect(now).toMatchObject({ status: 'succeeded', outputs: [{ node_id: '2' }] })
    expect(await ask('POST', '/api/v2/jobs', { workflow: workflow({ id: 'none' }) })).toMatchObject({
      status: 422,
      body: { error: { code: 'missing_asset' } },
    })
  }, 240_000)
})

describe("ComfyUI's assets", () => {
  test('are kept, listed by their tags, changed and removed', async () => {
    const { status, body: asset } = await send('/api/assets', blue, {
      name: 'blue.png',
      tags: 'sky',
      user_metadata: '{"k":1}',
    })
    expect([status, asset]).toMatchObject([201, { name: 'blue.png', tags: ['sky'], user_metadata: { k: 1 } }])
    expect((await ask('GET', '/api/assets?tags_all=sky&limit=5')).body).toMatchObject({
      assets: [{ id: asset.id }],
      total: 1,
      has_more: false,
    })
    expect((await ask('GET', '/api/assets?tags_none=sky')).body.assets).not.toMatchObject([{ id: asset.id }])
    expect((await ask('POST', `/api/assets/${asset.id}/tags`, { tags: ['sky', 'sea'] })).body).toEqual({
      added: ['sea'],
      already_present: ['sky'],
      total_tags: ['sky', 'sea'],
    })
    expect((await ask('PUT', `/api/assets/${asset.id}`, { name: 'other.png' })).body.name).toBe('other.png')
    expect((await ask('DELETE', `/api/assets/${asset.id}`)).status).toBe(204)
    expect(await ask('GET', `/api/assets/${asset.id}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'ASSET_NOT_FOUND' } },
    })
  })

  test('are found by what their metadata hold, page by page, and their tags are counted', async () => {
    for (const [index, colour] of [red, blue, pngOf(4, 4, [0, 255, 0])].entries()) {
      const fields = {
        name: `page-${index}.png`,
        tags: index === 0 ? 'paged,first' : 'paged',
        user_metadata: '{"album":"pages"}',
      }
      await send('/api/assets', colour, fields)
    }
    const filter = `metadata_filter=${encodeURIComponent('{"album":"pages"}')}&sort=name&order=asc&limit=2`
    const first = (await ask('GET', `/api/assets?${filter}`)).body
    expect(first).toMatchObject({ assets: [{ name: 'page-0.png' }, { name: 'page-1.png' }], total: 3, has_more: true })
    const rest = (await ask('GET', `/api/assets?${filter}&after=${first.next_cursor}`)).body
    expect(rest).toMatchObject({ assets: [{ name: 'page-2.png' }], total: 3, has_more: false })
    expect((await ask('GET', '/api/assets/tags/refine?tags_all=paged')).body).toEqual({
      tag_counts: { paged: 3, first: 1 },
    })
  })

  test('are made of what lies in the folders already, and forgotten when it is gone', async () => {
    const form = new FormData()
    form.set('image', new Blob([new Uint8Array(pngOf(3, 3, [1, 2, 3]))]), 'lying.png')
    form.set('type', 'output')
    await fetch(`${server.url}/upload/image`, { method: 'POST', body: form })
    expect(await ask('POST', '/api/assets/seed?wait=true')).toMatchObject({
      status: 200,
      body: { status: 'completed', errors: [] },
    })
    const found = (await ask('GET', '/api/assets?name_contains=lying')).body.assets
    expect(found).toMatchObject([
      { name: 'lying.png', tags: ['output'], loader_path: 'lying.png [output]', size: pngOf(3, 3, [1, 2, 3]).length },
    ])
    expect(found[0].hash).toBe(assetHashOf(pngOf(3, 3, [1, 2, 3])))
    expect((await fetch(`${server.url}/api/assets/${found[0].id}/content`)).status).toBe(200)
    expect((await ask('POST', '/api/assets/seed?wait=true')).body.progress.created).toBe(0)
    expect((await ask('GET', '/api/assets/seed/status')).body.state).toBe('IDLE')
    expect((await ask('POST', '/api/assets/seed/cancel')).body).toEqual({ status: 'idle' })

    expect((await ask('POST', '/api/assets/prune')).body).toEqual({ status: 'completed', marked: 0 })
    await rm(join(server.directory, 'output', 'lying.png'))
    expect((await ask('POST', '/api/assets/prune')).body).toEqual({ status: 'completed', marked: 1 })
    expect((await ask('GET', '/api/assets?name_contains=lying')).body.total).toBe(0)
  })

  test.each([
    ['/api/assets?limit=0', 'INVALID_QUERY'],
    ['/api/assets?metadata_filter=no', 'INVALID_QUERY'],
    ['/api/assets?after=nothing', 'INVALID_CURSOR'],
    ['/api/assets?sort=colour', 'INVALID_QUERY'],
    [`/api/assets?tags_any=${Array.from({ length: 101 }, (_, index) => `t${index}`).join(',')}`, 'INVALID_TAG_FILTER'],
  ])('%s is refused with %s', async (path, code) => {
    expect(await ask('GET', path)).toMatchObject({ status: 400, body: { error: { code } } })
  })

  test('outlive the server', async () => {
    const { body: asset } = await send('/api/assets', red, { name: 'kept.png' })
    server = await server.restart()
    expect((await ask('GET', `/api/assets/${asset.id}`)).body).toMatchObject({ name: 'kept.png', hash: asset.hash })
  }, 120_000)
})
