import { isDeepStrictEqual } from 'node:util'
import { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import type { JsonObject } from '@patchbay/engine/workflow'
import type { Folders } from '../../../storage/folders.ts'
import type { Logger } from 'pino'
import { requireOwnerToChange } from '../../../http/access.ts'
import { jsonBody } from '../../../http/body.ts'
import { failureOf } from '../../../failure.ts'
import { fileAt, sendFile } from '../../../http/send-file.ts'
import { readUpload } from '../../../storage/upload.ts'
import { type Asset, type AssetStore, assetHashOf, isAssetHash, loaderPathOf } from './asset-store.ts'
import { createAssetScan } from './asset-scan.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { isJsonObject } from '../../../is-json-object.ts'

const refused = (status: number, code: string, message: string): ComfyRefusal =>
  new ComfyRefusal(status, { error: { code, message, details: {} } })
const sorts = ['name', 'created_at', 'updated_at', 'size', 'last_access_time'] as const
type Sort = (typeof sorts)[number]

export interface AssetDependencies {
  readonly folders: Folders
  readonly log: Logger
  readonly config: { readonly bodyLimitBytes: number; readonly uploadLimitBytes: number }
}

/** ComfyUI's assets: `/api/assets` and `/api/tags`, over what clients have uploaded, and what a scan finds. */
export function createComfyAssets({ folders, config, log }: AssetDependencies, assets: AssetStore): Router {
  const router = Router()
  const scan = createAssetScan(folders, assets)
  router.use(['/assets', '/tags'], requireOwnerToChange, jsonBody(config.bodyLimitBytes, { python: true }))
  const required = async (id: string): Promise<Asset> => {
    const asset = await assets.get(id)
    if (!asset) throw refused(404, 'ASSET_NOT_FOUND', 'There is no such asset.')
    return asset
  }

  const filtered = async (query: Request['query']): Promise<Asset[]> => {
    const [every, some, none] = [
      tagsIn(query['tags_all'] ?? query['include_tags']),
      tagsIn(query['tags_any']),
      tagsIn(query['tags_none'] ?? query['exclude_tags']),
    ]
    const part = typeof query['name_contains'] === 'string' ? query['name_contains'].toLowerCase() : ''
    const wanted = Object.entries(filterIn(query['metadata_filter']))
    return (await assets.list()).filter(
      ({ name, tags, userMetadata }) =>
        name.toLowerCase().includes(part) &&
        every.every((tag) => tags.includes(tag)) &&
        (some.length === 0 || some.some((tag) => tags.includes(tag))) &&
        !none.some((tag) => tags.includes(tag)) &&
        wanted.every(([key, value]) => isDeepStrictEqual(userMetadata[key], value)),
    )
  }
  const scanJson = () => {
    const { progress = null, errors } = scan.status()
    return { progress, errors }
  }

  router.get('/assets', async (request, response) => {
    const { query } = request
    const limit = wholeIn(query['limit'], 20, 1, 500)
    const sort = sorts.find((name) => name === (query['sort'] ?? 'created_at'))
    const order = query['order'] ?? 'desc'
    if (!sort || (order !== 'asc' && order !== 'desc')) throw refused(400, 'INVALID_QUERY', 'sort or order is unknown.')
    const found = await filtered(query)
    found.sort((a, b) => compare(a, b, sort) * (order === 'asc' ? 1 : -1))
    const { after } = query
    const last = found.findIndex(({ id }) => id === after)
    if (after !== undefined && last < 0) throw refused(400, 'INVALID_CURSOR', 'after is not a cursor of this list.')
    const begin = after === undefined ? wholeIn(query['offset'], 0, 0, Number.MAX_SAFE_INTEGER) : last + 1
    const page = found.slice(begin, begin + limit)
    const more = begin + page.length < found.length
    const cursor = page.at(-1)?.id
    response.json({
      assets: page.map(assetJson),
      total: found.length,
      has_more: more,
      ...(more && cursor !== undefined && { next_cursor: cursor }),
    })
  })
  router.get('/assets/tags/refine', async (request, response) => {
    const found = await filtered(request.query)
    response.json({ tag_counts: Object.fromEntries(countsOf(found)) })
  })
  router.post('/assets/seed', async (request, response) => {
    const running = scan.start()
    if (!running) throw refused(409, 'SCAN_RUNNING', 'Another scan is running: wait for it, or cancel it.')
    if (request.query['wait'] !== 'true') {
      running.catch((error: unknown) => log.error({ err: error }, 'the scan of assets failed'))
      response.status(202).json({ status: 'started' })
      return
    }
    await running
    response.json({ status: 'completed', ...scanJson() })
  })
  router.get('/assets/seed/status', (_request, response) => {
    response.json({ state: scan.status().isRunning ? 'RUNNING' : 'IDLE', ...scanJson() })
  })
  router.post('/assets/seed/cancel', (_request, response) => {
    response.json({ status: scan.cancel() ? 'cancelling' : 'idle' })
  })
  router.post('/assets/prune', async (_request, response) => {
    if (scan.status().isRunning) throw refused(409, 'SCAN_RUNNING', 'A scan is running: wait for it, or cancel it.')
    response.json({ status: 'completed', marked: await assets.prune() })
  })
  router.post('/assets', async (request, response) => {
    const { file, fields } = await readUpload(request, config.uploadLimitBytes)
    if (file.bytes.length === 0) throw refused(400, 'EMPTY_UPLOAD', 'The file is empty.')
    const { hash } = fields
    if (hash !== undefined && !isAssetHash(hash))
      throw refused(400, 'INVALID_HASH', 'hash must be blake3:<64 hex digits>.')
    if (hash !== undefined && hash !== assetHashOf(file.bytes))
      throw refused(400, 'HASH_MISMATCH', 'The file has another hash.')
    const userMetadata = objectIn(fields['user_metadata'])
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
  router.post('/assets/:id/tags', async (request, response) => {
    const { id } = await required(request.params.id)
    const given = tagsOf(request.body)
    let tags: readonly string[] = []
    let added: readonly string[] = []
    await assets.update(id, (asset) => {
      tags = asset.tags
      added = given.filter((tag) => !asset.tags.includes(tag))
      return { tags: [...tags, ...added] }
    })
    response.json({
      added,
      already_present: given.filter((tag) => tags.includes(tag)),
      total_tags: [...tags, ...added],
    })
  })
  router.delete('/assets/:id/tags', async (request, response) => {
    const { id } = await required(request.params.id)
    const given = tagsOf(request.body)
    let tags: readonly string[] = []
    let left: readonly string[] = []
    await assets.update(id, (asset) => {
      tags = asset.tags
      left = asset.tags.filter((tag) => !given.includes(tag))
      return { tags: left }
    })
    const removed = given.filter((tag) => tags.includes(tag))
    response.json({ removed, not_present: given.filter((tag) => !tags.includes(tag)), total_tags: left })
  })
  router.get('/tags', async (_request, response) => {
    const listed = [...countsOf(await assets.list())]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, count]) => ({ name, count, type: 'user' }))
    response.json({ tags: listed, total: listed.length, has_more: false })
  })

  const answerErrors: ErrorRequestHandler = (thrown: unknown, request, response: Response, _next) => {
    if (thrown instanceof ComfyRefusal) {
      response.status(thrown.status).json(thrown.body)
      return
    }
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    const code = failure.code.toUpperCase().replaceAll('-', '_')
    response.status(failure.status).json({ error: { code, message: failure.message, details: {} } })
  }
  router.use(['/assets', '/tags'], answerErrors)
  return router
}

function countsOf(assets: readonly Asset[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { tags } of assets) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return counts
}

function compare(a: Asset, b: Asset, sort: Sort): number {
  switch (sort) {
    case 'name':
      return a.name.localeCompare(b.name)
    case 'size':
      return a.bytes - b.bytes
    case 'created_at':
      return a.createdAt - b.createdAt
    case 'updated_at':
    case 'last_access_time':
      return a.updatedAt - b.updatedAt
  }
}

function wholeIn(given: unknown, fallback: number, min: number, max: number): number {
  const number = given === undefined ? fallback : Number(given)
  if (Number.isInteger(number) && number >= min && number <= max) return number
  throw refused(400, 'INVALID_QUERY', `limit and offset are whole numbers from ${min}.`)
}
function tagsIn(given: unknown): string[] {
  const tags = typeof given === 'string' ? given.split(',').flatMap((tag) => tag.trim() || []) : []
  if (tags.length > 100) throw refused(400, 'INVALID_TAG_FILTER', 'At most 100 tags are looked for.')
  return tags
}
/** The members that the metadata must have; `{}` without a filter. */
function filterIn(given: unknown): JsonObject {
  if (typeof given !== 'string' || given === '') return {}
  try {
    const value: unknown = JSON.parse(given)
    if (isJsonObject(value)) return value
  } catch {
    // Told below.
  }
  throw refused(400, 'INVALID_QUERY', 'metadata_filter must be a JSON object.')
}
function tagsOf(body: unknown): string[] {
  const tags = isJsonObject(body) ? body['tags'] : undefined
  if (!Array.isArray(tags)) throw refused(400, 'INVALID_BODY', 'tags must be a list of texts.')
  return [...new Set(tags.map(String))].slice(0, 100)
}
function objectIn(text: string | undefined): JsonObject {
  if (text === undefined || text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch {
    // Told below.
  }
  throw refused(400, 'UNSUPPORTED_FIELD', 'user_metadata must be a JSON object.')
}

function assetJson(asset: Asset): JsonObject {
  const { id, hash, name, mime, bytes, tags, userMetadata, createdAt, updatedAt } = asset
  const isPicture = mime.startsWith('image/')
  return {
    id,
    name,
    hash,
    loader_path: loaderPathOf(asset),
    display_name: name,
    asset_hash: hash,
    size: bytes,
    mime_type: mime,
    tags,
    preview_url: isPicture ? `/api/assets/${id}/content` : null,
    preview_id: null,
    user_metadata: userMetadata,
    metadata: {},
    job_id: null,
    prompt_id: null,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
    last_access_time: new Date(updatedAt).toISOString(),
    is_immutable: false,
  }
}
