import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { type Request, type Router, raw } from 'express'
import { confinedPath, isMissing } from '../../../storage/safe-path.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { textIn } from './query-values.ts'

/** What ComfyUI's page loads as a style sheet of the user's own. */
const styleSheet = 'user.css'

/** `/userdata`: a client's own files. They are never shown in place, but for the style sheet. */
export function addUserFiles(router: Router, root: string, limit: number): void {
  addUserFolders(router, root)
  /** The path of a file that is there. */
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
      response.json(await namedOrWhole(request, to, target))
      return
    }
    const path = await confinedPath(root, name)
    await mayWrite(request, path)
    await mkdir(dirname(path), { recursive: true })
    const body: unknown = request.body
    await writeFile(path, Buffer.isBuffer(body) ? body : '')
    response.json(await namedOrWhole(request, path, name))
  })
  router.delete('/userdata/*file', async (request, response) => {
    await rm(await existing(nameIn(request)))
    response.status(204).end()
  })
}

/** What a folder of user files holds: as names, or whole. */
function addUserFolders(router: Router, root: string): void {
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
    if (isWhole(request)) {
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
}

async function infoOf(path: string, name: string) {
  const { size, mtimeMs, birthtimeMs } = await stat(path)
  return { path: name, size, modified: Math.round(mtimeMs), created: Math.round(birthtimeMs) }
}

const isWhole = (request: Request): boolean => request.query['full_info'] === 'true'
/** What a client is answered of a file that it has written. */
const namedOrWhole = async (request: Request, path: string, name: string) =>
  isWhole(request) ? infoOf(path, name) : name

/** @throws ComfyRefusal when a client does not want to replace what is there */
async function mayWrite(request: Request, path: string): Promise<void> {
  const taken = await stat(path).then(Boolean, () => false)
  if (taken && request.query['overwrite'] === 'false') throw new ComfyRefusal(409, { error: 'There is such a file' })
}

/** Wildcards come as decoded segments; a slash that was encoded is part of a segment. */
function nameIn(request: Request): string {
  const { file }: { file?: string | string[] } = request.params
  return Array.isArray(file) ? file.join('/') : (file ?? '')
}
