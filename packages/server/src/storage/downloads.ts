import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Download, DownloadRequest } from '../api/api-types.ts'
import { Failure, notFound } from '../failure.ts'
import { requestOutside } from './fetch-public.ts'
import { type Folders, hashOfFile } from './folders.ts'
import { hubAddress, hubHeaders } from './hub-address.ts'
import { confinedPath } from './safe-path.ts'

/** Fetches of model files. */
export interface Downloads {
  /** Begins one; throws where it may not begin. */
  start(request: DownloadRequest): Promise<Download>
  /** The newest first. */
  list(): Download[]
  cancel(id: string): void
  close(): void
}
const weightExtensions = /\.(safetensors|ckpt|pt|pth|bin|onnx|gguf|json|txt|tflite|npz|npy)$/i

/**
 * Fetches model files: resumes what was cut short, checks the hash, and puts the file in place only when it is whole.
 */
export function createDownloads(
  folders: Pick<Folders, 'roots'>,
  options: { allowPrivate: boolean; maxAtOnce: number },
): Downloads {
  const downloads = new Map<string, { -readonly [K in keyof Download]: Download[K] }>()
  const stops = new Map<string, AbortController>()

  async function fetchInto(id: string, path: string, sha256: string | undefined, signal: AbortSignal): Promise<void> {
    const download = downloads.get(id)
    if (!download) return
    const part = `${path}.part`
    await mkdir(dirname(path), { recursive: true })
    // Parts of two files must never be put together: without a hash to tell, its tag must be the same.
    const tagFile = `${part}.tag`
    const tag = await readFile(tagFile, 'utf8').catch(() => undefined)
    const canResume = tag !== undefined || sha256 !== undefined
    const have = !canResume ? 0 : ((await stat(part).catch(() => undefined))?.size ?? 0)
    const response = await requestOutside(download.url, {
      allowPrivate: options.allowPrivate,
      signal,
      headers: {
        ...hubHeaders(download.url),
        ...(have > 0 ? { range: `bytes=${have}-` } : {}),
        ...(have > 0 && tag !== undefined ? { 'if-range': tag } : {}),
      },
    })
    const resumed =
      response.statusCode === 206 && response.headers['content-range']?.startsWith(`bytes ${have}-`) === true
    if (response.statusCode !== 200 && !resumed) {
      response.resume()
      if (response.statusCode === 416) await rm(part, { force: true })
      throw new Failure('unavailable', `The other server answered ${String(response.statusCode)}.`)
    }
    const length = Number(response.headers['content-length'] ?? Number.NaN)
    download.receivedBytes = resumed ? have : 0
    const strong = response.headers.etag?.startsWith('"') ? response.headers.etag : response.headers['last-modified']
    if (strong === undefined) await rm(tagFile, { force: true })
    else await writeFile(tagFile, strong)
    if (Number.isFinite(length)) download.totalBytes = download.receivedBytes + length
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        download.receivedBytes += chunk.length
        callback(null, chunk)
      },
    })
    await pipeline(response, counter, createWriteStream(part, { flags: resumed ? 'a' : 'w' }), { signal })
    if (download.totalBytes !== undefined && download.receivedBytes !== download.totalBytes) {
      throw new Failure('unavailable', 'The transfer ended early; start it again to go on where it stopped.')
    }
    if (sha256 !== undefined && (await hashOfFile(part)) !== `sha256:${sha256.toLowerCase()}`) {
      await rm(part, { force: true })
      throw new Failure('invalid-request', 'The file that came has another SHA-256 than was asked for; it was removed.')
    }
    await rename(part, path)
    await rm(tagFile, { force: true })
  }

  return {
    async start(asked: DownloadRequest): Promise<Download> {
      const request = { ...asked, url: hubAddress(asked.url) }
      const running = [...downloads.values()].filter(({ state }) => state === 'running')
      if (running.length >= options.maxAtOnce) {
        throw new Failure('too-many-requests', `At most ${options.maxAtOnce} downloads run at once.`, {
          retryAfter: 30,
        })
      }
      const [root] = Object.hasOwn(folders.roots.models, request.folder)
        ? (folders.roots.models[request.folder] ?? [])
        : []
      if (root === undefined) throw notFound('model folder', request.folder)
      const name = request.name ?? basename(new URL(request.url, 'http://invalid').pathname)
      if (!weightExtensions.test(name)) {
        throw new Failure('wrong-file-type', `"${name}" does not have the extension of a model file.`, {
          hint: 'Give the file a name that ends in .safetensors, .ckpt, .pth, .onnx or the like.',
        })
      }
      const path = await confinedPath(root, name)
      if (running.some((other) => other.folder === request.folder && other.name === name)) {
        throw new Failure('conflict', `"${name}" is being downloaded already.`)
      }
      const id = randomUUID()
      const stop = new AbortController()
      stops.set(id, stop)
      const download: Download = {
        id,
        url: request.url,
        folder: request.folder,
        name,
        state: 'running',
        receivedBytes: 0,
      }
      downloads.set(id, { ...download })
      void fetchInto(id, path, request.sha256, stop.signal)
        .then(
          () => ({ state: 'succeeded' as const }),
          (error: unknown) => ({
            state: stop.signal.aborted ? ('cancelled' as const) : ('failed' as const),
            error: error instanceof Failure ? error.message : 'The other server could not be reached.',
          }),
        )
        .then((end) => {
          const kept = downloads.get(id)
          if (kept) downloads.set(id, { ...kept, ...end })
          stops.delete(id)
        })
      return download
    },
    list: () => [...downloads.values()].reverse(),
    cancel(id) {
      if (!downloads.has(id)) throw notFound('download', id)
      stops.get(id)?.abort()
    },
    close() {
      for (const stop of stops.values()) stop.abort()
    },
  }
}
