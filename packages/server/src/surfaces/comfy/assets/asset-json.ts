import type { JsonObject } from '@patchbay/engine/workflow'
import type { Asset } from './asset-records.ts'
import { loaderPathOf } from './asset-store.ts'

/** An asset as ComfyUI's clients read it. */
export function assetJson(asset: Asset): JsonObject {
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
