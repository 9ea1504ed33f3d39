import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Starts the process of a session host: from TypeScript sources where this file is one, else from the build. */
export function spawnHost(): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts')
  const entry = fileURLToPath(new URL(fromSource ? './host-process.ts' : './host-process.js', import.meta.url))
  const loader = (): string => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return fork(entry, [], {
    serialization: 'advanced',
    execArgv: fromSource ? ['--conditions=patchbay-source', '--import', loader()] : [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
}
