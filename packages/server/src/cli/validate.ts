import type { Command } from 'commander'
import { validateWorkflow } from '@patchbay/engine'
import { createLocalHost, loadPacks, type LocalHostOptions } from './local-host.ts'
import { lineOf, openWorkflow, WorkflowRefused } from './open-workflow.ts'
import type { Terminal } from './run.ts'

export interface ValidateOptions extends LocalHostOptions {
  readonly nodePack?: readonly string[]
  readonly json?: boolean
}

/** `patchbay validate <workflow…>`: says everything that is wrong with workflows, and exits with 1 when anything is. */
export function addValidateCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  program
    .command('validate')
    .description('Check workflows and print everything that is wrong with them.')
    .argument('<workflow...>', 'workflow files')
    .option('-m, --models <folder>', 'where checkpoints/, loras/ and the other model folders are (default: ./models)')
    .option('-i, --input <folder>', 'where pictures are opened from (default: the current folder)')
    .option(
      '--node-pack <folder or package>',
      'load the nodes of a pack; may be repeated',
      (value, all: readonly string[] = []) => [...all, value],
    )
    .option('--json', 'print one JSON object a line for each file')
    .action(async (files: readonly string[], options: ValidateOptions) => {
      finish(await validateFiles(files, options, terminal()))
    })
}

/** Checks workflow files; resolves to the exit code. */
export async function validateFiles(
  files: readonly string[],
  { json, nodePack, ...options }: ValidateOptions,
  terminal: Terminal,
): Promise<number> {
  const { out, error } = terminal
  const definitions = await loadPacks(nodePack, terminal)
  let failed = 0
  const tell = (file: string, ok: boolean, lines: readonly string[]): void => {
    if (json) out(`${JSON.stringify({ file, ok, lines })}\n`)
    else {
      for (const line of lines) error(`${file}: ${line}\n`)
      if (ok) out(`${file}: fine\n`)
    }
  }
  for (const file of files) {
    try {
      const workflow = await openWorkflow(file)
      const { registry, services } = createLocalHost(options, definitions)
      const validated = await validateWorkflow(workflow, registry, { services })
      if (!validated.ok) throw new WorkflowRefused(file, validated.issues.map(lineOf))
      tell(file, true, validated.warnings.map(lineOf))
    } catch (refused) {
      if (!(refused instanceof WorkflowRefused)) throw refused
      failed += 1
      tell(file, false, refused.lines)
    }
  }
  return failed === 0 ? 0 : 1
}
