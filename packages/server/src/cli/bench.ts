import { performance } from 'node:perf_hooks'
import type { Command } from 'commander'
import { type Registry, type RunResult, type Workflow, execute, validateWorkflow } from '@patchbay/engine'
import type { Services } from '@patchbay/nodes'
import {
  createLocalHost,
  loadPacks,
  localWeightCache,
  precisionOption,
  type LocalHostOptions,
  type WeightCacheOptions,
  modelsOption,
} from './local-host.ts'
import { lineOf, openWorkflow, WorkflowRefused } from './open-workflow.ts'
import { WrongOption } from './option-values.ts'
import type { Terminal } from './run.ts'
import { applySettings } from './settings.ts'

export interface BenchOptions extends Omit<LocalHostOptions, 'copies'>, WeightCacheOptions {
  readonly set?: readonly string[]
  readonly runs?: string
  readonly out?: string
  readonly json?: boolean
  readonly nodePack?: readonly string[]
}

/**
 * `patchbay bench <workflow>`: how long a workflow takes on this machine, cold and warm, and which nodes take the
 * time.
 */
export function addBenchCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  const collect = (value: string, all: readonly string[] = []) => [...all, value]
  program
    .command('bench')
    .argument('<workflow>', 'a workflow file, or - for standard input')
    .option('-r, --runs <count>', 'how often; the first is cold (3)')
    .option('-s, --set <name=value>', 'set a parameter, or an input as node.input=value; may be repeated', collect)
    .option('-m, --models <folder>', modelsOption)
    .option('-i, --input <folder>', 'where pictures are opened from (default: the current folder)')
    .option('-o, --out <folder>', 'where pictures are kept (default: ./output)')
    .option('--node-pack <folder or package>', 'load the nodes of a pack; may be repeated', collect)
    .addOption(precisionOption())
    .option('--weight-cache <folder>', 'where large models keep float32 copies (default: as the server)')
    .option('--weight-cache-size <size>', 'what those may take; 0 keeps none (a quarter of the free disk, 8GB to 32GB)')
    .option('--json', 'print one JSON object a line for each measure')
    .action(async (file: string, options: BenchOptions) => {
      finish(await benchWorkflow(file, options, terminal()))
    })
}

interface Measured {
  readonly ms: number
  /** Milliseconds between two steps of a node that counts its steps. */
  readonly steps: readonly number[]
  readonly nodes: ReadonlyMap<string, number>
  readonly result: RunResult
}

export async function benchWorkflow(file: string, options: BenchOptions, terminal: Terminal): Promise<number> {
  const count = Number(options.runs ?? 3)
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    throw new WrongOption(`--runs takes a whole number from 1 to 1000, not "${String(options.runs)}".`)
  }
  const applied = applySettings(await openWorkflow(file), options.set ?? [])
  if (!applied.ok) throw new WorkflowRefused(file, applied.problems)
  const copies = await localWeightCache(options)
  const loaded = await loadPacks(options.nodePack, terminal)
  const { registry, services } = createLocalHost(
    { ...options, copies, ...(options.out === undefined ? {} : { output: options.out }) },
    loaded,
  )
  const runs: Measured[] = []
  for (let run = 0; run < count; run++) {
    const measured = await measure(file, applied.workflow, registry, services, terminal.signal)
    if (measured.result.state === 'failed') {
      terminal.error(`${measured.result.error.message}\n`)
      return 1
    }
    if (measured.result.state === 'cancelled') return 130
    runs.push(measured)
  }
  report(runs, options.json === true, terminal)
  return 0
}

async function measure(
  file: string,
  workflow: Workflow,
  registry: Registry,
  services: Services,
  signal: AbortSignal,
): Promise<Measured> {
  const begin = performance.now()
  const validated = await validateWorkflow(workflow, registry, {
    services,
    findFile: ({ folder, name }) => services.pathOf(folder, name),
  })
  if (!validated.ok) throw new WorkflowRefused(file, validated.issues.map(lineOf))
  const steps: number[] = []
  const nodes = new Map<string, number>()
  const lastStep = new Map<string, number>()
  const run = execute(validated.plan, { services, signal })
  for await (const event of run) {
    if (event.type === 'node-progress') {
      const before = lastStep.get(event.node)
      if (before !== undefined) steps.push(performance.now() - before)
      lastStep.set(event.node, performance.now())
    } else if (event.type === 'node-finished') nodes.set(event.node, event.ms)
  }
  const result = await run.result
  return { ms: performance.now() - begin, steps, nodes, result }
}

function report(runs: readonly Measured[], json: boolean, { out }: Terminal): void {
  const [first, ...rest] = runs
  const last = runs.at(-1)
  if (!first || !last) return
  const steps = runs.flatMap((run) => run.steps)
  const measures: [metric: string, value: number, unit: string][] = [
    ['cold_s', first.ms / 1000, 's'],
    ...(rest.length > 0 ? [['warm_s', median(rest.map(({ ms }) => ms)) / 1000, 's'] as [string, number, string]] : []),
    ...(steps.length > 0 ? [['step_ms', median(steps), 'ms'] as [string, number, string]] : []),
    ['peak_memory_mb', process.resourceUsage().maxRSS / 1024, 'MB'],
    ...[...last.nodes]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 8)
      .map(([node, ms]): [string, number, string] => [`node_ms ${node}`, ms, 'ms']),
  ]
  for (const [metric, value, unit] of measures) {
    const rounded = Number(value.toPrecision(4))
    out(
      json
        ? `${JSON.stringify({ bench: 'workflow', metric, value: rounded, unit, runs: runs.length })}\n`
        : `${metric.padEnd(28)} ${String(rounded).padStart(10)} ${unit}\n`,
    )
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
