import { writeFile } from 'node:fs/promises'

/** What the system refused, in a sentence that says what helps; undefined for errors of another kind. */
export function systemErrorSentence(error: unknown, path?: string): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  const named = path ?? ('path' in error && typeof error.path === 'string' ? error.path : undefined)
  const place = named ?? 'where the output goes'
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `No space is left on the disk of ${place}: free some, or name another place.`
    case 'EFBIG':
      return `What is written to ${place} grows past the size that files may have here.`
    case 'EACCES':
    case 'EPERM':
      return `The permissions of ${place} do not allow it: mend them, or name another place.`
    case 'EROFS':
      return `The disk of ${place} can only be read: name another place.`
    case 'ENOENT':
      return `There is no ${place}: is a folder on the way missing or misspelt?`
    case 'EISDIR':
      return `${place} is a folder; name a file.`
    case 'ENOTDIR':
    case 'EEXIST':
      return `${place} cannot be made: a file of that name, or of a folder on the way, is there already.`
    default:
      return undefined
  }
}

/** What `keep` gives; where the system refuses, throws a sentence that names the folder that it keeps things in. */
export async function inFolder<T>(folder: string, keep: () => Promise<T>): Promise<T> {
  try {
    return await keep()
  } catch (error) {
    const sentence = systemErrorSentence(error, folder)
    if (sentence === undefined) throw error
    throw new Error(sentence, { cause: error })
  }
}

/** Writes the output of a command to a file. Throws a sentence when the file cannot be written. */
export const writeOutput = (path: string, text: string): Promise<void> => inFolder(path, () => writeFile(path, text))
