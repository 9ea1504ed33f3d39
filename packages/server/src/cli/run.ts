import { resolve } from 'node:path'
import type { Command } from 'commander'
import {
  type NodeId,
  type RunEvent,
  type RunResult,
  type Workflow,
  errorReportOf,
  execute,
  serializeWorkflow,
  validateWorkflow,
} from '@patchbay/engine'
import { chooseDevice } from '@patchbay/nodes'
import { workflowKeyword } from '@patchbay/nodes/picture-texts'
import {
  createLocalHost,
  deviceFromEnvironment,
  loadPacks,
  localWeightCache,
  precisionOption,
  type LocalHostOptions,
  type WeightCacheOptions,
  modelsOption,
} from './local-host.ts'
import { lineOf, openWorkflow, WorkflowRefused } from './open-workflow.ts'
import { failurePolicyOf, WrongOption } from './option-values.ts'
import { createRunProgress, type RunProgress } from './run-progress.ts'
import { createResultKeeper, type RunResults } from '../runner/run-results.ts'
import { applySettings } from './settings.ts'
import { messageOf } from '../message-of.ts'

export interface RunOptions extends Omit<LocalHostOptions, 'output' | 'device' | 'copies'>, WeightCacheOptions {
  readonly device?: string
  readonly out?: string
  readonly set?: readonly string[]
  readonly target?: readonly NodeId[]
  readonly onFailure?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly nodePack?: readonly string[]
}

/** Where a command writes, so that it can be tested. */
export interface Terminal {
  out(text: string): void
  error(text: string): void
  readonly signal: AbortSignal
  /** Its width, where somebody looks at it and lines can be drawn anew. */
  readonly columns?: number
}

/**
 * `patchbay run <workflow>`: runs a workflow in this process, prints what it shows and keeps, and exits with 1 when it
 * fails.
 */
export function addRunCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  const collect = (value: string, all: readonly string[] = []) => [...all, value]
  program
    .command('run')
    .argument('<workflow>', 'a workflow file, or - for standard input')
    .option('-s, --set <name=value>', 'set a parameter, or an input as node.input=value; may be repeated', collect)
    .option('-t, --target <node>', 'run only this node and what it needs; may be repeated', collect)
    .option(
      '--on-failure <rule>',
      'when a node fails: stop, skip, retry:<times>, or retry:<times>,skip (default: stop)',
    )
    .option('-m, --models <folder>', modelsOption)
    .option('-i, --input <folder>', 'where pictures are opened from (default: the current folder)')
    .option('-o, --out <folder>', 'where pictures are kept (default: ./output)')
    .option('--node-pack <folder or package>', 'load the nodes of a pack; may be repeated', collect)
    .option('--device <name>', 'auto, cuda, webgpu, dml, coreml or cpu:<threads> (default: $PATCHBAY_DEVICE, or cpu)')
    .addOption(precisionOption())
    .option('--weight-cache <folder>', 'where large models keep float32 copies (default: as the server)')
    .option('--weight-cache-size <size>', 'what those may take; 0 keeps none (a quarter of the free disk, 8GB to 32GB)')
    .option('--json', 'print one JSON object a line for every event and the result')
    .option('-q, --quiet', 'print results only')
    .action(async (file: string, options: RunOptions) => {
      finish(await runWorkflow(file, options, terminal()))
    })
}

/** Runs a workflow file; resolves to the exit code. Throws a `WorkflowRefused` for one that cannot be run. */
export async function runWorkflow(file: string, options: RunOptions, terminal: Terminal): Promise<number> {
  try {
    return await runChecked(file, options, terminal)
  } catch (error) {
    // Who reads JSON has to find the end of the run there too, whatever it is.
    if (options.json === true) terminal.out(`${JSON.stringify({ type: 'refused', ...refusalOf(error) })}\n`)
    throw error
  }
}

function refusalOf(error: unknown): { readonly message: string; readonly problems: readonly string[] } {
  return { message: messageOf(error), problems: error instanceof WorkflowRefused ? error.lines : [] }
}

async function runChecked(file: string, options: RunOptions, terminal: Terminal): Promise<number> {
  const applied = applySettings(await openWorkflow(file), options.set ?? [])
  if (!applied.ok) throw new WorkflowRefused(file, applied.problems)
  const { onFailure: rule } = options
  const workflow = rule === undefined ? applied.workflow : { ...applied.workflow, onFailure: failurePolicyOf(rule) }
  const copies = await localWeightCache(options)
  const { device } = await chooseDevice(options.device ?? deviceFromEnvironment() ?? 'cpu').catch((error: unknown) => {
    throw new WrongOption(messageOf(error))
  })
  const { registry, services } = createLocalHost(
    {
      ...options,
      device,
      copies,
      ...(options.out !== undefined && { output: options.out }),
      embedded: { [workflowKeyword]: serializeWorkflow(workflow) },
    },
    await loadPacks(options.nodePack, terminal),
  )
  const validated = await validateWorkflow(workflow, registry, {
    services,
    findFile: ({ folder, name }) => services.pathOf(folder, name),
    ...(options.target && { targets: options.target }),
  })
  if (!validated.ok) throw new WorkflowRefused(file, validated.issues.map(lineOf))
  if (options.quiet !== true) for (const warning of validated.warnings) terminal.error(`${lineOf(warning)}\n`)
  const keeper = createResultKeeper(workflow, registry, services)
  const run = execute(validated.plan, { services, signal: terminal.signal })
  const bar = progressBar(workflow, options, terminal)
  for await (const event of run) {
    bar?.show(event)
    keeper.add(event)
    printEvent(event, workflow, { ...options, hasBar: bar !== undefined }, bar ? above(bar, terminal) : terminal)
  }
  bar?.clear()
  const result = await run.result
  const told = await keeper.end(result, (_, { name }) => {
    if (options.json !== true) terminal.out(`${resolve(options.out ?? 'output', name)}\n`)
  })
  printResult(result, told, new Set(Object.keys(workflow.results ?? {})), options, terminal)
  return result.state === 'succeeded' ? 0 : result.state === 'cancelled' ? 130 : 1
}

/** For a person at a terminal; programs and files get lines. */
function progressBar(workflow: Workflow, options: RunOptions, { error, columns }: Terminal): RunProgress | undefined {
  if (columns === undefined || options.json === true || options.quiet === true) return undefined
  return createRunProgress(error, (node) => titleOf(node, workflow), { columns })
}
/** Writes lines where the bar was; it is drawn again below them. */
function above(bar: RunProgress, terminal: Terminal): Terminal {
  const cleared = (write: (text: string) => void) => (text: string) => {
    bar.clear()
    write(text)
  }
  return { ...terminal, out: cleared(terminal.out), error: cleared(terminal.error) }
}

function printEvent(
  event: RunEvent,
  workflow: Workflow,
  options: RunOptions & { readonly hasBar: boolean },
  terminal: Terminal,
): void {
  if (options.json === true) {
    // The bytes of a picture are no text; that there was one is.
    const { bytes, ...preview } = event.type === 'node-preview' ? event.preview : { bytes: undefined }
    terminal.out(`${JSON.stringify(bytes ? { ...event, preview: { ...preview, bytes: bytes.length } } : event)}\n`)
    return
  }
  switch (event.type) {
    case 'node-progress':
      if (options.quiet !== true && !options.hasBar)
        terminal.error(`${titleOf(event.node, workflow)}: ${event.step} of ${event.steps}\n`)
      return
    case 'node-artifact':
      terminal.out(`${resolve(options.out ?? 'output', event.artifact.name)}\n`)
      return
    case 'node-finished':
      if (event.shown?.['text'] !== undefined) terminal.out(`${shownText(event.shown['text'])}\n`)
      return
    case 'node-warned':
      terminal.error(`${titleOf(event.node, workflow)}: warning: ${event.message}\n`)
      return
    case 'node-blocked':
      if (event.reason !== undefined) terminal.error(`${titleOf(event.node, workflow)} stopped: ${event.reason}\n`)
      return
    default:
  }
}

/** The end of a run; of results that the workflow does not name itself, what was kept and shown has been told. */
function printResult(
  result: RunResult,
  { results, used }: RunResults,
  named: ReadonlySet<string>,
  options: RunOptions,
  terminal: Terminal,
): void {
  const { ms, state } = result
  if (options.json === true) {
    const errors = state === 'failed' ? result.errors.map(errorReportOf) : []
    const failed = state === 'failed' ? { error: errorReportOf(result.error), errors } : {}
    const type = state === 'succeeded' ? 'result' : state
    terminal.out(`${JSON.stringify({ type, ...failed, results, used, ms })}\n`)
    return
  }
  switch (result.state) {
    case 'succeeded':
      for (const [name, value] of Object.entries(results))
        if (named.has(name)) terminal.out(`${name}: ${shownText(value)}\n`)
      if (options.quiet !== true && Object.keys(used).length > 0)
        terminal.error(
          `Used: ${Object.entries(used)
            .map(([name, value]) => `${name} ${shortText(value)}`)
            .join(', ')}\n`,
        )
      return
    case 'failed':
      for (const { message } of result.errors) terminal.error(`${message}\n`)
      return
    case 'cancelled':
      terminal.error('Cancelled.\n')
      return
    default:
      result satisfies never
  }
}

function titleOf(id: NodeId, workflow: Workflow): string {
  const type = Object.hasOwn(workflow.nodes, id) ? workflow.nodes[id]?.type : undefined
  return type === undefined ? id : `${type} (${id})`
}

function shownText(value: unknown): string {
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value.join('\n')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function shortText(value: unknown): string {
  const text = shownText(value).replaceAll(/\s+/g, ' ')
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
