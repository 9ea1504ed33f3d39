import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type AnyNodeDefinition,
  type Plan,
  type Registry,
  createLanes,
  createRegistry,
  createResourcePool,
  errorReportOf,
  execute,
  manifestOf,
  validateWorkflow,
} from '@patchbay/engine'
import type { NodeId, RegistryManifest, RunEvent, Workflow } from '@patchbay/engine/workflow'
import { nodeDefinitions, totalMemory } from '@patchbay/nodes'
import { hashOfFile } from '../storage/model-detail.ts'
import type { EarlierOutput, EmbeddedTexts } from '../store/stored-job.ts'
import { diskMemoFolder } from './disk-memo-folder.ts'
import { createPathHider, type NamedFolders } from './hide-paths.ts'
import { createHost } from './host-services.ts'
import type { NodePack } from '../packs/node-pack.ts'
import type { Checked, RunOutcome, RunnerOptions } from './messages.ts'
import { type PackLoading, loadNodePacks } from '../packs/node-packs.ts'
import { createResultKeeper } from './run-results.ts'
import { type RunMemoryOptions, createRunMemory } from './run-memory.ts'
import { createTimeline } from './timeline.ts'

export interface RunRequest {
  readonly document: Workflow
  readonly targets?: readonly NodeId[]
  readonly embedded: EmbeddedTexts
  /** Side effects of the same inputs are reported again instead of repeated. */
  readonly reuseEffects?: boolean
  /** Files that broken runs of the same job have kept. */
  readonly earlier?: readonly EarlierOutput[]
}
/** Definitions, loaded, and what runs of them share. */
export interface Workload {
  readonly registry: Registry
  readonly manifest: RegistryManifest
  readonly packs: readonly NodePack[]
  /** Everything that is wrong, warnings too; empty when nothing is. */
  validate(document: Workflow, targets?: readonly NodeId[]): Promise<Checked>
  /** Never rejects: a failure is an outcome. */
  run(
    request: RunRequest,
    signal: AbortSignal,
    onEvent: (event: RunEvent) => void,
  ): Promise<Omit<RunOutcome, 'memoryBytes'>>
  /** Lets go of what is remembered, and of loaded models that are not in use. */
  free(what: { readonly memo: boolean; readonly models: boolean; readonly effects?: boolean }): Promise<void>
}

export async function loadWorkload(
  options: RunnerOptions,
  loading: Pick<PackLoading, 'checkAdapter' | 'shadowed' | 'onLoading'>,
): Promise<Workload> {
  const { leftOut, builtIn, nodePacks } = options
  const loaded = await loadNodePacks(nodePacks, builtIn ? nodeDefinitions : [], {
    ...loading,
    ...(leftOut ? { leftOut } : {}),
  })
  const registry = createRegistry({ ...loaded, nodes: loaded.nodes.map(startedAfterATurn) })
  const host = createHost(options)
  // Loaded values that are kept only for reuse never take more than half of the machine.
  const resources = createResourcePool({ maxBytes: totalMemory() / 2 })
  const lanes = createLanes()
  const hider = createPathHider(foldersOf(options))
  const memory = await createRunMemory(options.memo, { resources, ...(await diskOf(options, loaded.folders)) })
  const fingerprintFile = createFileFingerprints((folder, name) => host.services.pathOf(folder, name))

  async function check(document: Workflow, embedded: EmbeddedTexts, targets: readonly NodeId[] | undefined) {
    return validateWorkflow(document, registry, {
      services: host.servicesFor(embedded),
      findFile: ({ folder, name }) => host.services.pathOf(folder, name),
      ...(targets ? { targets } : {}),
    })
  }
  return {
    registry,
    manifest: manifestOf(registry),
    packs: loaded.packs,
    async validate(document, targets) {
      const checked = await check(document, {}, targets)
      const found = checked.ok ? checked.warnings : checked.issues
      const issues = found.map((issue) => ({ ...issue, message: hider.text(issue.message) }))
      return { issues, estimates: checked.ok ? checked.estimates : [] }
    },
    async run({ document, embedded, targets, reuseEffects: reuse = false, earlier }, signal, onEvent) {
      const checked = await check(document, embedded, targets)
      if (!checked.ok) {
        // Files may have gone since the job was queued.
        const [first] = checked.issues
        const message = `The workflow cannot run any more: ${first?.message ?? 'it has nothing to run.'}`
        return { state: 'failed', error: { code: 'invalid-workflow', message: hider.text(message) }, timeline: [] }
      }
      const services = host.servicesFor(embedded, earlier)
      const timeline = createTimeline(lanesOf(checked.plan, registry))
      const { memo } = memory
      const reuseEffects = reuse && options.memo.kind !== 'none'
      const run = execute(checked.plan, { services, memo, resources, lanes, signal, fingerprintFile, reuseEffects })
      const keeper = createResultKeeper(document, registry, services)
      let last: RunEvent | undefined
      for await (const event of run) {
        timeline.add(event)
        keeper.add(event)
        if (event.type === 'run-succeeded') last = event
        else onEvent(hider.event(event))
      }
      const result = await run.result
      const told = await keeper.end(result, (node, artifact) => {
        onEvent({ type: 'node-artifact', node, artifact })
      })
      if (last?.type === 'run-succeeded') onEvent({ ...last, ...told })
      memory.runEnded()
      return {
        state: result.state,
        timeline: timeline.entries(),
        ...told,
        ...(result.state === 'failed' ? { error: hider.report(errorReportOf(result.error)) } : {}),
      }
    },
    async free({ memo: results, models, effects = false }) {
      if (results) memory.forget()
      else if (effects) memory.forgetEffects()
      if (models) await host.services.sessions.clear()
    },
  }
}

/**
 * A node may compute in one native call that nothing else gets past. A turn of the event loop before it lets the news
 * of its start out, and a cancel in.
 */
function startedAfterATurn(definition: AnyNodeDefinition): AnyNodeDefinition {
  return {
    ...definition,
    async run(inputs, context) {
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
      context.signal.throwIfAborted()
      return definition.run(inputs, context)
    },
  }
}

/** Folders whose places nobody needs to know, as people name them. */
function foldersOf(options: RunnerOptions): NamedFolders {
  const { artifactDirectory, inputDirectory, outputDirectory, tempDirectory, memoDirectory, workDirectory } = options
  return [
    ...Object.entries(options.modelFolders).flatMap(([name, paths]) => paths.map((path) => [name, path] as const)),
    ['input', inputDirectory],
    ['output', outputDirectory],
    ['temp', tempDirectory],
    ['artifacts', artifactDirectory],
    ['memo', memoDirectory],
    ['work', workDirectory],
    ['data', dirname(artifactDirectory)],
  ]
}

/** Where the results of this device are kept; nowhere in a process that runs nothing. */
async function diskOf(
  { role, device, memoDirectory, memoDiskBytes, builtIn }: RunnerOptions,
  packFolders: readonly string[],
): Promise<Pick<RunMemoryOptions, 'disk'>> {
  if (role === 'validator' || memoDiskBytes === 0) return {}
  const nodes = dirname(fileURLToPath(import.meta.resolve('@patchbay/nodes')))
  const folder = await diskMemoFolder(memoDirectory, device.name, builtIn ? [nodes, ...packFolders] : packFolders)
  return { disk: { folder, maxBytes: memoDiskBytes } }
}

/** The lane of a node: of the plan by its id, of an expansion by its type. */
function lanesOf(plan: Plan, registry: Registry) {
  const planned = new Map(plan.nodes.map(({ id, definition }) => [id, definition]))
  return (id: string, type = ''): string => (planned.get(id) ?? registry.nodes.get(type))?.lane ?? 'cpu'
}

/** The content hash of files, computed once for as long as their size and time of change stay the same. */
function createFileFingerprints(pathOf: (folder: string, name: string) => Promise<string>) {
  const known = new Map<string, string>()
  return async ({ folder, name }: { readonly folder: string; readonly name: string }): Promise<string> => {
    const path = await pathOf(folder, name)
    const { size, mtimeMs, isDirectory } = await stat(path).then((stats) => ({
      size: stats.size,
      mtimeMs: stats.mtimeMs,
      isDirectory: stats.isDirectory(),
    }))
    const key = `${path}\n${size}\n${mtimeMs}`
    // Hashing gigabytes at each start is worth nothing for weights: their place, size and time tell them apart.
    if (isDirectory || size > 64 * 1024 * 1024) return key
    const hash = known.get(key) ?? (await hashOfFile(path))
    known.set(key, hash)
    return hash
  }
}
