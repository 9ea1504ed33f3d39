import { Command, CommanderError } from 'commander'
import { ApiError } from '@patchbay/client'
import { addBenchCommand } from './bench.ts'
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
import { version } from '../version.ts'

// Set before any command is added: they take it over.
const program = new Command('patchbay')
  .description('A typed node-graph workflow engine for generative images.')
  .version(version)
  .exitOverride()

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
addBenchCommand(program, createTerminal, finish)
addDoctorCommand(program, createTerminal, finish)

try {
  await program.parseAsync()
} catch (error) {
  // Commander has written what is wrong with the command line, or the help that was asked for.
  if (error instanceof CommanderError) finish(error.exitCode === 0 ? 0 : 2)
  else {
    process.stderr.write(messageOf(error))
    finish(1)
  }
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
    ...(process.stderr.isTTY ? { columns: process.stderr.columns } : {}),
  }
}

/** Sets the exit code and lets what is written come out. */
function finish(code: number): void {
  process.exitCode = code
}

function messageOf(error: unknown): string {
  if (error instanceof WorkflowRefused) return `${error.message}\n${error.lines.map((line) => `  ${line}\n`).join('')}`
  if (error instanceof ApiError) {
    const lines = [error.message, ...(error.hint === undefined ? [] : [error.hint])]
    return lines.map((line) => `${line}\n`).join('')
  }
  return `${error instanceof Error ? error.message : String(error)}\n`
}
