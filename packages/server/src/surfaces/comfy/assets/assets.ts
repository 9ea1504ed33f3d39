import { type ErrorRequestHandler, type Response, Router } from 'express'
import type { Folders } from '../../../storage/folders.ts'
import type { Logger } from 'pino'
import { requireOwnerToChange } from '../../../http/access.ts'
import { jsonBody } from '../../../http/body.ts'
import { failureOf } from '../../../failure.ts'
import { fileAt, sendFile } from '../../../http/send-file.ts'
import { readUpload } from '../../../storage/upload.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { assetJson } from './asset-json.ts'
import { objectIn, refused, tagsIn } from './asset-query.ts'
import type { Asset } from './asset-records.ts'
import { type AssetStore, assetHashOf, isAssetHash } from './asset-store.ts'
import { addListingRoutes } from './listing-routes.ts'
import { addScanRoutes } from './scan-routes.ts'
import { addTagRoutes } from './tag-routes.ts'

export interface AssetDependencies {
  readonly folders: Folders
  readonly log: Logger
  readonly config: { readonly bodyLimitBytes: number; readonly uploadLimitBytes: number }
}

/** ComfyUI's assets: `/api/assets` and `/api/tags`, over what clients have uploaded, and what a scan finds. */
export function createComfyAssets({ folders, config, log }: AssetDependencies, assets: AssetStore): Router {
  const router = Router()
  router.use(['/assets', '/tags'], requireOwnerToChange, jsonBody(config.bodyLimitBytes, { python: true }))
  const required = async (id: string): Promise<Asset> => {
    const asset = await assets.get(id)
    if (!asset) throw refused(404, 'ASSET_NOT_FOUND', 'There is no such asset.')
    return asset
  }
  addListingRoutes(router, assets)
  addScanRoutes(router, folders, assets, log)
  addContentRoutes(router, assets, config.uploadLimitBytes)
  addAssetRoutes(router, assets, folders, required)
  addTagRoutes(router, assets, required)
  router.use(['/assets', '/tags'], answerErrors(log))
  return router
}

/** New assets: by an upload, or of content that is there by its hash. */
function addContentRoutes(router: Router, assets: AssetStore, uploadLimitBytes: number): void {
  router.post('/assets', async (request, response) => {
    const { file, fields } = await readUpload(request, uploadLimitBytes)
    if (file.bytes.length === 0) throw refused(400, 'EMPTY_UPLOAD', 'The file is empty.')
    const { hash } = fields
    if (hash !== undefined && !isAssetHash(hash))
      throw refused(400, 'INVALID_HASH', 'hash must be blake3:<64 hex digits>.')
    if (hash !== undefined && hash !== assetHashOf(file.bytes))
      throw refused(400, 'HASH_MISMATCH', 'The file has another hash.')
    const userMetadata = objectIn(fields['user_metadata'], 'UNSUPPORTED_FIELD', 'user_metadata')
    const change = { tags: tagsIn(fields['tags']), userMetadata }
    const { asset, isNew } = await assets.add(fields['name'] || file.name, file.bytes, change)
    response.status(isNew ? 201 : 200).json(assetJson(asset))
  })
  router.post('/assets/from-hash', async (request, response) => {
    const body: unknown = request.body
    const { hash, name, tags } = isJsonObject(body) ? body : {}
    if (typeof hash !== 'string' || !isAssetHash(hash))
      throw refused(400, 'INVALID_HASH', 'hash must be blake3:<64 hex digits>.')
    const change = {
      ...(typeof name === 'string' ? { name } : {}),
      ...(Array.isArray(tags) ? { tags: tags.map(String) } : {}),
    }
    const asset = await assets.fromHash(hash, change)
    if (!asset) throw refused(404, 'ASSET_NOT_FOUND', 'There is no content of this hash.')
    response.status(201).json(assetJson(asset))
  })
  router.head('/assets/hash/:hash', async (request, response) => {
    const { hash } = request.params
    response.status(!isAssetHash(hash) ? 400 : (await assets.byHash(hash)) ? 200 : 404).end()
  })
}

/** One asset: what is known of it, its content, its change and its end. */
function addAssetRoutes(
  router: Router,
  assets: AssetStore,
  folders: Pick<Folders, 'file'>,
  required: (id: string) => Promise<Asset>,
): void {
  router.get('/assets/:id', async (request, response) => {
    response.json(assetJson(await required(request.params.id)))
  })
  router.get('/assets/:id/content', async (request, response) => {
    const { file, folder = 'input', name, mime, hash } = await required(request.params.id)
    const { path, bytes } = await folders.file(folder, file)
    await sendFile(request, response, { open: fileAt(path), bytes, name, mime, etag: hash })
  })
  router.put('/assets/:id', async (request, response) => {
    const { id } = await required(request.params.id)
    const body: unknown = request.body
    const { name, user_metadata: metadata } = isJsonObject(body) ? body : {}
    const change = {
      ...(typeof name === 'string' && name !== '' ? { name } : {}),
      ...(isJsonObject(metadata) ? { userMetadata: metadata } : {}),
    }
    await assets.update(id, () => change)
    response.json(assetJson(await required(id)))
  })
  router.delete('/assets/:id', async (request, response) => {
    if (!(await assets.remove(request.params.id))) throw refused(404, 'ASSET_NOT_FOUND', 'There is no such asset.')
    response.status(204).end()
  })
}

const answerErrors =
  (log: Logger): ErrorRequestHandler =>
  (thrown: unknown, request, response: Response, _next) => {
    if (thrown instanceof ComfyRefusal) {
      response.status(thrown.status).json(thrown.body)
      return
    }
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    const code = failure.code.toUpperCase().replaceAll('-', '_')
    response.status(failure.status).json({ error: { code, message: failure.message, details: {} } })
  }
