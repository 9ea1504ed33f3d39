import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../failure.ts'
import { requestOutside } from './fetch-public.ts'
import { hubHeaders } from './hub-address.ts'
import { hashOfFile } from './model-detail.ts'

export interface FetchOptions {
  readonly allowPrivate: boolean
  /** Most bytes of a file. */
  readonly mostBytes: number
  /** Most bytes of a file whose length the other server does not tell. */
  readonly mostUntoldBytes: number
  /** Bytes of the disk that stay free. */
  readonly spareBytes: number
  readonly freeBytes: (folder: string) => Promise<number>
}
/** How far a download has come, as it is shown. */
interface Progress {
  receivedBytes: number
  totalBytes?: number
}

/** The room on the disk is looked at again after so many bytes. */
const lookAgainBytes = 64 * 2 ** 20

/**
 * Fetches one file to `path`, under another name until it is whole. What has come of one that broke off is kept to go
 * on from; of one that is too large, or another file than was asked for, nothing is.
 */
export async function fetchInto(
  path: string,
  { url, sha256 }: { readonly url: string; readonly sha256?: string },
  progress: Progress,
  options: FetchOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const part = `${path}.part`
  await mkdir(dirname(path), { recursive: true })
  // Parts of two files must never be put together: without a hash to tell, its tag must be the same.
  const tagFile = `${part}.tag`
  const tag = await readFile(tagFile, 'utf8').catch(() => undefined)
  const canResume = tag !== undefined || sha256 !== undefined
  const have = canResume ? ((await stat(part).catch(() => undefined))?.size ?? 0) : 0
  const response = await requestOutside(url, {
    allowPrivate: options.allowPrivate,
    signal: options.signal,
    headers: {
      ...hubHeaders(url),
      ...(have > 0 ? { range: `bytes=${have}-` } : {}),
      ...(have > 0 && tag !== undefined ? { 'if-range': tag } : {}),
    },
  })
  const resumed = isRest(response, have)
  if (response.statusCode !== 200 && !resumed) {
    response.resume()
    if (response.statusCode === 416) await rm(part, { force: true })
    throw new Failure('unavailable', `The other server answered ${String(response.statusCode)}.`)
  }
  const length = Number(response.headers['content-length'] ?? Number.NaN)
  progress.receivedBytes = resumed ? have : 0
  if (Number.isFinite(length)) progress.totalBytes = progress.receivedBytes + length
  const strong = response.headers.etag?.startsWith('"') ? response.headers.etag : response.headers['last-modified']
  try {
    await checkRoom(path, progress, progress.totalBytes ?? 0, options)
    if (strong === undefined) await rm(tagFile, { force: true })
    else await writeFile(tagFile, strong)
    const writing = createWriteStream(part, { flags: resumed ? 'a' : 'w' })
    await pipeline(response, counted(path, progress, options), writing, { signal: options.signal })
    if (progress.totalBytes !== undefined && progress.receivedBytes !== progress.totalBytes) {
      throw new Failure('unavailable', 'The transfer ended early; start it again to go on where it stopped.')
    }
    if (sha256 !== undefined && (await hashOfFile(part)) !== `sha256:${sha256.toLowerCase()}`) {
      throw new Failure('invalid-request', 'The file that came has another SHA-256 than was asked for; it was removed.')
    }
  } catch (error) {
    response.destroy()
    const isUseless = error instanceof Failure && error.code !== 'unavailable'
    if (isUseless) for (const name of [part, tagFile]) await rm(name, { force: true })
    throw error
  }
  await rename(part, path)
  await rm(tagFile, { force: true })
}

const isRest = ({ statusCode, headers }: IncomingMessage, have: number): boolean =>
  statusCode === 206 && headers['content-range']?.startsWith(`bytes ${have}-`) === true

/** Throws where a file of `bytes`, or what has come of it, is more than is taken, or than the disk has room for. */
async function checkRoom(path: string, progress: Progress, bytes: number, options: FetchOptions): Promise<void> {
  const { mostBytes, mostUntoldBytes, spareBytes, freeBytes } = options
  const most = progress.totalBytes === undefined ? Math.min(mostUntoldBytes, mostBytes) : mostBytes
  if (Math.max(bytes, progress.receivedBytes) > most) {
    throw new Failure('too-large', `The file has more than the ${most} bytes that a download may have; it was removed.`)
  }
  const left = Math.max(0, bytes - progress.receivedBytes)
  if ((await freeBytes(dirname(path))) - left < spareBytes) {
    throw new Failure('storage-full', 'The disk of the model folder has no room for this file; what came was removed.')
  }
}

/** Counts what passes, and ends it where it is too much. */
function counted(path: string, progress: Progress, options: FetchOptions): Transform {
  let lookAt = progress.receivedBytes + lookAgainBytes
  const most = progress.totalBytes === undefined ? options.mostUntoldBytes : progress.totalBytes
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      progress.receivedBytes += chunk.length
      if (progress.receivedBytes < lookAt && progress.receivedBytes <= most) {
        callback(null, chunk)
        return
      }
      lookAt = progress.receivedBytes + lookAgainBytes
      checkRoom(path, progress, 0, options).then(() => callback(null, chunk), callback)
    },
  })
}
