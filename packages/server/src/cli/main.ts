import { Command, CommanderError } from 'commander'
import { ApiError } from '@patchbay/client'
import type { Terminal } from './run.ts'
import { withoutComfyFlags } from '../surfaces/comfy/start-flags.ts'
import { version } from '../version.ts'
import { WrongOption } from './option-values.ts'
import { systemErrorSentence } from '../storage/system-errors.ts'
import { WorkflowRefused } from './workflow-refused.ts'
import { messageOf } from '../message-of.ts'

type AddCommand = (program: Command, terminal: () => Terminal, finish: (code: number) => void) => void

/**
 * Every command with what it is for. Its module is loaded only when it is called: some bring native code, and help
 * brings none.
 */
const commands: { readonly [name: string]: readonly [description: string, load: () => Promise<AddCommand>] } = {
  run: ['Run a workflow without a server and print its results.', async () => (await import('./run.ts')).addRunCommand],
  validate: [
    'Check workflows and print everything that is wrong with them.',
    async () => (await import('./validate.ts')).addValidateCommand,
  ],
  test: [
    'Run workflows and check their scores and pictures against the test files beside them (<name>.test.json).',
    async () => (await import('./test.ts')).addTestCommand,
  ],
  serve: ['Start the server and the editor.', async () => (await import('./serve.ts')).addServeCommand],
  jobs: ["Look after a server's jobs.", async () => (await import('./jobs.ts')).addJobsCommand],
  models: ["Look after a server's model files.", async () => (await import('./models.ts')).addModelsCommand],
  nodes: ['List the nodes, or show one.', async () => (await import('./nodes.ts')).addNodesCommand],
  convert: [
    "Turn ComfyUI's workflows (API or editor format, or a PNG or WebP that carries one) into ours, or ours into theirs.",
    async () => (await import('./convert.ts')).addConvertCommand,
  ],
  diff: [
    'Compare two workflows by meaning; exit code 1 when they compute something else.',
    async () => (await import('./diff.ts')).addDiffCommand,
  ],
  'client-types': [
    'Write a typed function that runs a workflow on a server.',
    async () => (await import('./client-types.ts')).addClientTypesCommand,
  ],
  bench: [
    'Run a workflow several times, reusing nothing, and say how long it takes.',
    async () => (await import('./bench.ts')).addBenchCommand,
  ],
  doctor: ['Check this machine and say what is wrong.', async () => (await import('./doctor.ts')).addDoctorCommand],
}

process.on('uncaughtException', (error) => {
  process.stderr.write(sentenceOf(error))
  process.exit(1)
})

// The reader has closed the pipe, as `| head -1` does: the work ends with the code of a closed pipe, without a message.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(141)
  process.stderr.write(sentenceOf(error))
  process.exit(1)
})

// Set before any command is added: they take it over.
const program = new Command('patchbay')
  .description('A typed node-graph workflow engine for generative images.')
  .version(version)
  .exitOverride()

try {
  const called = process.argv.slice(2).find((word, index) => !(index === 0 && word === 'help'))
  for (const [name, [description, load]] of Object.entries(commands)) {
    if (name === called) (await load())(program, createTerminal, finish)
    else program.command(name)
    program.commands.at(-1)?.description(description)
  }
  await program.parseAsync(called === 'serve' ? startArguments(process.argv) : process.argv)
} catch (error) {
  // Commander has written what is wrong with the command line, or the help that was asked for.
  if (error instanceof CommanderError) finish(error.exitCode === 0 ? 0 : 2)
  else {
    process.stderr.write(sentenceOf(error))
    finish(error instanceof WrongOption ? 2 : 1)
  }
}

/** What scripts that start ComfyUI say, as far as this server has it. */
function startArguments([node = '', script = '', ...given]: readonly string[]): readonly string[] {
  const { args, ignored } = withoutComfyFlags(given)
  for (const flag of ignored)
    process.stderr.write(`Warning: ${flag} of ComfyUI is ignored; this server has no such flag.\n`)
  return [node, script, ...args]
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

function sentenceOf(error: unknown): string {
  if (error instanceof WorkflowRefused) return `${error.message}\n${error.lines.map((line) => `  ${line}\n`).join('')}`
  if (error instanceof ApiError) {
    const lines = [error.message, ...(error.hint === undefined ? [] : [error.hint])]
    return lines.map((line) => `${line}\n`).join('')
  }
  return `${systemErrorSentence(error) ?? messageOf(error)}\n`
}
