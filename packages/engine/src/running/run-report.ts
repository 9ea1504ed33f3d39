import { given, type NodeId, type RunEvent } from '../workflow/index.ts'
import type { Effects } from '../memo/memo.ts'
import { EventStream } from './event-stream.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import type { NodeRun } from './node-run.ts'
import { Blocked } from '../definition/blocked.ts'

/** Tells what happens in a run, and counts it. */
export class RunReport {
  readonly events = new EventStream()
  /** Branches that stopped with a reason. */
  readonly blocked: { readonly node: NodeId; readonly reason: string }[] = []
  /** What nodes warned of, each sentence once. */
  readonly warnings: { readonly node: NodeId; readonly message: string }[] = []
  ran = 0
  reused = 0
  private readonly startedAt = performance.now()

  readonly emit = (event: RunEvent): void => {
    this.events.push(event)
  }

  /** Milliseconds since the run began, to the hundredth. */
  elapsed(): number {
    return hundredths(performance.now() - this.startedAt)
  }

  /** `effects` is what the side effect left behind when it ran; its events are emitted again. */
  nodeReused({ node }: NodeRun, from: 'memory' | 'disk' | 'in-flight', effects?: Effects): void {
    this.reused++
    for (const artifact of effects?.artifacts ?? []) this.emit({ type: 'node-artifact', node: node.id, artifact })
    const shown = effects?.shown
    if (shown === undefined) this.emit({ type: 'node-reused', node: node.id, from })
    else this.emit({ type: 'node-reused', node: node.id, from, shown })
  }

  nodeWarned(node: NodeId, message: string): void {
    if (this.warnings.some((each) => each.node === node && each.message === message)) return
    this.warnings.push({ node, message })
    this.emit({ type: 'node-warned', node, message })
  }

  /** Something that the node needs was blocked, so it did not run. */
  nodeSkipped({ node }: NodeRun): void {
    this.emit({ type: 'node-skipped', node: node.id })
  }

  nodeFinished(run: NodeRun, results: OutputRecord): void {
    const node = run.node.id
    this.ran++
    const { shown, notReused } = run
    const ms = hundredths(performance.now() - run.startedAt)
    // Nearly all nodes have neither; a spread of nothing costs more than the rest of the event.
    if (notReused === undefined && shown === undefined) this.emit({ type: 'node-finished', node, ms })
    else this.emit({ type: 'node-finished', node, ms, ...given({ notReused, shown }) })
    for (const name in results) {
      const value = results[name]
      if (!(value instanceof Blocked)) continue
      this.nodeBlocked(node, value.reason)
      return
    }
  }

  private nodeBlocked(node: NodeId, reason: string | undefined): void {
    this.emit({ type: 'node-blocked', node, ...given({ reason }) })
    if (reason !== undefined) this.blocked.push({ node, reason })
  }
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100
}
