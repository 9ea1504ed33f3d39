import { isAbsolute, relative, sep } from 'node:path'
import type { Request, Router } from 'express'
import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import type { Folders } from '../../../storage/folders.ts'
import { fileAt, sendFile } from '../../../http/send-file.ts'
import { readUpload } from '../../../storage/upload.ts'
import type { Asset } from '../assets/asset-records.ts'
import { type AssetStore, assetHashOf, isAssetHash, loaderPathOf } from '../assets/asset-store.ts'
import { isPlainPath } from '../../../storage/safe-path.ts'
import { never } from './v2-job-json.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { isJsonObject } from '../../../is-json-object.ts'

export const refused = (status: number, code: string, message: string, details: unknown = {}): ComfyRefusal =>
  new ComfyRefusal(status, { error: { code, message, details } })

export interface AssetRouteDependencies {
  readonly folders: Pick<Folders, 'file' | 'rootsOf'>
  readonly config: { readonly uploadLimitBytes: number }
}

/**
 * Uploads of Comfy API v2, known by their content. What it answers for an id that is none of these is left to the
 * routes after.
 */
export function addAssetRoutes(router: Router, assets: AssetStore, { folders, config }: AssetRouteDependencies): void {
  router.post('/assets', async (request, response) => {
    const { file, fields } = await readUpload(request, config.uploadLimitBytes)
    const name = nameOf(fields['file_path'] ?? fields['name'] ?? file.name)
    const { expected_hash: expected } = fields
    if (expected !== undefined && expected !== '' && expected !== assetHashOf(file.bytes)) {
      throw refused(409, 'hash_mismatch', 'The file does not have the expected hash.', {
        hash: assetHashOf(file.bytes),
      })
    }
    const tags = (fields['tags'] ?? '').split(',').flatMap((tag) => tag.trim() || [])
    const { asset, isNew } = await assets.add(name, file.bytes, { tags })
    response.status(isNew ? 201 : 200).json({ ...assetJson(asset, originOf(request)), created_new: isNew })
  })
  router.post('/assets/from-hash', async (request, response) => {
    const body: unknown = request.body
    const { hash, name, file_path: path } = isJsonObject(body) ? body : {}
    if (typeof hash !== 'string' || !isAssetHash(hash))
      throw refused(422, 'invalid_hash', 'hash must be blake3:<64 hex digits>.')
    const wanted = typeof path === 'string' ? path : name
    const asset = await assets.fromHash(hash, typeof wanted === 'string' ? { name: nameOf(wanted) } : {})
    if (!asset) throw refused(404, 'blob_not_found', 'There is no file of this hash; upload it.')
    response.status(201).json({ ...assetJson(asset, originOf(request)), created_new: false })
  })
  router.post('/assets/from-path', async (request, response) => {
    const { folder, name } = fileAtPath(request.body, folders)
    const known = (await assets.list()).find(({ folder: of = 'input', file }) => of === folder && file === name)
    const asset = known ?? (await assets.register(folder, name))
    response.status(known ? 200 : 201).json({ ...assetJson(asset, originOf(request)), created_new: !known })
  })
  router.head('/assets/by-hash/:hash', async (request, response) => {
    const { hash } = request.params
    response.status(!isAssetHash(hash) ? 422 : (await assets.byHash(hash)) ? 200 : 404).end()
  })
  router.get('/assets/:id', async (request, response, next) => {
    const asset = await assets.get(request.params.id)
    if (asset) response.json(assetJson(asset, originOf(request)))
    else next()
  })
  router.get('/assets/:id/content', async (request, response, next) => {
    const asset = await assets.get(request.params.id)
    if (!asset) {
      next()
      return
    }
    const { path, bytes } = await folders.file(asset.folder ?? 'input', asset.file)
    await sendFile(request, response, {
      open: fileAt(path),
      bytes,
      name: asset.name,
      mime: asset.mime,
      etag: asset.hash,
    })
  })
  router.delete('/assets/:id', async (request, response) => {
    if (!(await assets.remove(request.params.id))) throw refused(404, 'asset_not_found', 'There is no such asset.')
    response.status(204).end()
  })
}

/** The last part of a path, as a name to show. */
const nameOf = (path: string): string => path.split(/[/\\]/).at(-1)?.slice(0, 255) || 'upload'

/** The address that clients reach this server at. */
export const originOf = (request: Request): string => `${request.protocol}://${request.get('host') ?? 'localhost'}`

/**
 * The file that a body names by its path: in the folder of inputs or of results of this server, absolute or after the
 * name of the folder (`input/a.png`).
 */
function fileAtPath(body: unknown, folders: Pick<Folders, 'rootsOf'>): { folder: 'input' | 'output'; name: string } {
  const { path } = isJsonObject(body) ? body : {}
  if (typeof path !== 'string' || path === '') throw refused(422, 'invalid_request', 'path is missing.')
  for (const folder of ['input', 'output'] as const) {
    for (const root of [...folders.rootsOf(folder), folder]) {
      const name = relative(root, path).split(sep).join('/')
      if (isAbsolute(path) === isAbsolute(root) && isPlainPath(name)) return { folder, name }
    }
  }
  throw refused(422, 'invalid_request', 'The path lies neither in the folder of inputs nor in that of results.')
}

function assetJson({ id, hash, name, mime, bytes, tags, file, createdAt }: Asset, origin: string): JsonObject {
  return {
    id,
    hash,
    name,
    file_path: file,
    content_type: mime,
    size_bytes: bytes,
    tags,
    url: `${origin}/api/v2/assets/${id}/content`,
    url_expires_at: never,
    expires_at: null,
    created_at: new Date(createdAt).toISOString(),
  }
}

/** The workflow with each reference to an asset replaced by the name of its file. */
export async function withAssetFiles(workflow: JsonObject, assets: AssetStore): Promise<JsonObject> {
  const fileOf = async (value: JsonValue): Promise<JsonValue> => {
    if (!isJsonObject(value) || value['__type'] !== 'core/ASSET') return value
    const { id, hash } = isJsonObject(value['info']) ? value['info'] : {}
    const asset =
      (typeof id === 'string' ? await assets.get(id) : undefined) ??
      (typeof hash === 'string' ? await assets.byHash(hash) : undefined)
    if (!asset)
      throw refused(422, 'missing_asset', 'The workflow names an asset that is not here.', {
        id: id ?? null,
        hash: hash ?? null,
      })
    return loaderPathOf(asset)
  }
  const nodes = await Promise.all(
    Object.entries(workflow).map(async ([id, node]): Promise<[string, JsonValue]> => {
      if (!isJsonObject(node) || !isJsonObject(node['inputs'])) return [id, node]
      const inputs = await Promise.all(
        Object.entries(node['inputs']).map(async ([name, value]) => [name, await fileOf(value)] as const),
      )
      return [id, { ...node, inputs: Object.fromEntries(inputs) }]
    }),
  )
  return Object.fromEntries(nodes)
}
