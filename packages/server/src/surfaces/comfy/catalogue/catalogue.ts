import type { RegistryManifest } from '@patchbay/engine/workflow'
import type { Supervisor } from '../../../runner/supervisor.ts'
import type { Folders } from '../../../storage/folders.ts'
import type { NodePack } from '../../../packs/node-pack.ts'
import { adapters } from '../adapters/index.ts'
import type { ComfyClass, ComfyClasses, PromptContext } from '../classes/comfy-class.ts'
import { annotatedFolders } from '../prompt/coerce-value.ts'
import { genericClassOf } from './generic-classes.ts'
import { packAdapterOf } from './pack-adapter.ts'

/**
 * The classes that this server offers: every native node under its own name, and each adapter whose native nodes are
 * all registered with the inputs that it uses.
 */
export function comfyClassesOf(
  manifest: RegistryManifest,
  packs: readonly Pick<NodePack, 'name' | 'types' | 'adapters'>[] = [],
): ComfyClasses {
  const native = new Map(manifest.nodes.map((node) => [node.type, node]))
  const packOf = new Map(packs.flatMap(({ name, types }) => types.map((type) => [type, name])))
  const fromPacks = packs.flatMap((pack) => pack.adapters.map((declared) => packAdapterOf(declared, pack.name)))
  const supported = [...adapters, ...fromPacks].filter(({ parts }) =>
    Object.values(parts).every(({ type, inputs }) => {
      const known = native.get(type)?.inputs.map(({ name }) => name)
      return known !== undefined && Object.keys(inputs).every((name) => known.includes(name))
    }),
  )
  const classes = new Map<string, ComfyClass>()
  for (const node of manifest.nodes) classes.set(node.type, genericClassOf(node, packOf.get(node.type)))
  for (const adapter of supported) classes.set(adapter.name, adapter)
  return classes
}

export interface ComfyCatalogue {
  /** The classes, with the files that exist at this moment as choices: for inputs of these classes, or of all. */
  context(types?: readonly string[]): Promise<PromptContext>
}

export interface CatalogueDependencies {
  readonly supervisor: Pick<Supervisor, 'manifest' | 'packsSoFar'>
  readonly folders: Pick<Folders, 'names'>
}

export function createCatalogue({ supervisor, folders }: CatalogueDependencies): ComfyCatalogue {
  let cached: { revision: number; classes: ComfyClasses } | undefined
  return {
    async context(types) {
      const { manifest, revision } = await supervisor.manifest()
      if (cached?.revision !== revision) {
        cached = { revision, classes: comfyClassesOf(manifest, supervisor.packsSoFar()) }
      }
      const { classes } = cached
      const asked = types ? types.flatMap((type) => classes.get(type) ?? []) : [...classes.values()]
      const named = asked.flatMap(({ inputs }) => inputs.flatMap(({ folder }) => folder ?? []))
      const files = new Map<string, readonly string[]>()
      // Prompts may name pictures of other folders; the lists that clients choose from do not.
      const more = types !== undefined && named.includes('input') ? annotatedFolders : []
      for (const folder of new Set([...named, ...more])) files.set(folder, await folders.names(folder).catch(() => []))
      return { classes, choicesOf: (folder) => files.get(folder) ?? [] }
    },
  }
}
