import type { Command } from 'commander'
import { validateWorkflow, type NodeEstimate } from '@patchbay/engine'
import { createLocalHost, loadPacks, type LocalHostOptions, modelsOption } from './local-host.ts'
import { lineOf, openWorkflow, WorkflowRefused } from './open-workflow.ts'
import type { Terminal } from './run.ts'

export interface ValidateOptions extends LocalHostOptions {
  readonly nodePack?: readonly string[]
  readonly json?: boolean
  readonly estimate?: boolean
}

/**
 * `patchbay validate <workflow…>`: says everything that is wrong with workflows, and exits with 1 when anything is.
 */
export function addValidateCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  program
    .command('validate')
    .argument('<workflow...>', 'workflow files')
    .option('-m, --models <folder>', modelsOption)
    .option('-i, --input <folder>', 'where pictures are opened from (default: the current folder)')
    .option(
      '--node-pack <folder or package>',
      'load the nodes of a pack; may be repeated',
      (value, all: readonly string[] = []) => [...all, value],
    )
    .option(
      '--estimate',
      'tell what nodes will take: operations, memory and, once a run has shown how fast they are here, time',
    )
    .option('--json', 'print one JSON object a line for each file')
    .action(async (files: readonly string[], options: ValidateOptions) => {
      finish(await validateFiles(files, options, terminal()))
    })
}

/** Checks workflow files; resolves to the exit code. */
export async function validateFiles(
  files: readonly string[],
  { json, estimate, nodePack, ...options }: ValidateOptions,
  terminal: Terminal,
): Promise<number> {
  const { out, error } = terminal
  const definitions = await loadPacks(nodePack, terminal)
  let failed = 0
  const tell = (file: string, ok: boolean, lines: readonly string[], estimates?: readonly NodeEstimate[]): void => {
    if (json) out(`${JSON.stringify({ file, ok, lines, ...(estimates && { estimates }) })}\n`)
    else {
      for (const line of lines) error(`${file}: ${line}\n`)
      for (const one of estimates ?? []) out(`${file}: ${estimateLine(one)}\n`)
      if (ok) out(`${file}: fine\n`)
    }
  }
  for (const file of files) {
    try {
      const workflow = await openWorkflow(file)
      const { registry, services } = createLocalHost(options, definitions)
      const validated = await validateWorkflow(workflow, registry, {
        services,
        findFile: ({ folder, name }) => services.pathOf(folder, name),
      })
      if (!validated.ok) throw new WorkflowRefused(file, validated.issues.map(lineOf))
      tell(file, true, validated.warnings.map(lineOf), estimate ? validated.estimates : undefined)
    } catch (refused) {
      if (!(refused instanceof WorkflowRefused)) throw refused
      failed++
      tell(file, false, refused.lines)
    }
  }
  return failed === 0 ? 0 : 1
}

/** "Sample (node 4): 3.2 TFLOP, 1.4 GB, about 12 s here". */
export function estimateLine({ node, type, flops, bytes, seconds, attention = [] }: NodeEstimate): string {
  const short = (value: number): string => String(Number(value.toPrecision(2)))
  const parts = [
    ...(flops === undefined ? [] : [`${short(flops / 1e12)} TFLOP`]),
    ...(bytes === undefined ? [] : [`${short(bytes / 1e9)} GB of memory`]),
    ...attention.map(({ kind, pairs }) => `${pairs.toLocaleString('en')} pairs a call in ${kind} attention`),
    seconds === undefined ? 'time unknown until it has run here once' : `about ${short(seconds)} s here`,
  ]
  return `${type} (node ${node}): ${parts.join(', ')}`
}
