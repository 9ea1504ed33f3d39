import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename, extname } from 'node:path'
import { blake3 } from '@noble/hashes/blake3.js'
import type { Folders } from '../../../storage/folders.ts'
import { type Asset, AssetRecords } from './asset-records.ts'

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

/** Assets as records beside the database; their content lies in the input folder, or where a scan has found it. */
export function createAssetStore(directory: string, folders: Pick<Folders, 'file' | 'keep' | 'pathOf'>): AssetStore {
  const records = new AssetRecords(directory)
  /** Settles when all changes so far are kept. */
  let changed: Promise<unknown> = Promise.resolve()

  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const mine = changed.then(change, change)
    changed = mine.catch(() => undefined)
    return mine
  }
  const first = async (is: (asset: Asset) => boolean): Promise<Asset | undefined> => (await records.list()).find(is)
  const create = (about: Omit<Asset, 'id' | 'createdAt' | 'updatedAt'>): Promise<Asset> =>
    records.save({ ...about, id: randomUUID(), createdAt: Date.now(), updatedAt: Date.now() })

  return {
    byHash: (hash) => first((asset) => asset.hash === hash),
    get: (id) => records.get(id),
    list: () => records.list(),
    async add(name, bytes, change = {}) {
      const hash = assetHashOf(bytes)
      const known = await first((asset) => asset.hash === hash && asset.name === name)
      if (known) return { asset: known, isNew: false }
      const kept = await folders.keep('input', `assets/${hash.slice(7, 39)}${extname(name)}`, bytes, true)
      const asset = await create({
        hash,
        name,
        mime: kept.mime ?? 'application/octet-stream',
        bytes: bytes.length,
        tags: change.tags ?? [],
        userMetadata: change.userMetadata ?? {},
        file: kept.name,
      })
      return { asset, isNew: true }
    },
    async register(folder, file) {
      const { path, bytes, mime = 'application/octet-stream' } = await folders.file(folder, file)
      const hash = await hashOfFile(path)
      return create({ hash, name: basename(file), mime, bytes, tags: [folder], userMetadata: {}, file, folder })
    },
    async prune() {
      let gone = 0
      for (const { id, folder = 'input', file } of await records.list()) {
        const isThere = await folders.pathOf(folder, file).then(Boolean, () => false)
        if (!isThere && (await records.remove(id))) gone++
      }
      return gone
    },
    async fromHash(hash, change) {
      const known = await first((asset) => asset.hash === hash)
      return known && create({ ...known, ...change })
    },
    update: (id, change) =>
      inTurn(async () => {
        const asset = await records.get(id)
        return asset && records.save({ ...asset, ...change(asset), updatedAt: Date.now() })
      }),
    remove: (id) => records.remove(id),
  }
}
