import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type JsonObject, jsonLimits, parseJson } from '@patchbay/engine/workflow'
import type { ModelDetail } from '../api/api-types.ts'
import { isJsonObject } from '../is-json-object.ts'
import { listUnder } from './folder-listing.ts'

type Detail = Pick<ModelDetail, 'hash' | 'metadata' | 'tensors'>

/** What a model's file, or its diffusers folder, says of itself, and its hash. */
export async function detailOf(path: string): Promise<Detail> {
  if ((await stat(path)).isDirectory()) return detailOfWhole(path)
  const isSafetensors = path.endsWith('.safetensors')
  const { __metadata__: metadata, ...tensors } = isSafetensors ? await safetensorsHeader(path) : {}
  return {
    hash: await hashOfFile(path),
    metadata: isJsonObject(metadata) ? metadata : {},
    ...(isSafetensors ? { tensors: Object.keys(tensors).length } : {}),
  }
}

/** Of a diffusers folder: the tensors of all its parts, and a hash of the names and hashes of its files. */
async function detailOfWhole(root: string): Promise<Detail> {
  const hash = createHash('sha256')
  let tensors = 0
  for (const name of [...(await listUnder(root)).files].sort()) {
    const path = join(root, name)
    hash.update(`${name} ${await hashOfFile(path)}\n`)
    if (!name.endsWith('.safetensors')) continue
    const { __metadata__: _, ...named } = await safetensorsHeader(path)
    tensors += Object.keys(named).length
  }
  return { hash: `sha256:${hash.digest('hex')}`, metadata: {}, tensors }
}

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return `sha256:${hash.digest('hex')}`
}

/** The format's own bound of a header. */
const maxHeader = 100_000_000
/**
 * The JSON at the start of a safetensors file; `{}` when it is not one, its length lies, it is longer than `limit`, or
 * nests deeper or holds more values than any real header.
 */
export async function safetensorsHeader(path: string, limit = maxHeader): Promise<JsonObject> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size < 10) return {}
    const prefix = Buffer.alloc(8)
    await file.read(prefix, 0, 8, 0)
    const length = prefix.readBigUInt64LE()
    if (length > BigInt(limit) || Number(length) + 8 > size) return {}
    const text = Buffer.alloc(Number(length))
    await file.read(text, 0, text.length, 8)
    const header = parseJson(text.toString().trimEnd(), { ...jsonLimits, length: limit })
    return header.ok && isJsonObject(header.value) ? header.value : {}
  } finally {
    await file.close()
  }
}
