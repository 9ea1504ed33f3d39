import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
/** The folder of a package, wherever npm put it; in this repository, its workspace. */
const folderOf = (name: string): string => dirname(require.resolve(`${name}/package.json`))

/** The editor's built page; there is none before `npm run build`. */
export const editorBuild = join(folderOf('@patchbay/editor'), 'dist')
/** What the workflows that ship made when they were run. */
export const templatePictures = join(folderOf('@patchbay/editor'), 'pictures')
/** Models and pictures that ship, by folder as in a models folder. */
export const bundledFiles = join(folderOf('@patchbay/nodes'), 'assets')

// The package carries a copy of the repository's workflows, made when it is packed.
const packed = fileURLToPath(new URL('../workflows', import.meta.url))
/** The workflows that ship. */
export const shippedWorkflows = existsSync(packed)
  ? packed
  : fileURLToPath(new URL('../../../workflows', import.meta.url))
