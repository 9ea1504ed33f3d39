import { readFileSync } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import { elementCountOf } from '../tensor/dtype.ts'
import { WeightError } from './weight-error.ts'

/** A whole number from 0 that JavaScript holds exactly. */
export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A list of sizes whose product is exact. */
export const isStaticSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every(isCount) && Number.isSafeInteger(elementCountOf(value))

export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new WeightError('unreadable', `${basename(path)} cannot be read: ${reason}`, { cause })
  }
}

/** Whether a path that a file names stays in that file's folder or below, on every system. */
export const staysInFolder = (path: string): boolean =>
  path !== '' && !isAbsolute(path) && !/^[/\\]|^[a-z]:/i.test(path) && !path.split(/[/\\]/).includes('..')
