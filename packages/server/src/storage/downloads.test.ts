import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs'
import { type IncomingHttpHeaders, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { DownloadRequest } from '../api/api-types.ts'
import { type DownloadOptions, createDownloads } from './downloads.ts'
import { createFolders } from './folders.ts'
import { hubAddress } from './hub-address.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/**
 * A server with one file, which answers ranges and keeps the end of its first answer, after `breaksAfter` bytes, until
 * it is broken off.
 */
async function origin(first: Buffer, breaksAfter = Infinity) {
  const state = { file: first, asked: [] as IncomingHttpHeaders[], breakOff: () => {} }
  const server = createServer((request, response) => {
    state.asked.push(request.headers)
    const { file } = state
    const etag = `"${createHash('sha256').update(file).digest('hex').slice(0, 8)}"`
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const isRange = from > 0 && [undefined, etag].includes(request.headers['if-range'] as string | undefined)
    const body = isRange ? file.subarray(from) : file
    response.writeHead(isRange ? 206 : 200, {
      etag,
      'content-length': body.length,
      ...(isRange ? { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` } : {}),
    })
    if (state.asked.length > 1 || breaksAfter >= body.length) response.end(body)
    else {
      response.write(body.subarray(0, breaksAfter))
      state.breakOff = () => void response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/m.safetensors` }
}

function downloader(options: Partial<DownloadOptions> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'patchbay-downloads-'))
  const folders = createFolders({ input: [root], output: root, temp: root, models: { loras: [join(root, 'loras')] } })
  const downloads = createDownloads(folders, { allowPrivate: true, maxAtOnce: 3, ...options })
  return {
    path: join(root, 'loras', 'm.safetensors'),
    async fetch(request: DownloadRequest) {
      const { id } = await downloads.start(request)
      const ended = () => downloads.list().find((download) => download.id === id)
      await expect.poll(() => ended()?.state, { timeout: 60_000 }).not.toBe('running')
      return ended()
    },
    /** Fetches what breaks off once so many bytes are on the disk. */
    async fetchUntil(received: number, breakOff: () => void, request: DownloadRequest) {
      const ended = this.fetch(request)
      await expect
        .poll(() => statSync(`${this.path}.part`, { throwIfNoEntry: false })?.size, { timeout: 60_000 })
        .toBe(received)
      breakOff()
      return ended
    },
  }
}
const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, index) => index % 251))
const sha256 = createHash('sha256').update(bytes).digest('hex')

describe('a download', () => {
  test('that broke off goes on where it stopped, and its hash is that of the whole', async () => {
    const { state, url } = await origin(bytes, 20_000)
    const downloads = downloader()
    const { path } = downloads
    const brokenOff = await downloads.fetchUntil(
      20_000,
      () => {
        state.breakOff()
      },
      { url, folder: 'loras', sha256 },
    )
    expect(brokenOff).toMatchObject({ state: 'failed' })
    expect(existsSync(path)).toBe(false)
    expect(await downloads.fetch({ url, folder: 'loras', sha256 })).toMatchObject({
      state: 'succeeded',
      receivedBytes: 50_000,
    })
    expect(state.asked[1]?.range).toBe('bytes=20000-')
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  test('of a file that changed meanwhile begins anew, rather than put two files together', async () => {
    const { state, url } = await origin(bytes, 20_000)
    const downloads = downloader()
    const { path } = downloads
    await downloads.fetchUntil(
      20_000,
      () => {
        state.breakOff()
      },
      { url, folder: 'loras' },
    )
    state.file = Buffer.from(bytes).reverse()
    expect(await downloads.fetch({ url, folder: 'loras' })).toMatchObject({ state: 'succeeded' })
    expect(readFileSync(path).equals(state.file)).toBe(true)
  })

  test('without an end is ended, and nothing of it is kept', async () => {
    const server = createServer((_request, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536)));
        response.once('drain', more)
      }
      more()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/m.safetensors`
    const { fetch, path } = downloader({ mostUntoldBytes: 1_000_000 })
    const ended = await fetch({ url, folder: 'loras' })
    expect(ended).toMatchObject({ state: 'failed', error: expect.stringContaining('more than the 1000000 bytes') })
    expect(ended?.receivedBytes).toBeLessThan(2_000_000)
    expect([existsSync(path), existsSync(`${path}.part`), existsSync(`${path}.part.tag`)]).toEqual([
      false,
      false,
      false,
    ])
  })

  test('that the disk has no room for is refused before it comes', async () => {
    const { url } = await origin(bytes)
    const { fetch, path } = downloader({ freeBytes: () => Promise.resolve(60_000), spareBytes: 20_000 })
    const ended = await fetch({ url, folder: 'loras' })
    expect(ended).toMatchObject({ state: 'failed', error: expect.stringContaining('no room'), receivedBytes: 0 })
    expect(existsSync(`${path}.part`)).toBe(false)
  })

  test('whose hash is another is removed and says so', async () => {
    const { url } = await origin(bytes)
    const { fetch, path } = downloader()
    const ended = await fetch({ url, folder: 'loras', sha256: '0'.repeat(64) })
    expect(ended).toMatchObject({ state: 'failed', error: expect.stringContaining('another SHA-256') as string })
    expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false])
  })
})

test.each([
  ['hf:owner/name/unet/model.safetensors', 'https://hub/owner/name/resolve/main/unet/model.safetensors'],
  ['hf:owner/name/m.safetensors@refs/pr/1', 'https://hub/owner/name/resolve/refs%2Fpr%2F1/m.safetensors'],
  ['https://hub/owner/name/blob/main/m.safetensors', 'https://hub/owner/name/resolve/main/m.safetensors'],
  ['https://elsewhere/owner/name/blob/main/m', 'https://elsewhere/owner/name/blob/main/m'],
])('the hub address %s is %s', (asked, address) => {
  expect(hubAddress(asked, 'https://hub')).toBe(address)
})
