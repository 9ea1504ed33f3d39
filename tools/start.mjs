// npm start: installs what is missing, builds what has changed, and serves the API and the editor. Arguments go to `patchbay serve`.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { compile, ensureInstalled, must, root, run, stopWithNpm } from './workspace.mjs'

const stampFile = join(root, 'node_modules/.cache/built-sources')

stopWithNpm()
await ensureInstalled()
await ensureBuilt()
const code = await run(process.execPath, [
  join(root, 'packages/server/bin/patchbay.js'),
  'serve',
  ...process.argv.slice(2),
])
process.exit(code)

/** Builds unless every source is as it was at the last build. */
async function ensureBuilt() {
  const sources = stampOf(['packages', 'tsconfig.base.json', 'tsconfig.json', 'package-lock.json'])
  const isBuilt =
    existsSync(join(root, 'packages/server/dist/cli/main.js')) &&
    existsSync(join(root, 'packages/editor/dist/index.html'))
  if (isBuilt && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sources) return
  console.error('Building (first run, or sources changed) …')
  // The page is built from the sources of the packages, so neither build waits for the other.
  await Promise.all([
    must('The build', ...compile(...packagesBuilt())),
    must('The build of the editor', 'npm', ['run', '--silent', 'build', '-w', '@patchbay/editor']),
  ])
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, sources)
}

/** What the server runs; tests are not built to start it. */
function packagesBuilt() {
  return ['engine', 'onnx', 'nodes', 'client', 'server'].map((name) => `packages/${name}`)
}

/** Names, sizes and times of all sources: anything that a build could depend on. */
function stampOf(places) {
  const hash = createHash('sha256')
  const add = (path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found) return
    if (!found.isDirectory()) {
      hash.update(`${relative(root, path)} ${found.size} ${found.mtimeMs}\n`)
      return
    }
    for (const entry of readdirSync(path).sort()) {
      if (!['dist', 'node_modules', 'assets', 'bench', '.cache'].includes(entry)) add(join(path, entry))
    }
  }
  for (const place of places) add(join(root, place))
  return hash.digest('hex')
}
