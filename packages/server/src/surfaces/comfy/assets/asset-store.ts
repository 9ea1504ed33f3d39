import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { blake3 } from '@noble/hashes/blake3.js'
import type { JsonObject } from '@patchbay/engine/workflow'
import type { Folders } from '../../../storage/folders.ts'

/** A file that a client keeps here by its content; several assets may name the same content. */
export interface Asset {
  readonly id: string
  /** `blake3:` and 64 hex digits. */
  readonly hash: string
  readonly name: string
  readonly mime: string
  readonly bytes: number
  readonly tags: readonly string[]
  readonly userMetadata: JsonObject
  /** Its name in its folder. */
  readonly file: string
  /** The input folder where it is not said. */
  readonly folder?: 'input' | 'output'
  readonly createdAt: number
  readonly updatedAt: number
}
export type AssetChange = Partial<Pick<Asset, 'name' | 'tags' | 'userMetadata'>>
export interface AssetStore {
  byHash(hash: string): Promise<Asset | undefined>
  get(id: string): Promise<Asset | undefined>
  /** The oldest first. */
  list(): Promise<readonly Asset[]>
  /** Keeps a file. The same content under the same name is the asset that is there already. */
  add(name: string, bytes: Uint8Array, change?: AssetChange): Promise<{ asset: Asset; isNew: boolean }>
  /** An asset of a file that is there already. */
  register(folder: 'input' | 'output', file: string): Promise<Asset>
  /** Forgets the assets whose files are gone, and says how many they were. */
  prune(): Promise<number>
  /** Another asset of content that is there; undefined when it is not. */
  fromHash(hash: string, change: AssetChange): Promise<Asset | undefined>
  /** Changes an asset by what it is at that moment: changes of one asset are made one after the other. */
  update(id: string, change: (asset: Asset) => AssetChange): Promise<Asset | undefined>
  /** The content stays for as long as workflows may name it. */
  remove(id: string): Promise<boolean>
}

export const isAssetHash = (text: string): boolean => /^blake3:[0-9a-f]{64}$/.test(text)
export const assetHashOf = (bytes: Uint8Array): string => `blake3:${Buffer.from(blake3(bytes)).toString('hex')}`

/** As loading nodes take it: a file of the output folder says so. */
export const loaderPathOf = ({ file, folder }: Asset): string => (folder === 'output' ? `${file} [output]` : file)

async function hashOfFile(path: string): Promise<string> {
  const hash = blake3.create()
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer)
  return `blake3:${Buffer.from(hash.digest()).toString('hex')}`
}

/**
 * Assets as one small file each beside the database; their content lies in the input folder, or where a scan has found
 * it.
 */
export function createAssetStore(directory: string, folders: Pick<Folders, 'file' | 'keep' | 'pathOf'>): AssetStore {
  let loading: Promise<Map<string, Asset>> | undefined
  /** Settles when all changes so far are kept. */
  let changed: Promise<unknown> = Promise.resolve()

  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const mine = changed.then(change, change)
    changed = mine.catch(() => undefined)
    return mine
  }
  async function load(): Promise<Map<string, Asset>> {
    await mkdir(directory, { recursive: true })
    const names = (await readdir(directory)).filter((name) => name.endsWith('.json'))
    // Written by `save`.
    const read = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(directory, name), 'utf8')) as Asset),
    )
    return new Map(read.sort((a, b) => a.createdAt - b.createdAt).map((asset) => [asset.id, asset]))
  }
  const all = (): Promise<Map<string, Asset>> => (loading ??= load())

  async function save(asset: Asset): Promise<Asset> {
    const path = join(directory, `${asset.id}.json`)
    const part = `${path}.${randomUUID()}.part`
    await writeFile(part, JSON.stringify(asset))
    await rename(part, path)
    ;(await all()).set(asset.id, asset)
    return asset
  }
  async function byHash(hash: string): Promise<Asset | undefined> {
    return [...(await all()).values()].find((asset) => asset.hash === hash)
  }

  return {
    byHash,
    get: async (id) => (await all()).get(id),
    list: async () => [...(await all()).values()],
    async add(name, bytes, change = {}) {
      const hash = assetHashOf(bytes)
      const known = [...(await all()).values()].find((asset) => asset.hash === hash && asset.name === name)
      if (known) return { asset: known, isNew: false }
      const kept = await folders.keep('input', `assets/${hash.slice(7, 39)}${extname(name)}`, bytes, true)
      const asset = await save({
        id: randomUUID(),
        hash,
        name,
        mime: kept.mime ?? 'application/octet-stream',
        bytes: bytes.length,
        tags: change.tags ?? [],
        userMetadata: change.userMetadata ?? {},
        file: kept.name,
        createdAt: Date.now(),
        updatedAt: Date.now(),
      })
      return { asset, isNew: true }
    },
    async register(folder, file) {
      const { path, bytes, mime = 'application/octet-stream' } = await folders.file(folder, file)
      const about = { name: basename(file), mime, bytes, tags: [folder], userMetadata: {}, file, folder }
      return save({
        id: randomUUID(),
        hash: await hashOfFile(path),
        ...about,
        createdAt: Date.now(),
        updatedAt: Date.now(),
      })
    },
    async prune() {
      let gone = 0
      for (const { id, folder = 'input', file } of [...(await all()).values()]) {
        const isThere = await folders.pathOf(folder, file).then(Boolean, () => false)
        if (!isThere && (await this.remove(id))) gone++
      }
      return gone
    },
    async fromHash(hash, change) {
      const known = await byHash(hash)
      return known && save({ ...known, ...change, id: randomUUID(), createdAt: Date.now(), updatedAt: Date.now() })
    },
    update: (id, change) =>
      inTurn(async () => {
        const asset = (await all()).get(id)
        return asset && save({ ...asset, ...change(asset), updatedAt: Date.now() })
      }),
    async remove(id) {
      if (!(await all()).delete(id)) return false
      await rm(join(directory, `${id}.json`), { force: true })
      return true
    },
  }
}
