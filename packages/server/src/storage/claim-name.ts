import { copyFile, link } from 'node:fs/promises'

/**
 * Makes a whole file appear under a name that nothing has yet; false, and nothing done, where something has. A hard
 * link costs no space; where there are none it is a copy. Either way two who want the same name at once never both get
 * it.
 */
export async function claimName(source: string, target: string): Promise<boolean> {
  const codeOf = (error: NodeJS.ErrnoException) => error.code
  const linked = await link(source, target).then(() => undefined, codeOf)
  if (linked === undefined) return true
  if (linked === 'EEXIST') return false
  const copied = await copyFile(source, target, 1).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  )
  if (copied === undefined) return true
  if (copied.code === 'EEXIST') return false
  throw copied
}
