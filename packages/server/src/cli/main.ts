import { Command } from 'commander'
import { addClientTypesCommand } from './client-types.ts'
import { addConvertCommand } from './convert.ts'
import { addDiffCommand } from './diff.ts'
import { addDoctorCommand } from './doctor.ts'
import { addJobsCommand } from './jobs.ts'
import { addModelsCommand } from './models.ts'
import { addNodesCommand } from './nodes.ts'
import { WorkflowRefused } from './open-workflow.ts'
import { addRunCommand, type Terminal } from './run.ts'
import { addServeCommand } from './serve.ts'
import { addTestCommand } from './test.ts'
import { addValidateCommand } from './validate.ts'

const program = new Command('patchbay').description('A typed node-graph workflow engine for generative images.')

addRunCommand(program, createTerminal, finish)
addValidateCommand(program, createTerminal, finish)
addTestCommand(program, createTerminal, finish)
addServeCommand(program)
addJobsCommand(program, createTerminal, finish)
addModelsCommand(program, createTerminal, finish)
addNodesCommand(program, createTerminal, finish)
addConvertCommand(program, createTerminal, finish)
addDiffCommand(program, createTerminal, finish)
addClientTypesCommand(program, createTerminal, finish)
addDoctorCommand(program, createTerminal, finish)

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(messageOf(error))
  finish(1)
}

function createTerminal(): Terminal {
  const controller = new AbortController()
  process.once('SIGINT', () => {
    controller.abort(new Error('interrupted'))
  })
  return {
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    signal: controller.signal,
  }
}

/** Sets the exit code and lets what is written come out. */
function finish(code: number): void {
  process.exitCode = code
}

function messageOf(error: unknown): string {
  if (error instanceof WorkflowRefused) return `${error.message}\n${error.lines.map((line) => `  ${line}\n`).join('')}`
  return `${error instanceof Error ? error.message : String(error)}\n`
}
