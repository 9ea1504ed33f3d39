import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '@patchbay/engine/workflow'

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

/** What is known of each asset, as one small file of a folder, which is read once. */
export class AssetRecords {
  private readonly directory: string
  private loading: Promise<Map<string, Asset>> | undefined

  constructor(directory: string) {
    this.directory = directory
  }

  async get(id: string): Promise<Asset | undefined> {
    return (await this.all()).get(id)
  }

  /** The oldest first. */
  async list(): Promise<readonly Asset[]> {
    return [...(await this.all()).values()]
  }

  async save(asset: Asset): Promise<Asset> {
    const path = this.pathOf(asset.id)
    const part = `${path}.${randomUUID()}.part`
    await writeFile(part, JSON.stringify(asset))
    await rename(part, path)
    ;(await this.all()).set(asset.id, asset)
    return asset
  }

  /** False when there is none of this id. */
  async remove(id: string): Promise<boolean> {
    if (!(await this.all()).delete(id)) return false
    await rm(this.pathOf(id), { force: true })
    return true
  }

  private pathOf(id: string): string {
    return join(this.directory, `${id}.json`)
  }

  private all(): Promise<Map<string, Asset>> {
    return (this.loading ??= this.load())
  }

  private async load(): Promise<Map<string, Asset>> {
    await mkdir(this.directory, { recursive: true })
    const names = (await readdir(this.directory)).filter((name) => name.endsWith('.json'))
    // Written by `save`.
    const read = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(this.directory, name), 'utf8')) as Asset),
    )
    return new Map(read.sort((a, b) => a.createdAt - b.createdAt).map((asset) => [asset.id, asset]))
  }
}
