import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { version } from '../version.ts'

/**
 * The folder of results that nodes of exactly this code computed on this device. What other code left is removed: a
 * result must never outlive a change of the node that made it, and a pack's author changes nodes without raising their
 * version.
 */
export async function diskMemoFolder(root: string, device: string, codeFolders: readonly string[]): Promise<string> {
  const own = `${device.replaceAll(/\W/g, '-')}.`
  const name = own + (await codeStamp(codeFolders))
  const there = existsSync(root) ? await readdir(root) : []
  for (const other of there) {
    if (other.startsWith(own) && other !== name) await rm(join(root, other), { recursive: true, force: true })
  }
  return join(root, name)
}

/** Changes with the version of Patchbay, and with the name, size or time of any file of code. */
async function codeStamp(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(version)
  for (const folder of [...folders].sort()) {
    for (const name of (await readdir(folder, { recursive: true })).sort()) {
      if (/(^|[/\\])node_modules([/\\]|$)/.test(name) || !/\.(c|m)?[jt]sx?$/.test(name)) continue
      const { size, mtimeMs } = await stat(join(folder, name))
      hash.update(`${name}\n${size}\n${mtimeMs}\n`)
    }
  }
  return hash.digest('hex').slice(0, 16)
}
