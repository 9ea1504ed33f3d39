// What every command of this repository needs before it can run: installed packages and a current build.
// Plain Node, no dependencies: it runs before anything is installed.
import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFile = join(root, 'node_modules/.cache/installed-lock')

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a command with inherited output; resolves to its exit code. Whoever stops this process means the command: it gets the
 * signal, and this process stays until it has ended.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32', ...options })
    const pass = (signal) => child.kill(signal)
    for (const signal of passedOn) process.on(signal, pass)
    const settle = () => {
      for (const signal of passedOn) process.off(signal, pass)
    }
    child.once('error', (error) => {
      settle()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      settle()
      resolve(code ?? (signal ? 128 + (constants.signals[signal] ?? 0) : 1))
    })
  })
}

/**
 * npm runs a command through a shell, which does not pass on the signal that ends it: this process then has another parent, and
 * ends as that signal would have ended it.
 */
export function stopWithNpm() {
  if (!process.env.npm_command) return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, 250).unref()
}

/** Runs a command, or ends this process with a sentence that says what failed. */
export async function must(what, command, args, options) {
  const code = await run(command, args, options)
  if (code !== 0) {
    console.error(`\n${what} failed (exit code ${code}). The lines above say why.`)
    process.exit(code)
  }
}

/**
 * Checks and builds with TypeScript 7, several times as fast as 6. The package `typescript` stays 6 for typescript-eslint,
 * which does not take 7 yet; both name their command `tsc`, so this names the file.
 */
export function compile(...args) {
  return [process.execPath, [join(root, 'node_modules/typescript7/bin/tsc'), '-b', ...args]]
}

export function bin(name) {
  return join(root, 'node_modules/.bin', name)
}

function requireNode20() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(
    `Patchbay needs Node 20.19 or later; this is Node ${process.versions.node}. Get a current one from nodejs.org.`,
  )
  process.exit(1)
}

/** Installs the packages named in package-lock.json, unless exactly these are installed already. */
export async function ensureInstalled() {
  requireNode20()
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lock) return
  console.error('Installing packages (first run, or package-lock.json changed) …')
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const code = await run('npm', ['ci', ...quiet], { stdio: ['ignore', 'ignore', 'inherit'] })
  if (code !== 0) {
    console.error(
      '\nThe npm packages could not be installed: the lines above say which and why. ' +
        'Check the network or the proxy (npm config get registry), then run the same command again.',
    )
    process.exit(1)
  }
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, lock)
}
