import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { type Request, type Router, raw } from 'express'
import { parseJson } from '@patchbay/engine/workflow'
import type { Folders } from '../../../storage/folders.ts'
import { fileAt, sendFile } from '../../../http/send-file.ts'
import { alphaAlone, withAlphaOf } from '../../../storage/alpha.ts'
import { confinedPath, isMissing, isPlainPath } from '../../../storage/safe-path.ts'
import { convertPicture } from '../../../storage/thumbnail.ts'
import { type Upload, readUpload } from '../../../storage/upload.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { isJsonObject } from '../../../is-json-object.ts'

const folderTypes = ['input', 'output', 'temp'] as const
type FolderType = (typeof folderTypes)[number]
const folderTypeOf = (name: string | undefined, fallback: FolderType): FolderType => {
  const type = folderTypes.find((known) => known === (name || fallback))
  if (!type) throw new ComfyRefusal(400, { error: 'type must be input, output or temp' })
  return type
}
const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export interface FileRouteDependencies {
  readonly folders: Pick<Folders, 'file' | 'keep'>
  readonly config: {
    readonly dataDirectory: string
    readonly bodyLimitBytes: number
    readonly uploadLimitBytes: number
    readonly pixelLimit: number
  }
}

/** Pictures in and out, and a user's small files. */
export function addFileRoutes(router: Router, { folders, config }: FileRouteDependencies): void {
  router.get('/view', async (request, response) => {
    const given = textIn(request.query['filename'])
    if (given === undefined) throw new ComfyRefusal(404, { error: 'filename is missing' })
    // `name.png [input]` says its folder itself.
    const [, bare = given, annotated] = /^(.*) \[(\w+)\]$/.exec(given) ?? []
    const type = folderTypeOf(annotated ?? textIn(request.query['type']), 'output')
    const subfolder = textIn(request.query['subfolder']) ?? ''
    const name = subfolder === '' ? bare : `${subfolder.replace(/\/+$/, '')}/${bare}`
    if (bare === '' || bare.startsWith('/') || !isPlainPath(bare))
      throw new ComfyRefusal(400, { error: 'Invalid filename' })
    const file = await folders.file(type, name)
    const preview = /^(webp|jpeg)(?:;(\d{1,3}))?$/.exec(textIn(request.query['preview']) ?? '')
    const channel = textIn(request.query['channel'])
    if (channel === 'a' && !preview) {
      response.type('image/png').send(await alphaAlone(file.path, config.pixelLimit))
      return
    }
    if (preview || channel === 'rgb' || channel === 'a') {
      const format = preview ? (preview[1] === 'jpeg' ? 'jpeg' : 'webp') : 'png'
      const quality = Math.min(100, Math.max(1, Number(preview?.[2] ?? 90)))
      const picture = await convertPicture(file.path, { format, quality, pixelLimit: config.pixelLimit, channel })
      response.type(`image/${format}`).send(picture)
      return
    }
    await sendFile(request, response, {
      open: fileAt(file.path),
      bytes: file.bytes,
      name: bare,
      mime: file.mime ?? 'application/octet-stream',
    })
  })

  async function upload(
    request: Request,
    change: (bytes: Buffer, fields: Upload['fields']) => Promise<Buffer> | Buffer = (bytes) => bytes,
  ): Promise<{ name: string; subfolder: string; type: string }> {
    const { file, fields } = await readUpload(request, config.uploadLimitBytes)
    const type = folderTypeOf(fields['type'], 'input')
    const subfolder = (fields['subfolder'] ?? '').replace(/\/+$/, '')
    if (file.name === '' || file.bytes.length === 0) throw new ComfyRefusal(400, { error: 'The upload is empty' })
    const overwrite = ['true', '1'].includes(fields['overwrite'] ?? '')
    const path = subfolder === '' ? file.name : `${subfolder}/${file.name}`
    if (!isPlainPath(path)) throw new ComfyRefusal(400, { error: 'The name leaves its folder' })
    const kept = await folders.keep(type, path, await change(file.bytes, fields), overwrite)
    const at = kept.name.lastIndexOf('/')
    return { name: kept.name.slice(at + 1), subfolder, type }
  }
  router.post('/upload/image', async (request, response) => {
    response.json(await upload(request))
  })
  // What is kept is the original with the transparency of the upload.
  router.post('/upload/mask', async (request, response) => {
    const kept = await upload(request, async (bytes, fields) => {
      const { path } = await originalFile(folders, fields['original_ref'] ?? fields['originalRef'])
      return withAlphaOf(path, bytes, config.pixelLimit)
    })
    response.json(kept)
  })

  addUserFiles(router, join(config.dataDirectory, 'user'), config.bodyLimitBytes)
}

/**
 * The picture that a mask was painted over: `{ filename, subfolder?, type? }` as JSON. Without a type it is a result,
 * or else an input.
 */
async function originalFile(folders: FileRouteDependencies['folders'], text: string | undefined) {
  const parsed = text === undefined ? undefined : parseJson(text)
  const reference = parsed?.ok && isJsonObject(parsed.value) ? parsed.value : {}
  const { filename, subfolder, type } = reference
  const folder = textIn(subfolder)?.replace(/\/+$/, '') ?? ''
  const name = folder === '' ? textIn(filename) : `${folder}/${String(filename)}`
  if (name === undefined || !isPlainPath(name)) {
    throw new ComfyRefusal(400, { error: 'original_ref must be JSON with the filename of the original picture' })
  }
  if (textIn(type)) return folders.file(folderTypeOf(textIn(type), 'output'), name)
  return folders.file('output', name).catch(() => folders.file('input', name))
}

/** What ComfyUI's page loads as a style sheet of the user's own. */
const styleSheet = 'user.css'

/** `/userdata`: a client's own files. They are never shown in place, but for the style sheet. */
function addUserFiles(router: Router, root: string, limit: number): void {
  const infoOf = async (path: string, name: string) => {
    const { size, mtimeMs, birthtimeMs } = await stat(path)
    return { path: name, size, modified: Math.round(mtimeMs), created: Math.round(birthtimeMs) }
  }
  const answer = async (request: Request, path: string, name: string) =>
    request.query['full_info'] === 'true' ? infoOf(path, name) : name
  const existing = async (name: string): Promise<string> => {
    const path = await confinedPath(root, name)
    const isFile = await stat(path).then(
      (stats) => stats.isFile(),
      (error: unknown) => {
        if (isMissing(error)) return false
        throw error
      },
    )
    if (!isFile) throw new ComfyRefusal(404, { error: 'There is no such file' })
    return path
  }
  const mayWrite = async (request: Request, path: string): Promise<void> => {
    const taken = await stat(path).then(Boolean, () => false)
    if (taken && request.query['overwrite'] === 'false') throw new ComfyRefusal(409, { error: 'There is such a file' })
  }

  router.get('/userdata', async (request, response) => {
    const dir = textIn(request.query['dir'])
    if (!dir) throw new ComfyRefusal(400, { error: 'dir is missing' })
    const base = await confinedPath(root, dir)
    const recursive = request.query['recurse'] === 'true'
    const entries = await readdir(base, { recursive, withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) throw new ComfyRefusal(404, { error: 'There is no such folder' })
      throw error
    })
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(base, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort()
    if (request.query['full_info'] === 'true') {
      response.json(await Promise.all(names.map((name) => infoOf(join(base, name), name))))
    } else response.json(request.query['split'] === 'true' ? names.map((name) => [name, ...name.split('/')]) : names)
  })
  router.get('/v2/userdata', async (request, response) => {
    const path = textIn(request.query['path']) ?? textIn(request.query['dir']) ?? ''
    const base = path === '' ? root : await confinedPath(root, path)
    const entries = await readdir(base, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
      // A client that has kept nothing yet has an empty folder; one that it names must be there.
      if (isMissing(error) && path === '') return []
      if (isMissing(error)) throw new ComfyRefusal(404, { error: 'There is no such folder' })
      throw error
    })
    const listed = await Promise.all(
      entries.map(async (entry) => {
        const full = join(entry.parentPath, entry.name)
        const { size, mtimeMs } = await stat(full)
        const name = { name: entry.name, path: relative(root, full).split(sep).join('/') }
        return entry.isDirectory()
          ? { ...name, type: 'directory' }
          : { ...name, type: 'file', size, modified: Math.round(mtimeMs) }
      }),
    )
    response.json(listed.sort((a, b) => a.type.localeCompare(b.type) || a.path.localeCompare(b.path)))
  })
  router.get('/userdata/*file', async (request, response) => {
    const name = nameIn(request)
    const isSheet = name === styleSheet
    response.setHeader('content-disposition', isSheet ? 'inline' : 'attachment')
    // A page that finds no style sheet complains of what it gets in its place.
    const path = await existing(name).catch((error: unknown) => {
      if (isSheet && error instanceof ComfyRefusal) return undefined
      throw error
    })
    const content = path === undefined ? '' : await readFile(path)
    response.type(isSheet ? 'text/css' : 'application/octet-stream').send(content)
  })
  router.post('/userdata/*file', raw({ type: () => true, limit }), async (request, response) => {
    const [, name = nameIn(request), target] = /^(.+)\/move\/(.+)$/.exec(nameIn(request)) ?? []
    if (target !== undefined) {
      const to = await confinedPath(root, target)
      const from = await existing(name)
      await mayWrite(request, to)
      await mkdir(dirname(to), { recursive: true })
      await rename(from, to)
      response.json(await answer(request, to, target))
      return
    }
    const path = await confinedPath(root, name)
    await mayWrite(request, path)
    await mkdir(dirname(path), { recursive: true })
    const body: unknown = request.body
    await writeFile(path, Buffer.isBuffer(body) ? body : '')
    response.json(await answer(request, path, name))
  })
  router.delete('/userdata/*file', async (request, response) => {
    await rm(await existing(nameIn(request)))
    response.status(204).end()
  })
}

/** Wildcards come as decoded segments; a slash that was encoded is part of a segment. */
function nameIn(request: Request): string {
  const { file }: { file?: string | string[] } = request.params
  return Array.isArray(file) ? file.join('/') : (file ?? '')
}
