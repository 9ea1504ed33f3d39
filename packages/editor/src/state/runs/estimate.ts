import type { NodeEstimate } from '@patchbay/engine/workflow'

/** What a whole run takes. */
export interface RunEstimate {
  /** Undefined while the time of a node is not known. */
  readonly seconds?: number
  /** At its worst moment, beside what is loaded. */
  readonly bytes: number
}

/** Times add up; memory is given back between nodes. Undefined where no node tells what it takes. */
export function totalOf(estimates: readonly NodeEstimate[]): RunEstimate | undefined {
  if (estimates.length === 0) return undefined
  const bytes = Math.max(...estimates.map((one) => one.bytes ?? 0))
  const seconds = estimates.reduce((sum, one) => sum + (one.seconds ?? NaN), 0)
  return { bytes, ...(!Number.isNaN(seconds) && { seconds }) }
}

/** "1.4 GB", "350 MB". */
export function memoryText(bytes: number): string {
  const [value, unit] = bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB']
  return `${Number(value.toPrecision(2))} ${unit}`
}
