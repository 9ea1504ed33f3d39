import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** How fast this device has done work of a kind, from what was measured: estimates of time rest on it. */
export interface Calibration {
  /** Work a second of this kind; undefined until some of it was done here. */
  rateOf(kind: string): number | undefined
  /** Tells of work that was done: `amount` in the units that `rateOf` is asked for, which took `seconds`. */
  record(kind: string, amount: number, seconds: number): void
}

/** What the last measurement counts beside all before it: old ones fade, and one slow moment does not decide. */
const share = 0.2
/** A rate that changed by less is not written again. */
const noticeable = 0.02

/**
 * Rates by kind of work on one device, kept in a file between runs; in memory alone without one. A file that cannot be
 * read or written leaves estimates without seconds, and never fails a run.
 */
export function createCalibration(device: string, file?: string): Calibration {
  const known = new Map<string, number>()
  const written = new Map<string, number>()
  let readAt = 0
  /** Takes in what other processes wrote: the one that runs models is not the one that estimates. */
  const refresh = (): void => {
    const changedAt = file === undefined ? 0 : changeOf(file)
    if (file === undefined || changedAt === readAt) return
    readAt = changedAt
    for (const [name, rate] of read(file)) {
      known.set(name, rate)
      written.set(name, rate)
    }
  }
  const nameOf = (kind: string): string => `${device}|${kind}`
  return {
    rateOf(kind) {
      refresh()
      return known.get(nameOf(kind))
    },
    record(kind, amount, seconds) {
      if (!(amount > 0) || !(seconds > 0)) return
      if (readAt === 0) refresh()
      const name = nameOf(kind)
      const rate = amount / seconds
      const before = known.get(name)
      // Seconds are averaged, not rates: what is estimated is time.
      const now = before === undefined ? rate : 1 / ((1 - share) / before + share / rate)
      known.set(name, now)
      const last = written.get(name)
      if (file === undefined || (last !== undefined && Math.abs(now / last - 1) < noticeable)) return
      written.set(name, now)
      write(file, known)
      readAt = changeOf(file)
    },
  }
}

/** When a file was last changed, in milliseconds; 0 where there is none. */
function changeOf(file: string): number {
  try {
    return statSync(file).mtimeMs
  } catch {
    return 0
  }
}

function read(file: string): [string, number][] {
  try {
    const rates: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof rates !== 'object' || rates === null) return []
    return Object.entries(rates).flatMap(([name, rate]) =>
      typeof rate === 'number' && rate > 0 ? [[name, rate] as [string, number]] : [],
    )
  } catch {
    return []
  }
}

/** Whole or not at all: a runner may be ended at any moment. */
function write(file: string, rates: ReadonlyMap<string, number>): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(Object.fromEntries(rates), undefined, 1))
    renameSync(`${file}.${process.pid}`, file)
  } catch {
    return
  }
}
