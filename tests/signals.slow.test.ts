import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

const workspace = pathToFileURL(join(import.meta.dirname, '../tools/workspace.mjs')).href

/** A package whose `npm start` runs a long command as `tools/start.mjs` runs the server. */
function startingPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-signals-'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'x', scripts: { start: 'node start.mjs' } }))
  writeFileSync(
    join(folder, 'start.mjs'),
    `import { run, stopWithNpm } from ${JSON.stringify(workspace)}
stopWithNpm()
process.exit(await run(process.execPath, ['command.mjs'], { cwd: import.meta.dirname }))`,
  )
  writeFileSync(
    join(folder, 'command.mjs'),
    `import { writeFileSync } from 'node:fs'
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {
  writeFileSync('heard', signal)
  process.exit(0)
})
writeFileSync('running', String(process.pid))
setInterval(() => {}, 1_000)`,
  )
  return folder
}
const written = (folder: string, name: string): string => {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch {
    return ''
  }
}
async function started(folder: string, command: string, ...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore' })
  await expect.poll(() => written(folder, 'running'), { timeout: 60_000 }).not.toBe('')
  return child
}

test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
  '%s to the starter reaches what it started, and the starter ends after it',
  async (signal) => {
    const folder = startingPackage()
    const starter = await started(folder, process.execPath, 'start.mjs')
    starter.kill(signal)
    const [code] = (await once(starter, 'exit')) as [number]
    expect([code, written(folder, 'heard')]).toEqual([0, signal])
  },
)

test('SIGTERM to npm start ends what it started, though the shell in between does not pass it on', async () => {
  const folder = startingPackage()
  const npm = await started(folder, 'npm', 'start')
  npm.kill('SIGTERM')
  await expect.poll(() => written(folder, 'heard'), { timeout: 20_000 }).toMatch(/^SIG/)
})
