import type { Router } from 'express'
import { isJsonObject } from '../../../is-json-object.ts'
import { refused } from './asset-query.ts'
import type { Asset } from './asset-records.ts'
import type { AssetStore } from './asset-store.ts'

/** The tags of one asset; `required` gives the asset, or refuses. */
export function addTagRoutes(
  router: Router,
  assets: Pick<AssetStore, 'update'>,
  required: (id: string) => Promise<Asset>,
): void {
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
}

function tagsOf(body: unknown): string[] {
  const tags = isJsonObject(body) ? body['tags'] : undefined
  if (!Array.isArray(tags)) throw refused(400, 'INVALID_BODY', 'tags must be a list of texts.')
  return [...new Set(tags.map(String))].slice(0, 100)
}
