import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Registry, RegistryOptions } from '@patchbay/engine'
import { createRegistry } from '@patchbay/engine'
import { cpuDevice, createLocalServices, nodeDefinitions } from '@patchbay/nodes'
import type { Device, Services } from '@patchbay/nodes'
import { loadNodePacks } from '../runner/node-packs.ts'
import { modelFolderNames } from '../storage/folders.ts'

export interface LocalHostOptions {
  readonly models?: string
  readonly input?: string
  readonly output?: string
  /** What models run on; the CPU where not given. */
  readonly device?: Device
  /** What pictures carry. */
  readonly embedded?: Services['embedded']
}

/** The nodes that ship and those of packs; a pack that is left out is told on the terminal. */
export async function loadPacks(
  packs: readonly string[] = [],
  { error }: { readonly error: (text: string) => void },
): Promise<RegistryOptions> {
  const loaded = await loadNodePacks(packs, nodeDefinitions)
  for (const { name, error: reason } of loaded.packs) {
    if (reason !== undefined) error(`The node pack ${name} is left out: ${reason}.\n`)
  }
  return loaded
}

/** The nodes and services of a command that runs by itself, without a server. */
export function createLocalHost(
  { models, input = '.', output = 'output', embedded, device = cpuDevice }: LocalHostOptions,
  definitions: RegistryOptions = { nodes: nodeDefinitions },
): {
  readonly registry: Registry
  readonly services: Services
} {
  const { name: _, ...deviceOptions } = device
  const root = resolve(models ?? process.env['PATCHBAY_MODELS'] ?? 'models')
  const folders = Object.fromEntries(modelFolderNames.map((name) => [name, [resolve(root, name)]]))
  return {
    registry: createRegistry(definitions),
    services: createLocalServices({
      ...deviceOptions,
      folders: { ...folders, input: [resolve(input)] },
      output: resolve(output),
      // The server's own, so that either goes on with what the other has begun.
      work: join(resolve(process.env['PATCHBAY_DATA'] ?? join(homedir(), '.patchbay')), 'work'),
      ...(embedded && { embedded }),
    }),
  }
}

/** The device that a command is to use where no flag says so. */
export function deviceFromEnvironment(): string | undefined {
  return process.env['PATCHBAY_DEVICE'] || undefined
}
