import { randomUUID } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Download, DownloadRequest } from '../api/api-types.ts'
import { Failure, notFound } from '../failure.ts'
import { type FetchOptions, fetchInto } from './fetch-into.ts'
import type { Folders } from './folders.ts'
import { hubAddress } from './hub-address.ts'
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
export interface DownloadOptions extends Partial<FetchOptions> {
  readonly allowPrivate: boolean
  readonly maxAtOnce: number
}
const weightExtensions = /\.(safetensors|ckpt|pt|pth|bin|onnx|gguf|json|txt|tflite|npz|npy)$/i
const gibibyte = 2 ** 30
const defaults = {
  mostBytes: 256 * gibibyte,
  mostUntoldBytes: 32 * gibibyte,
  spareBytes: gibibyte,
  freeBytes: async (folder: string): Promise<number> => {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  },
}

/**
 * Fetches model files: resumes what was cut short, checks the hash, and puts the file in place only when it is whole.
 */
export function createDownloads(folders: Pick<Folders, 'roots'>, options: DownloadOptions): Downloads {
  const downloads = new Map<string, { -readonly [K in keyof Download]: Download[K] }>()
  const stops = new Map<string, AbortController>()
  const fetching: FetchOptions = { ...defaults, ...options }
  const running = () => [...downloads.values()].filter(({ state }) => state === 'running')

  /** Where the file will lie; throws what keeps it from being fetched. */
  async function place({ url, folder, name: asked }: DownloadRequest): Promise<{ name: string; path: string }> {
    if (running().length >= options.maxAtOnce) {
      throw new Failure('too-many-requests', `At most ${options.maxAtOnce} downloads run at once.`, { retryAfter: 30 })
    }
    const [root] = Object.hasOwn(folders.roots.models, folder) ? (folders.roots.models[folder] ?? []) : []
    if (root === undefined) throw notFound('model folder', folder)
    const name = asked ?? basename(new URL(url, 'http://invalid').pathname)
    if (!weightExtensions.test(name)) {
      throw new Failure('wrong-file-type', `"${name.slice(0, 300)}" does not have the extension of a model file.`, {
        hint: 'Give the file a name that ends in .safetensors, .ckpt, .pth, .onnx or the like.',
      })
    }
    const path = await confinedPath(root, name)
    if (running().some((other) => other.folder === folder && other.name === name)) {
      throw new Failure('conflict', `"${name}" is being downloaded already.`)
    }
    return { name, path }
  }
  return {
    async start(asked: DownloadRequest): Promise<Download> {
      const request = { ...asked, url: hubAddress(asked.url) }
      const { name, path } = await place(request)
      const { url, folder, sha256 } = request
      const stop = new AbortController()
      const download: Download = { id: randomUUID(), url, folder, name, state: 'running', receivedBytes: 0 }
      const shown = { ...download }
      downloads.set(download.id, shown)
      stops.set(download.id, stop)
      void fetchInto(path, { url, ...(sha256 === undefined ? {} : { sha256 }) }, shown, {
        ...fetching,
        signal: stop.signal,
      })
        .then(
          () => ({ state: 'succeeded' as const }),
          (error: unknown) => ({
            state: stop.signal.aborted ? ('cancelled' as const) : ('failed' as const),
            error: error instanceof Failure ? error.message : 'The other server could not be reached.',
          }),
        )
        .then((end) => {
          Object.assign(shown, end)
          stops.delete(download.id)
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
