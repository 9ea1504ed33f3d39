import type { Command } from 'commander'
import { validateWorkflow } from '@patchbay/engine'
import { createLocalHost, type LocalHostOptions } from './local-host.ts'
import { lineOf, openWorkflow, WorkflowRefused } from './open-workflow.ts'
import type { Terminal } from './run.ts'

/** `patchbay validate <workflow…>`: says everything that is wrong with workflows, and exits with 1 when anything is. */
export function addValidateCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  program
    .command('validate')
    .description('Check workflows and print everything that is wrong with them.')
    .argument('<workflow...>', 'workflow files')
    .option('-m, --models <folder>', 'where checkpoints/, loras/ and the other model folders are (default: ./models)')
    .option('-i, --input <folder>', 'where pictures are opened from (default: the current folder)')
    .action(async (files: readonly string[], options: LocalHostOptions) => {
      finish(await validateFiles(files, options, terminal()))
    })
}

/** Checks workflow files; resolves to the exit code. */
export async function validateFiles(
  files: readonly string[],
  options: LocalHostOptions,
  { out, error }: Terminal,
): Promise<number> {
  let failed = 0
  for (const file of files) {
    try {
      const workflow = await openWorkflow(file)
      const { registry, services } = createLocalHost(options)
      const validated = await validateWorkflow(workflow, registry, { services })
      if (!validated.ok) throw new WorkflowRefused(file, validated.issues.map(lineOf))
      for (const warning of validated.warnings) error(`${file}: ${lineOf(warning)}\n`)
      out(`${file}: fine\n`)
    } catch (refused) {
      if (!(refused instanceof WorkflowRefused)) throw refused
      failed += 1
      for (const line of refused.lines) error(`${file}: ${line}\n`)
    }
  }
  return failed === 0 ? 0 : 1
}
