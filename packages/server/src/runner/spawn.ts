import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runnerEnvironment } from './runner-environment.ts'

/** Starts a runner process: from TypeScript sources when this file is one, from the build otherwise. */
export function spawnRunner(env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts')
  const entry = fileURLToPath(new URL(fromSource ? '../runner-process.ts' : '../runner-process.js', import.meta.url))
  const loader = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return fork(entry, [], {
    serialization: 'advanced',
    execArgv: fromSource ? ['--conditions=patchbay-source', '--import', loader()] : [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...runnerEnvironment(env), NODE_OPTIONS: '' },
  })
}
