import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type Registry, type RegistryOptions, createRegistry } from '@patchbay/engine'
import { cpuDevice, createLocalServices, nodeDefinitions, type Device, type Services } from '@patchbay/nodes'
import { precisions, type Precision } from '@patchbay/nodes/precision'
import { Option } from 'commander'
import { loadNodePacks } from '../packs/node-packs.ts'
import { adapterMistakes } from '../surfaces/comfy/catalogue/pack-adapter.ts'
import { type WeightCache, weightCacheOf } from '../runner/weight-cache.ts'
import { modelFolderNames } from '../storage/folders.ts'
import { bytesOf, WrongOption } from './option-values.ts'
import { inFolder, systemErrorSentence } from '../storage/system-errors.ts'

export interface LocalHostOptions {
  readonly models?: string
  readonly input?: string
  readonly output?: string
  /** What models run on; the CPU where not given. */
  readonly device?: Device
  /** What pictures carry. */
  readonly embedded?: Services['embedded']
  /** Where large models keep float32 copies; none are kept where it is not given. */
  readonly copies?: WeightCache | undefined
  /** How closely models compute where a node says `auto`. Default `exact`. */
  readonly precision?: Precision | undefined
}

/**
 * The server's own, so that a command that runs alone goes on with what a server has begun, and the other way round.
 */
const dataDirectory = (): string => resolve(process.env['PATCHBAY_DATA'] ?? join(homedir(), '.patchbay'))

export interface WeightCacheOptions {
  readonly weightCache?: string
  readonly weightCacheSize?: string
}
/**
 * Where float32 copies of large models are kept and what they may take, as `--weight-cache` and `--weight-cache-size`
 * say it.
 */
export function localWeightCache({
  weightCache,
  weightCacheSize,
}: WeightCacheOptions): Promise<WeightCache | undefined> {
  const asked = weightCacheSize === undefined ? undefined : bytesOf('--weight-cache-size', weightCacheSize)
  return weightCacheOf(weightCache === undefined ? join(dataDirectory(), 'weight-cache') : resolve(weightCache), asked)
}

/** The nodes that ship and those of packs; a pack that is left out is named on the terminal. */
export async function loadPacks(
  packs: readonly string[] = [],
  { error }: { readonly error: (text: string) => void },
): Promise<RegistryOptions> {
  const loaded = await loadNodePacks(packs, nodeDefinitions, { checkAdapter: adapterMistakes })
  for (const { name, error: reason } of loaded.packs) {
    if (reason !== undefined) error(`The node pack ${name} is left out: ${reason}.\n`)
  }
  return loaded
}

/** The nodes and services of a command that runs by itself, without a server. */
export function createLocalHost(
  { models, input = '.', output = 'output', embedded, device = cpuDevice, copies, precision }: LocalHostOptions,
  definitions: RegistryOptions = { nodes: nodeDefinitions },
): {
  readonly registry: Registry
  readonly services: Services
} {
  checkFolders({ models, input, output })
  const { name: _, ...deviceOptions } = device
  const roots = modelRoots(models ?? process.env['PATCHBAY_MODELS'])
  const folders = Object.fromEntries(modelFolderNames.map((name) => [name, roots.map((root) => join(root, name))]))
  const services = createLocalServices({
    ...deviceOptions,
    folders: { ...folders, input: [resolve(input)] },
    output: resolve(output),
    work: join(dataDirectory(), 'work'),
    ...(precision && { precision }),
    ...(copies && { cacheFolder: copies.folder, cacheLimit: copies.maxBytes, fillCache: true }),
    ...(embedded && { embedded }),
  })
  const saveArtifact: Services['saveArtifact'] = (bytes, about) =>
    inFolder(resolve(output), () => services.saveArtifact(bytes, about))
  return { registry: createRegistry(definitions), services: { ...services, saveArtifact } }
}

/** How closely models compute where a node does not say. */
export const precisionOption = (): Option =>
  new Option(
    '--precision <name>',
    'how closely models compute where a node says auto: exact; fast, in 8 bits, which takes a processor about half the time; small, for the least memory (exact)',
  ).choices([...precisions])

export const modelsOption =
  "where checkpoints/, loras/ and the other model folders are (default: ./models where there is one, and the server's own)"

/** What is made goes to the first. */
function modelRoots(asked: string | undefined): readonly string[] {
  if (asked !== undefined) return [resolve(asked)]
  const here = resolve('models')
  return [...(existsSync(here) ? [here] : []), join(dataDirectory(), 'models')]
}

/** Found before the work begins: pictures that cannot be kept would be found out after minutes. */
function checkFolders({
  models,
  input,
  output,
}: {
  readonly models?: string | undefined
  readonly input: string
  readonly output: string
}): void {
  for (const [option, folder] of [
    ['--models', models],
    ['--input', input],
  ] as const) {
    if (folder !== undefined && !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new WrongOption(`${option} takes a folder that exists; ${resolve(folder)} is not one.`)
  }
  let place = resolve(output)
  // The folder itself is made when something is kept.
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
  if (!statSync(place).isDirectory())
    throw new WrongOption(`--out takes a folder, and ${place} is a file: name another.`)
  try {
    accessSync(place, constants.W_OK)
  } catch (error) {
    throw new WrongOption(`--out: ${systemErrorSentence(error, place) ?? String(error)}`)
  }
}

/** The device that a command is to use where no flag says so. */
export function deviceFromEnvironment(): string | undefined {
  return process.env['PATCHBAY_DEVICE'] || undefined
}
