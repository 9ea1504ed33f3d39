import type { FailurePolicy } from '@patchbay/engine/workflow'
import type { Keep } from '../jobs/retention.ts'

export interface KeepOptions {
  readonly keepJobs?: string
  readonly keepDays?: string
  readonly keepSize?: string
}
/** An option whose value cannot be used: the command line is wrong, and nothing was done. */
export class WrongOption extends Error {
  override readonly name = 'WrongOption'
}

/** What of the history is kept, as options say it. */
export function keepOf({ keepJobs, keepDays, keepSize }: KeepOptions): Keep {
  return {
    ...(keepJobs === undefined ? {} : { keepJobs: countOf('--keep-jobs', keepJobs) }),
    ...(keepDays === undefined ? {} : { keepDays: countOf('--keep-days', keepDays, 100_000) }),
    ...(keepSize === undefined ? {} : { keepBytes: bytesOf('--keep-size', keepSize) }),
  }
}

export function countOf(option: string, text: string, most = Number.MAX_SAFE_INTEGER): number {
  const count = Number(text)
  if (text.trim() !== '' && Number.isInteger(count) && count >= 0 && count <= most) return count
  throw new WrongOption(`${option} takes a whole number${most < 1e6 ? ` from 0 to ${most}` : ''}, not "${text}".`)
}

/** `512MB`, `4 GiB`, `1000000`: a unit is a power of 1024 whichever way it is written. */
export function bytesOf(option: string, text: string): number {
  const [, amount, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(text) ?? []
  if (amount === undefined) throw new WrongOption(`${option} takes a size such as 512MB, 4GB or 0, not "${text}".`)
  return Math.floor(Number(amount) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' '))
}

/** `stop`, `skip`, `retry:2`, `retry:2,skip`: what is done when a node fails. */
export function failurePolicyOf(text: string): FailurePolicy {
  const [, times, end] = /^(?:retry:(\d{1,3})(?:,(?=.)|$))?(stop|skip)?$/.exec(text.trim()) ?? []
  const retries = Number(times ?? 0)
  if ((times === undefined && end === undefined) || retries > 100)
    throw new WrongOption(`--on-failure takes stop, skip, retry:<0 to 100> or retry:<0 to 100>,skip, not "${text}".`)
  const then: Pick<FailurePolicy, 'then'> = end === 'stop' || end === 'skip' ? { then: end } : {}
  return { ...(retries > 0 ? { retries } : {}), ...then }
}
