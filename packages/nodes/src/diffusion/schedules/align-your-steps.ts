import { linspace } from './scheduler.ts'

/** Noise levels that were found best for ten steps of a family (Sabour et al. 2024, "Align your steps", appendix). */
const tables = {
  sd1: [
    14.6146412293, 6.4745760956, 3.8636745985, 2.694615152, 1.8841921177, 1.3943805092, 0.9642583904, 0.6523686016,
    0.3977456272, 0.1515232662, 0.0291671582,
  ],
  sdxl: [
    14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141, 0.5550693289, 0.3798540708,
    0.2332364134, 0.1114188177, 0.0291671582,
  ],
}
export type AlignedFamily = keyof typeof tables
export const alignedFamilies = ['sd1', 'sdxl'] as const satisfies readonly AlignedFamily[]

/**
 * These levels for so many steps, between them even in log sigma; the last one is 0. Of `strength` below 1 the last
 * steps alone, and of 0 none.
 */
export function alignedSigmas(family: AlignedFamily, steps: number, strength: number): number[] {
  if (strength <= 0) return []
  const table = tables[family]
  const logs = table.map(Math.log)
  const at = (place: number): number => {
    const low = Math.min(logs.length - 2, Math.floor(place))
    const [above = 0, below = 0] = [logs[low], logs[low + 1]]
    return Math.exp(above + (place - low) * (below - above))
  }
  const levels = steps + 1 === table.length ? table : linspace(0, logs.length - 1, steps + 1).map(at)
  const kept = strength < 1 ? Math.round(steps * strength) : steps
  return [...levels.slice(levels.length - 1 - kept, -1), 0]
}
