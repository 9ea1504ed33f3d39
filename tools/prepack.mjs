// `npm pack` and `npm publish` in a package: builds it from nothing, so that no output of a source that is gone is packed.
import { cpSync, existsSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compile, must, root } from './workspace.mjs'

const folder = process.cwd()
rmSync(join(folder, 'dist'), { recursive: true, force: true })
await must('The build', ...compile(folder))
// The server brings the workflows that ship; in the repository they stand beside the packages.
if (basename(folder) === 'server') {
  const isOfUsers = (path) => !path.endsWith('.test.json')
  cpSync(join(root, 'workflows'), join(folder, 'workflows'), { recursive: true, filter: isOfUsers })
  if (!existsSync(join(folder, 'workflows/text-to-image.json'))) throw new Error('The workflows could not be copied.')
}
