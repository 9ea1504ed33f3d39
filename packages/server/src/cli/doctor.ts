import { access, constants, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Command } from 'commander'
import { chooseDevice, cpuDevice, totalMemory } from '@patchbay/nodes'
import { createConfig } from '../config.ts'
import type { RunnerOptions } from '../runner/messages.ts'
import { Runner } from '../runner/runner.ts'
import { spawnRunner } from '../runner/spawn.ts'
import type { Terminal } from './run.ts'
import { messageOf } from '../message-of.ts'

interface Finding {
  readonly ok: boolean
  readonly text: string
}

/** `patchbay doctor`: whether this machine can run it, and if not, why and what helps. */
export function addDoctorCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  program
    .command('doctor')
    .option('--data-directory <folder>', 'the data directory to check')
    .option('--json', 'print JSON')
    .action(async ({ dataDirectory, json }: { readonly dataDirectory?: string; readonly json?: boolean }) => {
      const { out } = terminal()
      const config = createConfig({ dataDirectory })
      const findings = [
        nodeVersion(),
        memory(),
        await writable(config.dataDirectory),
        await port(config.port),
        await editor(config.editorDirectory),
        await device(),
        await runner({
          ...config,
          precision: 'exact',
          role: 'device',
          device: cpuDevice,
          builtIn: true,
          artifactDirectory: config.tempDirectory,
          memoDirectory: config.tempDirectory,
          memoDiskBytes: 0,
          workDirectory: config.tempDirectory,
        }),
      ]
      if (json) out(`${JSON.stringify(findings, null, 2)}\n`)
      else for (const { ok, text } of findings) out(`${ok ? 'ok  ' : 'bad '} ${text}\n`)
      finish(findings.every(({ ok }) => ok) ? 0 : 1)
    })
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 19)
  return { ok, text: `Node ${process.versions.node}${ok ? '' : ': 20.19 or later is needed'}` }
}
function memory(): Finding {
  const gibibytes = totalMemory() / 2 ** 30
  const ok = gibibytes >= 4
  return { ok, text: `${gibibytes.toFixed(1)} GiB of memory${ok ? '' : ': 4 GiB or more are needed'}` }
}
async function writable(directory: string): Promise<Finding> {
  try {
    await access(directory, constants.W_OK)
    const { bavail, bsize } = await statfs(directory)
    const free = (bavail * bsize) / 2 ** 30
    const ok = free >= 2
    return { ok, text: `${directory} can be written, ${free.toFixed(1)} GiB are free${ok ? '' : ': make room'}` }
  } catch {
    return { ok: true, text: `${directory} will be made at the first start` }
  }
}
async function port(number: number): Promise<Finding> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => {
      resolve({ ok: true, text: `port ${number} is taken: a server runs, or choose another with --port` })
    })
    probe.listen(number, '127.0.0.1', () => {
      probe.close(() => {
        resolve({ ok: true, text: `port ${number} is free` })
      })
    })
  })
}
async function editor(directory: string | undefined): Promise<Finding> {
  return directory === undefined
    ? { ok: false, text: 'the editor is not built: run `npm run build`' }
    : { ok: true, text: 'the editor is built' }
}
/** What `--device auto` takes, and why not the others. */
async function device(): Promise<Finding> {
  const { device: chosen, reports } = await chooseDevice('auto')
  const reasons = reports.map(({ provider, reason }) => `     ${provider}: ${reason}`).join('\n')
  return { ok: true, text: `models run on ${chosen.name}, with ${chosen.attention} attention\n${reasons}` }
}
async function runner(options: RunnerOptions): Promise<Finding> {
  const limits = {
    cancelGraceMs: 100,
    stallMs: 60_000,
    startMs: 60_000,
    packMs: 20_000,
    checkMs: 10_000,
    recycleBytes: Infinity,
    recycleMs: Infinity,
  }
  let nodes = 0
  let problem: string | undefined
  const quiet = () => undefined
  const started = new Runner(options, spawnRunner, limits, {
    onReady: (message) => {
      nodes = message.manifest.nodes.length
    },
    onRunEvents: quiet,
    onEnded: quiet,
    onLog: (level, message) => {
      if (level === 'error') problem = message
    },
  })
  const begin = Date.now()
  await started.whenReady().catch((error: unknown) => {
    problem = messageOf(error)
  })
  await started.close()
  if (nodes === 0) return { ok: false, text: `the runner process does not start: ${problem ?? 'it says nothing'}` }
  return { ok: true, text: `the runner process starts in ${Date.now() - begin} ms with ${nodes} nodes` }
}
