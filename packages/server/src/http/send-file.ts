import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import type { Request, Response } from 'express'
import { Failure } from '../failure.ts'
import { mayShowInline } from '../storage/sniff.ts'
import type { ByteRange } from '../store/artifact-store.ts'

export interface ServedFile {
  /** Its bytes, or a part of them. */
  readonly open: (range?: ByteRange) => Readable
  readonly bytes: number
  readonly mime: string
  readonly name: string
  /** Content that never changes under its address. */
  readonly etag?: string
  readonly download?: boolean
}

/** Reads a file of this disk, or a part of it. */
export const fileAt =
  (path: string): ServedFile['open'] =>
  (range) =>
    createReadStream(path, range)

/** Sends a file: ranges, caching by hash, and nothing in place that a browser could run. */
export function sendFile(request: Request, response: Response, file: ServedFile): Promise<void> {
  const inline = !file.download && mayShowInline(file.mime)
  const name = encodeURIComponent(basename(file.name)).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  )
  response.setHeader('content-type', inline ? file.mime : 'application/octet-stream')
  response.setHeader('content-disposition', `${inline ? 'inline' : 'attachment'}; filename*=UTF-8''${name}`)
  response.setHeader('content-security-policy', "default-src 'none'; sandbox")
  response.setHeader('accept-ranges', 'bytes')
  if (file.etag !== undefined) {
    response.setHeader('etag', `"${file.etag}"`)
    response.setHeader('cache-control', 'private, max-age=31536000, immutable')
    if (request.headers['if-none-match'] === `"${file.etag}"`) {
      response.status(304).end()
      return Promise.resolve()
    }
  }
  const ranges = request.range(file.bytes)
  if (ranges === -1 && request.headers.range?.startsWith('bytes=')) {
    response.setHeader('content-range', `bytes */${file.bytes}`)
    throw new Failure('not-satisfiable', `The file has ${file.bytes} bytes; the range lies outside.`)
  }
  // Several parts, and units that nobody knows, may be answered with the whole.
  const range = Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1 ? ranges[0] : undefined
  if (range) {
    response.status(206).setHeader('content-range', `bytes ${range.start}-${range.end}/${file.bytes}`)
  }
  response.setHeader('content-length', String(range ? range.end - range.start + 1 : file.bytes))
  return new Promise((resolve, reject) => {
    response.on('close', resolve)
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    const stream = file.open(range)
    stream.on('error', reject)
    stream.pipe(response)
  })
}
