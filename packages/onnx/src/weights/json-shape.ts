import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { elementCountOf } from '../tensor/dtype.ts'
import { fileOrigin } from './byte-origin.ts'
import { repeatedKey } from './json-keys.ts'
import { WeightError } from './weight-error.ts'

/** A whole number from 0 that JavaScript holds exactly. */
export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** More axes than any tensor has; a list of millions of sizes is an attack. */
const maxRank = 64

/** A list of sizes whose product is exact. */
export const isStaticSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= maxRank && value.every(isCount) && Number.isSafeInteger(elementCountOf(value))

/** What a file says, for a message: short, whatever it is. */
export function showJson(value: unknown): string {
  try {
    const text = JSON.stringify(value)
    return text.length > 80 ? `${text.slice(0, 80)}…` : text
  } catch {
    // Nested so deeply that writing it out would exhaust the stack.
    return 'something nested beyond measure'
  }
}

/** No honest index or manifest comes near it. */
const maxJsonBytes = 256 * 2 ** 20

/** Parses a JSON file; refuses one in which an object has a key twice, since it can be read in two ways. */
export function readJson(path: string): unknown {
  const name = basename(path)
  const origin = fileOrigin(path)
  if (origin.size > maxJsonBytes) {
    throw new WeightError('refused', `${name} has ${origin.size} bytes; no honest index has more than ${maxJsonBytes}`)
  }
  const text = new TextDecoder().decode(origin.read(0, origin.size))
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new WeightError('malformed', `${name} is not JSON: ${reason}`, { cause })
  }
  const repeated = repeatedKey(text)
  if (repeated !== undefined) throw new WeightError('malformed', `${name}: the name "${repeated}" stands twice in it`)
  return parsed
}

/** Whether a path that a file names stays in that file's folder or below, on every system. */
export const staysInFolder = (path: string): boolean =>
  path !== '' && !isAbsolute(path) && !/^[/\\]|^[a-z]:|\0/i.test(path) && !path.split(/[/\\]/).includes('..')

/**
 * The path of the file that `owner` names as `path`; undefined where it lies outside the owner's folder, also by way of
 * a link. Both may be links into one folder elsewhere, as in the caches that hubs keep.
 */
export function fileBeside(owner: string, path: string): string | undefined {
  if (!staysInFolder(path)) return undefined
  const file = join(dirname(owner), path)
  if (!existsSync(file)) return file
  const real = realpathSync(file)
  const homes = [realpathSync(dirname(owner)), dirname(realpathSync(owner))]
  const isBelow = (home: string): boolean => {
    const way = relative(home, real)
    return !isAbsolute(way) && way.split(sep)[0] !== '..'
  }
  return homes.some(isBelow) ? file : undefined
}
