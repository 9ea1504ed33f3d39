import type { RunEvent } from '@patchbay/engine/workflow'

export interface Throttle {
  push(event: RunEvent): void
  /** Sends what waits, now. */
  flush(): void
}

/**
 * Gathers the events of one tick into one message, and lets passing ones (progress, previews) through at most once in
 * `intervalMs` for each node and picture: the newest of an interval wins; the first step, the last step and the last
 * preview of a node that finishes always go.
 */
export function createThrottle(
  send: (events: readonly RunEvent[]) => void,
  intervalMs = 100,
  now: () => number = Date.now,
): Throttle {
  let batch: RunEvent[] = []
  let scheduled = false
  const lastSent = new Map<string, number>()
  const held = new Map<string, RunEvent>()
  let timer: NodeJS.Timeout | undefined

  function flushBatch(): void {
    scheduled = false
    if (batch.length === 0) return
    const events = batch
    batch = []
    send(events)
  }
  function queue(event: RunEvent): void {
    batch.push(event)
    if (scheduled) return
    scheduled = true
    setImmediate(flushBatch)
  }
  function releaseHeld(): void {
    timer = undefined
    for (const [key, event] of held) {
      lastSent.set(key, now())
      queue(event)
    }
    held.clear()
  }
  /** A node has said something that stays: its passing news is over. What it drew last is what its work led to. */
  function settleHeldOf(node: string, finished: boolean): void {
    for (const [key, event] of held) {
      if (!('node' in event) || event.node !== node) continue
      held.delete(key)
      if (finished && event.type === 'node-preview') queue(event)
    }
    for (const key of lastSent.keys()) if (key.endsWith(` ${node}`)) lastSent.delete(key)
  }
  return {
    push(event) {
      const passing = event.type === 'node-progress' || event.type === 'node-preview'
      if (!passing) {
        if ('node' in event) settleHeldOf(event.node, event.type === 'node-finished')
        queue(event)
        return
      }
      const key = `${event.type === 'node-progress' ? 'progress' : `preview ${event.preview.index}`} ${event.node}`
      const isLast = event.type === 'node-progress' && event.step >= event.steps
      const last = lastSent.get(key)
      if (last === undefined || isLast || now() - last >= intervalMs) {
        held.delete(key)
        lastSent.set(key, now())
        queue(event)
        return
      }
      held.set(key, event)
      timer ??= setTimeout(releaseHeld, intervalMs)
    },
    flush() {
      clearTimeout(timer)
      timer = undefined
      held.clear()
      flushBatch()
    },
  }
}
