import { type ArtifactRef, given, type JsonObject, type NodeId, type RunEvent } from '../workflow/index.ts'
import { errorReportOf, type NodeError } from './node-error.ts'
import { blockedIn } from './turn-results.ts'
import type { PlannedNode } from '../planning/planned-node.ts'
import type { Effects } from '../memo/effects.ts'
import { EventStream } from './event-stream.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import type { NodeRun } from './node-run.ts'
import type { Blocked } from '../definition/blocked.ts'

/** Tells what happens in a run, and counts it. */
export class RunReport {
  readonly events = new EventStream()
  /** Branches that stopped with a reason. */
  readonly blocked: { readonly node: NodeId; readonly reason: string }[] = []
  /** What nodes warned of, each sentence once. */
  readonly warnings: { readonly node: NodeId; readonly message: string }[] = []
  /** Of nodes that failed, in the order of time. */
  readonly errors: NodeError[] = []
  /** The first node that passed nothing on; one that says why comes before one that does not. */
  firstBlock: { readonly node: PlannedNode; readonly reason: string | undefined } | undefined
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
  nodeReused(
    { node }: NodeRun,
    results: OutputRecord,
    from: 'memory' | 'disk' | 'in-flight',
    effects?: Pick<Effects, 'artifacts' | 'shown' | 'inner'>,
  ): void {
    this.reused++
    for (const { path, artifacts, shown } of effects?.inner ?? [])
      this.tellReuse(`${node.id}/${path}`, from, artifacts, shown)
    this.tellReuse(node.id, from, effects?.artifacts, effects?.shown)
    this.tellBlocks(node, results)
  }

  private tellReuse(
    node: NodeId,
    from: 'memory' | 'disk' | 'in-flight',
    artifacts: readonly ArtifactRef[] = [],
    shown?: JsonObject,
  ): void {
    for (const artifact of artifacts) this.emit({ type: 'node-artifact', node, artifact })
    if (shown === undefined) this.emit({ type: 'node-reused', node, from })
    else this.emit({ type: 'node-reused', node, from, shown })
  }

  nodeWarned(node: NodeId, message: string): void {
    if (this.warnings.some((each) => each.node === node && each.message === message)) return
    this.warnings.push({ node, message })
    this.emit({ type: 'node-warned', node, message })
  }

  /** Something that the node needs was blocked, so it did not run; the first node behind a block tells its reason. */
  nodeSkipped({ node }: NodeRun, by?: Blocked): void {
    this.emit({ type: 'node-skipped', node: node.id, ...given({ reason: by?.reason }) })
  }

  nodeFailed(error: NodeError): void {
    this.errors.push(error)
    this.emit({ type: 'node-failed', node: error.nodeId, error: errorReportOf(error) })
  }

  nodeFinished(run: NodeRun, results: OutputRecord): void {
    const node = run.node.id
    this.ran++
    const { shown, notReused } = run
    const ms = hundredths(performance.now() - run.startedAt)
    // Nearly all nodes have neither; a spread of nothing costs more than the rest of the event.
    if (notReused === undefined && shown === undefined) this.emit({ type: 'node-finished', node, ms })
    else this.emit({ type: 'node-finished', node, ms, ...given({ notReused, shown }) })
    this.tellBlocks(run.node, results)
  }

  /** Told once a node, with the first reason that one of its outputs, or of their elements, gives. */
  private tellBlocks(node: PlannedNode, results: OutputRecord): void {
    const all = blockedIn(results)
    if (all.length === 0) return
    const reason = all.find((one) => one.reason !== undefined)?.reason
    this.emit({ type: 'node-blocked', node: node.id, ...given({ reason }) })
    if (reason !== undefined) this.blocked.push({ node: node.id, reason })
    if (!this.firstBlock || (this.firstBlock.reason === undefined && reason !== undefined))
      this.firstBlock = { node, reason }
  }
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100
}
