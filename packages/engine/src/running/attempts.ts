import { setMaxListeners } from 'node:events'
import type { NodeContext } from './node-context.ts'
import { messageOf, NodeError } from './node-error.ts'
import type { PlannedNode } from '../planning/planned-node.ts'
import { Blocked } from '../definition/blocked.ts'
import type { RunEvent } from '../workflow/index.ts'

/** Longest wait between two attempts, in milliseconds. */
const longestDelay = 60_000
/** Before the first new attempt that the document asks for, in milliseconds. */
const chosenDelayMs = 250

export interface AttemptsAround {
  readonly signal: AbortSignal
  emit(event: RunEvent): void
  /** Waits without keeping the place in the lane. */
  pause(wait: () => Promise<void>): Promise<void>
}

/** Calls a node within its time limit, and again after a failure as often as its definition says. */
export function callWithRetries(
  node: PlannedNode,
  inputs: { readonly [name: string]: unknown },
  context: NodeContext,
  around: AttemptsAround,
): Promise<unknown> {
  const { retry, timeoutMs } = node.definition
  const { retries = 0 } = node.onFailure ?? {}
  const times = Math.max(retry?.times ?? 0, retries)
  const delayMs = retry?.delayMs ?? (retries > 0 ? chosenDelayMs : 0)
  return attemptAll()

  /** The node receives what its definition declares: the plan was checked against it. */
  function call(own: NodeContext): unknown {
    return node.definition.run(inputs as never, own)
  }

  async function attemptAll(): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await attemptOnce()
      } catch (error) {
        // Who wrote the node knows what trying again cannot help; a person who asks for it gets it.
        const isHopeless = attempt > retries && retry?.when?.(error) === false
        if (attempt > times || error instanceof Blocked || around.signal.aborted || isHopeless) throw error
        around.emit({ type: 'node-retried', node: node.id, attempt, message: messageOf(error) })
        const delay = Math.min(delayMs * 2 ** (attempt - 1), longestDelay)
        if (delay > 0) await around.pause(() => delayed(delay, around.signal))
      }
    }
  }

  async function attemptOnce(): Promise<unknown> {
    if (timeoutMs === undefined) return call(context)
    const controller = new AbortController()
    setMaxListeners(0, controller.signal)
    const follow = () => {
      controller.abort(around.signal.reason)
    }
    around.signal.addEventListener('abort', follow, { once: true })
    let timer: NodeJS.Timeout | undefined
    try {
      const timeUp = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          const error = new NodeError('timeout', node, `it did not finish within ${timeoutMs} ms.`, { inputs })
          reject(error)
          controller.abort(error)
        }, timeoutMs)
      })
      return await Promise.race([call(context.withSignal(controller.signal)), timeUp])
    } finally {
      clearTimeout(timer)
      around.signal.removeEventListener('abort', follow)
    }
  }
}

function delayed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
