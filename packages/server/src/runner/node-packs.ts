import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AnyNodeDefinition, Coercion, SocketType } from '@patchbay/engine'
import type { NodePackReport } from './messages.ts'

/** What the module of a node pack may export. */
export interface NodePack {
  readonly nodes?: readonly AnyNodeDefinition[]
  readonly socketTypes?: readonly SocketType[]
  readonly coercions?: readonly Coercion[]
}
export interface LoadedPacks {
  readonly nodes: readonly AnyNodeDefinition[]
  readonly socketTypes: readonly SocketType[]
  readonly coercions: readonly Coercion[]
  readonly reports: readonly NodePackReport[]
}

/** Loads node packs, folders or package names, one after the other. One that throws, or brings a type that is there already, is named and left out. */
export async function loadNodePacks(
  packs: readonly string[],
  builtIn: readonly AnyNodeDefinition[],
): Promise<LoadedPacks> {
  const nodes = [...builtIn]
  const types = new Set(nodes.map(({ type }) => type))
  const socketTypes: SocketType[] = []
  const coercions: Coercion[] = []
  const reports: NodePackReport[] = []
  for (const pack of packs) {
    const name = basename(pack)
    try {
      const loaded = packOf(await import(await entryOf(pack)))
      const added = loaded.nodes ?? []
      const clash = added.find(({ type }) => types.has(type))
      if (clash) throw new Error(`it brings a node "${clash.type}", which there is already`)
      for (const node of added) types.add(node.type)
      nodes.push(...added)
      socketTypes.push(...(loaded.socketTypes ?? []))
      coercions.push(...(loaded.coercions ?? []))
      reports.push({ name, nodes: added.length })
    } catch (error) {
      reports.push({ name, nodes: 0, error: error instanceof Error ? error.message : String(error) })
    }
  }
  return { nodes, socketTypes, coercions, reports }
}

/** The folders inside a `node-packs` folder. */
export async function packsIn(directory: string): Promise<string[]> {
  if (!existsSync(directory)) return []
  const entries = await readdir(directory, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(directory, name))
    .sort()
}

/** The module of a pack: what its package.json says, or its index file; a bare name is looked up as a package. */
async function entryOf(pack: string): Promise<string> {
  const folder = resolve(pack)
  if (!existsSync(folder)) {
    if (/^[./\\]/.test(pack)) throw new Error('there is no such folder')
    return pathToFileURL(createRequire(join(process.cwd(), 'package.json')).resolve(pack)).href
  }
  const manifest = join(folder, 'package.json')
  const main: unknown = existsSync(manifest) ? JSON.parse(await readFile(manifest, 'utf8')) : {}
  const named = typeof main === 'object' && main !== null && 'main' in main ? main.main : undefined
  const candidates = [...(typeof named === 'string' ? [named] : []), 'index.js', 'index.mjs', 'index.ts']
  const entry = candidates.map((file) => join(folder, file)).find((file) => existsSync(file))
  if (entry === undefined) throw new Error('it has no index.js and its package.json names no "main"')
  return pathToFileURL(entry).href
}

function packOf(module: unknown): NodePack {
  if (typeof module !== 'object' || module === null) throw new Error('it exports nothing')
  const { nodes, socketTypes, coercions } = { ...(module as NodePack) }
  for (const [name, list] of Object.entries({ nodes, socketTypes, coercions })) {
    if (list !== undefined && !Array.isArray(list)) throw new Error(`its export "${name}" is no list`)
  }
  if (!nodes && !socketTypes) throw new Error('it exports neither "nodes" nor "socketTypes"')
  return { ...(nodes ? { nodes } : {}), ...(socketTypes ? { socketTypes } : {}), ...(coercions ? { coercions } : {}) }
}
