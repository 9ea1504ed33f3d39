import type { Command } from 'commander'
import { describeDiff, diffWorkflows, isSameGraph } from '@patchbay/engine/workflow'
import { openWorkflow } from './open-workflow.ts'
import type { Terminal } from './run.ts'

/**
 * `patchbay diff <from> <to>`: what two workflows differ in by meaning; exits with 1 when they compute something else.
 */
export function addDiffCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  program
    .command('diff')
    .argument('<from>', 'a workflow file')
    .argument('<to>', 'another')
    .option('--json', 'print JSON')
    .action(async (from: string, to: string, { json }: { readonly json?: boolean }) => {
      const diff = diffWorkflows(await openWorkflow(from), await openWorkflow(to))
      const lines = describeDiff(diff)
      terminal().out(json ? `${JSON.stringify(diff, null, 2)}\n` : lines.map((line) => `${line}\n`).join(''))
      finish(isSameGraph(diff) ? 0 : 1)
    })
}
