import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { claimName } from './claim-name.ts'
import { hashOfFile } from './model-detail.ts'
import { confinedPath } from './safe-path.ts'
import type { SniffedType } from './sniff.ts'

/** The name with the extension of its content. */
export function withExtension(name: string, type: SniffedType): string {
  const same = type.extension === 'jpg' ? ['.jpg', '.jpeg'] : [`.${type.extension}`]
  const extension = extname(name)
  if (same.includes(extension.toLowerCase())) return name
  return `${name.slice(0, name.length - extension.length) || 'upload'}.${type.extension}`
}

/**
 * Writes a file whole, and then gives it the first name that is free or has this content already. Each of many who keep
 * files of one name at once gets a name of its own.
 */
export async function keepUnder(
  root: string,
  name: string,
  content: { readonly bytes: Uint8Array; readonly hash: string },
  overwrite: boolean,
): Promise<string> {
  const folder = dirname(await confinedPath(root, name))
  await mkdir(folder, { recursive: true })
  const temporary = join(folder, `.upload-${randomUUID()}`)
  try {
    await writeFile(temporary, content.bytes, { flag: 'wx' })
    if (overwrite) {
      await rename(temporary, await confinedPath(root, name))
      return name
    }
    for (const candidate of candidates(name)) {
      const path = await confinedPath(root, candidate)
      if ((await claimName(temporary, path)) || (await hasContent(path, content))) return candidate
    }
    throw new Error(`No name is free for ${name}.`)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** `fox.png`, `fox (1).png`, `fox (2).png` and so on. */
function* candidates(name: string): Generator<string> {
  const extension = extname(name)
  const stem = name.slice(0, name.length - extension.length)
  yield name
  for (let index = 1; ; index++) yield `${stem} (${index})${extension}`
}

async function hasContent(path: string, { bytes, hash }: { bytes: Uint8Array; hash: string }): Promise<boolean> {
  const stats = await stat(path)
  return stats.isFile() && stats.size === bytes.length && (await hashOfFile(path)) === hash
}
