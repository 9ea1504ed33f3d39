import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Registry } from '@patchbay/engine'
import { createRegistry } from '@patchbay/engine'
import { createLocalServices, nodeDefinitions } from '@patchbay/nodes'
import type { Services } from '@patchbay/nodes'
import { modelFolderNames } from '../storage/folders.ts'

export interface LocalHostOptions {
  readonly models?: string
  readonly input?: string
  readonly output?: string
  /** What pictures carry. */
  readonly embedded?: Services['embedded']
}

/** The nodes and services of a command that runs by itself, without a server. */
export function createLocalHost({ models, input = '.', output = 'output', embedded }: LocalHostOptions): {
  readonly registry: Registry
  readonly services: Services
} {
  const root = resolve(models ?? process.env['PATCHBAY_MODELS'] ?? 'models')
  const folders = Object.fromEntries(modelFolderNames.map((name) => [name, [resolve(root, name)]]))
  return {
    registry: createRegistry({ nodes: nodeDefinitions }),
    services: createLocalServices({
      folders: { ...folders, input: [resolve(input)] },
      output: resolve(output),
      // The server's own, so that either goes on with what the other has begun.
      work: join(resolve(process.env['PATCHBAY_DATA'] ?? join(homedir(), '.patchbay')), 'work'),
      ...(embedded && { embedded }),
    }),
  }
}
