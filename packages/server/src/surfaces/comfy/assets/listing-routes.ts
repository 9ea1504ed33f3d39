import { isDeepStrictEqual } from 'node:util'
import type { Request, Router } from 'express'
import { assetJson } from './asset-json.ts'
import { objectIn, refused, tagsIn, wholeIn } from './asset-query.ts'
import type { Asset } from './asset-records.ts'
import type { AssetStore } from './asset-store.ts'

const sorts = ['name', 'created_at', 'updated_at', 'size', 'last_access_time'] as const
type Sort = (typeof sorts)[number]

/** Assets page by page, and how often each tag is among them. */
export function addListingRoutes(router: Router, assets: Pick<AssetStore, 'list'>): void {
  router.get('/assets', async (request, response) => {
    const { query } = request
    const limit = wholeIn(query['limit'], 20, 1, 500)
    const sort = sorts.find((name) => name === (query['sort'] ?? 'created_at'))
    const order = query['order'] ?? 'desc'
    if (!sort || (order !== 'asc' && order !== 'desc')) throw refused(400, 'INVALID_QUERY', 'sort or order is unknown.')
    const found = matching(await assets.list(), query)
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
    const found = matching(await assets.list(), request.query)
    response.json({ tag_counts: Object.fromEntries(countsOf(found)) })
  })
  router.get('/tags', async (_request, response) => {
    const listed = [...countsOf(await assets.list())]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, count]) => ({ name, count, type: 'user' }))
    response.json({ tags: listed, total: listed.length, has_more: false })
  })
}

/** The assets that a query asks for, by tags, name and metadata. */
function matching(assets: readonly Asset[], query: Request['query']): Asset[] {
  const [every, some, none] = [
    tagsIn(query['tags_all'] ?? query['include_tags']),
    tagsIn(query['tags_any']),
    tagsIn(query['tags_none'] ?? query['exclude_tags']),
  ]
  const part = typeof query['name_contains'] === 'string' ? query['name_contains'].toLowerCase() : ''
  const wanted = Object.entries(objectIn(query['metadata_filter'], 'INVALID_QUERY', 'metadata_filter'))
  return assets.filter(
    ({ name, tags, userMetadata }) =>
      name.toLowerCase().includes(part) &&
      every.every((tag) => tags.includes(tag)) &&
      (some.length === 0 || some.some((tag) => tags.includes(tag))) &&
      !none.some((tag) => tags.includes(tag)) &&
      wanted.every(([key, value]) => isDeepStrictEqual(userMetadata[key], value)),
  )
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
