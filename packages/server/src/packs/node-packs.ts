import { existsSync, realpathSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type AnyNodeDefinition,
  type Coercion,
  type Registry,
  type SocketType,
  createRegistry,
  manifestOf,
} from '@patchbay/engine'
import { isTypeScript, loadTypeScript, shareHostModules } from './host-modules.ts'
import type { NodePack } from './node-pack.ts'
import { mistakesIn } from './pack-mistakes.ts'
import { refuseExit } from './refuse-exit.ts'
import { readTemplates } from './templates.ts'
import { messageOf } from '../message-of.ts'

/** What the module of a node pack may export. */
interface Exported {
  readonly nodes?: readonly AnyNodeDefinition[]
  readonly socketTypes?: readonly SocketType[]
  readonly coercions?: readonly Coercion[]
  /** Declarations of ComfyUI's node classes over nodes of the pack. */
  readonly comfyAdapters?: readonly unknown[]
}
interface Definitions {
  readonly nodes: readonly AnyNodeDefinition[]
  readonly socketTypes: readonly SocketType[]
  readonly coercions: readonly Coercion[]
}
export interface LoadedPacks extends Definitions {
  readonly packs: readonly NodePack[]
  /** Where the code of those that were loaded lies. */
  readonly folders: readonly string[]
}

export interface PackLoading {
  /** What is wrong with the declaration of an adapter, given all the nodes that are there; empty when nothing is. */
  readonly checkAdapter: AdapterCheck
  /** Which of these node types ComfyUI's clients cannot reach, since a class that ships has the name. */
  readonly shadowed?: (types: readonly string[]) => readonly string[]
  /** Why a pack is not even tried, by the pack as it was named. */
  readonly leftOut?: { readonly [pack: string]: string }
  /** Before the module of a pack is loaded, which may end the process. */
  readonly onLoading?: (pack: string) => Promise<void>
}

/**
 * Throws a sentence where the declaration itself cannot be read; answers what it says of nodes of `pack`, or of
 * others, that is not so.
 */
export type AdapterCheck = (
  declared: unknown,
  pack: string,
  nodes: ReadonlyMap<string, AnyNodeDefinition>,
) => readonly string[]

/** A module that is not there after so long is given up. */
const loadMs = 15_000
const largestStyleSheet = 200_000

/**
 * Loads node packs, folders or package names, one after the other. One that throws, exits, never ends, or brings what
 * does not go together with what is there, is named and left out.
 */
export async function loadNodePacks(
  packs: readonly string[],
  builtIn: readonly AnyNodeDefinition[],
  { checkAdapter, shadowed = () => [], leftOut = {}, onLoading }: PackLoading,
): Promise<LoadedPacks> {
  let together: Definitions = { nodes: builtIn, socketTypes: [], coercions: [] }
  const loaded: NodePack[] = []
  const folders: string[] = []
  if (packs.length > 0) shareHostModules()
  for (const pack of packs) {
    const name = await nameOf(pack)
    const empty = { name, nodes: 0, types: [], adapters: [], workflows: [], warnings: [] }
    const known = Object.hasOwn(leftOut, pack) ? leftOut[pack] : undefined
    if (known !== undefined) {
      loaded.push({ ...empty, error: known })
      continue
    }
    try {
      const entry = await entryOf(pack)
      await onLoading?.(pack)
      const exported = exportsOf(await moduleAt(entry))
      const after = joined(together, exported)
      const { adapters, warnings } = usableAdapters(exported.comfyAdapters ?? [], name, after, checkAdapter)
      const folder = folderOf(entry)
      const workflows = (await readTemplates(join(folder, 'workflows'))).map((template) => ({
        ...template,
        id: `${name}/${template.id}`,
      }))
      const styleSheet = await styleSheetIn(folder)
      together = after
      folders.push(folder)
      const types = (exported.nodes ?? []).map(({ type }) => type)
      const hidden = shadowed(types).map(
        (type) => `its node "${type}" has the name of a class of ComfyUI, whose clients get that one: give it another`,
      )
      loaded.push({
        name,
        nodes: types.length,
        types,
        adapters,
        workflows,
        warnings: [...mistakesIn(exported.nodes ?? [], createRegistry(after)), ...hidden, ...warnings],
        ...(styleSheet === undefined ? {} : { styleSheet }),
      })
    } catch (error) {
      loaded.push({ ...empty, error: messageOf(error) })
    }
  }
  return { ...together, packs: loaded, folders }
}

/** The adapters that can be used; what is wrong with the others is told. */
function usableAdapters(
  declared: readonly unknown[],
  pack: string,
  { nodes }: Definitions,
  check: AdapterCheck,
): { readonly adapters: readonly unknown[]; readonly warnings: readonly string[] } {
  const byType = new Map(nodes.map((node) => [node.type, node]))
  const checked = declared.map((one) => ({ one, mistakes: check(one, pack, byType) }))
  return {
    adapters: checked.flatMap(({ one, mistakes }) => (mistakes.length === 0 ? [one] : [])),
    warnings: checked.flatMap(({ mistakes }) => mistakes),
  }
}

/** What a pack is called: by its package.json, else by its folder. */
async function nameOf(pack: string): Promise<string> {
  const manifest = join(resolve(pack), 'package.json')
  if (!existsSync(manifest)) return basename(pack)
  try {
    const { name } = JSON.parse(await readFile(manifest, 'utf8')) as { readonly name?: unknown }
    return typeof name === 'string' && name.trim() !== '' ? name : basename(resolve(pack))
  } catch {
    return basename(resolve(pack))
  }
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

/** Definitions with those of one more pack; throws when they do not go together. */
function joined(before: Definitions, { nodes = [], socketTypes = [], coercions = [] }: Exported): Definitions {
  const types = new Set(before.nodes.map(({ type }) => type))
  const clash = nodes.find(({ type }) => types.has(type))
  if (clash) throw new Error(`it brings a node "${clash.type}", which there is already`)
  const after: Definitions = {
    nodes: [...before.nodes, ...nodes],
    socketTypes: [...before.socketTypes, ...socketTypes],
    coercions: [...before.coercions, ...coercions],
  }
  // What the registry would refuse, it refuses here, where the pack is known.
  const registry: Registry = createRegistry(after)
  manifestOf(registry)
  for (const { type } of nodes) registry.lookUp(type)
  return after
}

async function moduleAt(entry: string): Promise<unknown> {
  const allowExit = refuseExit(() => false)
  try {
    if (isTypeScript(entry)) await loadTypeScript()
    return await withinTime(import(pathToFileURL(entry).href))
  } finally {
    allowExit()
  }
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it was not loaded within ${loadMs / 1000} s`))
    }, loadMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Which of these packs a thrown error comes from, by the files on its stack. */
export function packOnStack(error: unknown, packs: readonly string[]): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return packs.find((pack) => {
    const folder = resolve(pack)
    const places = existsSync(folder) ? [folder, realpathSync(folder)] : [join('node_modules', pack)]
    return places.some((place) => stack.includes(place + sep) || stack.includes(`${pathToFileURL(place).href}/`))
  })
}

/** The module of a pack: what its package.json says, or its index file; a bare name is looked up as a package. */
async function entryOf(pack: string): Promise<string> {
  const folder = resolve(pack)
  if (!existsSync(folder)) {
    if (/^[./\\]/.test(pack)) throw new Error('there is no such folder')
    return createRequire(join(process.cwd(), 'package.json')).resolve(pack)
  }
  const manifest = join(folder, 'package.json')
  const main: unknown = existsSync(manifest) ? JSON.parse(await readFile(manifest, 'utf8')) : {}
  const named = typeof main === 'object' && main !== null && 'main' in main ? main.main : undefined
  const candidates = [...(typeof named === 'string' ? [named] : []), 'index.js', 'index.mjs', 'index.ts', 'index.mts']
  const entry = candidates.map((file) => join(folder, file)).find((file) => existsSync(file))
  if (typeof named === 'string' && !existsSync(join(folder, named)))
    throw new Error(`its package.json names "${named}" as "main", and there is no such file`)
  if (entry === undefined) throw new Error('it has no index.js or index.ts, and its package.json names no "main"')
  return entry
}

/** Where the package.json of a module lies, else the module's own folder. */
function folderOf(entry: string): string {
  const own = dirname(entry)
  for (let folder = own; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
  }
  return own
}

async function styleSheetIn(folder: string): Promise<string | undefined> {
  const path = join(folder, 'style.css')
  if (!existsSync(path)) return undefined
  const text = await readFile(path, 'utf8')
  if (text.length <= largestStyleSheet) return text
  throw new Error(`its style.css has ${text.length} characters; at most ${largestStyleSheet} are served`)
}

function exportsOf(module: unknown): Exported {
  if (typeof module !== 'object' || module === null) throw new Error('it exports nothing')
  const { nodes, socketTypes, coercions, comfyAdapters } = { ...(module as Exported) }
  const known = { nodes, socketTypes, coercions, comfyAdapters }
  for (const [name, list] of Object.entries(known)) {
    if (list !== undefined && !Array.isArray(list)) throw new Error(`its export "${name}" is not a list`)
  }
  if (!nodes && !socketTypes) throw new Error('it exports neither "nodes" nor "socketTypes"')
  for (const [index, node] of (nodes ?? []).entries()) {
    if (typeof node?.type !== 'string' || typeof node.run !== 'function') {
      throw new Error(`entry ${index} of its "nodes" is not a node definition; make it with defineNode`)
    }
  }
  return {
    ...(nodes ? { nodes } : {}),
    ...(socketTypes ? { socketTypes } : {}),
    ...(coercions ? { coercions } : {}),
    ...(comfyAdapters ? { comfyAdapters } : {}),
  }
}
