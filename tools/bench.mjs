// npm run bench -- <name> [--json]: runs packages/*/bench/<name>.bench.ts, or lists what there is.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, root, run } from './workspace.mjs'

await ensureInstalled()
const [name, ...rest] = process.argv.slice(2)
const benches = new Map()
for (const pkg of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', pkg, 'bench')
  if (!existsSync(folder)) continue
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.bench.ts')) continue
    const own = file.slice(0, -'.bench.ts'.length)
    benches.set(own, [...(benches.get(own) ?? []), join(folder, file)])
  }
}
const files = benches.get(name)
if (!files) {
  const known = [...benches.keys()].sort().join(', ')
  console.error(
    `${name ? `There is no benchmark "${name}".` : 'Which benchmark?'} npm run bench -- <name> [--json]; names: ${known}`,
  )
  process.exit(2)
}
// Packages may each measure their part of one thing.
let worst = 0
for (const file of files) {
  const args = ['--expose-gc', '--conditions=patchbay-source', '--import', 'tsx', file, ...rest]
  worst = Math.max(worst, await run(process.execPath, args))
}
process.exit(worst)
