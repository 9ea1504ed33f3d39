import { realpath } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { Failure } from '../failure.ts'

/** In bytes of UTF-8, as file systems count; a part keeps room for what is put behind a name: ` (1)`, `.part.tag`. */
const [longestName, longestPart] = [1024, 240]
const reservedOnWindows = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** Whether every part of a relative path, with `/` between parts, is a plain name. */
export function isPlainPath(name: string): boolean {
  if (name === '' || Buffer.byteLength(name) > longestName) return false
  return name
    .split('/')
    .every(
      (part) =>
        part !== '' &&
        part !== '.' &&
        part !== '..' &&
        Buffer.byteLength(part) <= longestPart &&
        !/[\\:\u0000-\u001f\u007f]/.test(part) &&
        !reservedOnWindows.test(part) &&
        !/[. ]$/.test(part),
    )
}

/**
 * The absolute path of `name` below `root`; throws `forbidden-path` for anything that leaves it, by its name or through
 * a symlink of any folder on the way. The file itself need not exist.
 */
export async function confinedPath(root: string, name: string): Promise<string> {
  if (!isPlainPath(name)) throw outside()
  const path = join(root, ...name.split('/'))
  const [realRoot, real] = await Promise.all([realpathOfExisting(root), realpathOfExisting(path)])
  const rest = relative(realRoot, real)
  if (rest === '..' || rest.startsWith(`..${sep}`) || rest.startsWith('/')) throw outside()
  return path
}

const outside = (): Failure =>
  new Failure('forbidden-path', 'The name does not stay inside its folder.', {
    hint: 'Give a relative path of plain names with "/" between them.',
  })

/** `path` with every symlink of its existing part resolved. One that leads to itself stays nowhere. */
async function realpathOfExisting(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP') throw outside()
    if (!isMissing(error) || dirname(path) === path) throw error
    return join(await realpathOfExisting(dirname(path)), path.slice(dirname(path).length))
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
