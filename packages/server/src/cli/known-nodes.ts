import type { RegistryManifest } from '@patchbay/engine/workflow'
import { createRegistry, manifestOf } from '@patchbay/engine'
import { nodeDefinitions } from '@patchbay/nodes'
import { comfyClassesOf } from '../surfaces/comfy/catalogue/catalogue.ts'
import type { ComfyClasses } from '../surfaces/comfy/classes/comfy-class.ts'
import { loadNodePacks } from '../packs/node-packs.ts'
import { adapterMistakes } from '../surfaces/comfy/catalogue/pack-adapter.ts'

/** What a command knows of nodes: those that come with Patchbay, and those of the node packs that it was given. */
export interface KnownNodes {
  readonly manifest: RegistryManifest
  readonly classes: ComfyClasses
}

/** Throws an Error that names the pack which cannot be loaded, and why. */
export async function knownNodes(packs: readonly string[]): Promise<KnownNodes> {
  const loaded = await loadNodePacks(packs, nodeDefinitions, { checkAdapter: adapterMistakes })
  for (const { name, error } of loaded.packs) {
    if (error !== undefined) throw new Error(`The node pack ${name} cannot be loaded: ${error}.`)
  }
  const manifest = manifestOf(createRegistry(loaded))
  return { manifest, classes: comfyClassesOf(manifest, loaded.packs) }
}

/** For an option that may be given several times. */
export const collected = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
