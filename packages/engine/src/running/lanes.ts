import type { Lane } from '../definition/node-declaration.ts'

/** How many nodes of each lane run at the same time, over all runs that share it. */
export interface Lanes {
  /** Takes a place if one is free. */
  take(lane: Lane): boolean
  give(lane: Lane): void
  /** Calls back once, when a place may be free. */
  onFree(lane: Lane, callback: () => void): void
}

/** By default four nodes that compute, one on the GPU, sixteen that wait for files and networks. */
export function createLanes(limits: Partial<Readonly<Record<Lane, number>>> = {}): Lanes {
  const free: Record<Lane, number> = { cpu: 4, gpu: 1, io: 16, ...limits }
  const waiting: Record<Lane, (() => void)[]> = { cpu: [], gpu: [], io: [] }
  return {
    take(lane) {
      if (free[lane] <= 0) return false
      free[lane]--
      return true
    },
    give(lane) {
      free[lane]++
      if (waiting[lane].length === 0) return
      // All are called, since a run that has ended would not call the next; those that find no place wait again.
      for (const tell of waiting[lane].splice(0)) queueMicrotask(tell)
    },
    onFree(lane, callback) {
      waiting[lane].push(callback)
    },
  }
}
