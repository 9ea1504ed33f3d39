import type { Fingerprint, Unfingerprinted } from './fingerprint.ts'
import { NodeRun } from './node-run.ts'
import type { PlannedNode, Source } from './plan.ts'

/** The state of every node of a run, by rank; grows when nodes expand. Counts who may still ask for which outputs. */
export class NodeRuns implements Iterable<NodeRun> {
  private readonly runs: NodeRun[] = []

  get nextRank(): number {
    return this.runs.length
  }

  [Symbol.iterator](): Iterator<NodeRun> {
    return this.runs[Symbol.iterator]()
  }

  of(node: PlannedNode): NodeRun {
    const run = this.runs[node.rank]
    if (!run) throw new Error(`Node ${node.id} is not part of this run.`)
    return run
  }

  /** Takes nodes in, in the order of their ranks. `maker` is the node whose graph they are part of. */
  add(nodes: readonly PlannedNode[], maker?: NodeRun): readonly NodeRun[] {
    const added = nodes.map((node) => new NodeRun(node))
    for (const run of added) this.takeIn(run, maker)
    for (const { node } of added) {
      for (const { sources } of node.inputs) for (const source of sources) this.of(source.node).uses += 1
    }
    return added
  }

  /** Takes in a value that is there already. */
  addConstant(
    node: Unfingerprinted,
    constant: { readonly value: unknown; readonly fingerprint: Fingerprint; readonly maker: NodeRun },
  ): PlannedNode {
    const planned = { ...node, rank: this.runs.length, fingerprint: undefined }
    const run = new NodeRun(planned)
    run.state = 'done'
    run.fingerprint = constant.fingerprint
    run.outputs = { value: constant.value }
    this.takeIn(run, constant.maker)
    return planned
  }

  private takeIn(run: NodeRun, maker: NodeRun | undefined): void {
    this.runs.push(run)
    if (!maker) return
    // Its maker may ask for it at any time, until it is done itself.
    run.uses = 1
    maker.made ??= []
    maker.made.push(run)
  }

  valueOf({ node, output }: Source): unknown {
    return this.of(node).outputs?.[output]
  }

  /** A node is done: what fed it, and what it made, is not needed for it any more. */
  letGoBehind(run: NodeRun): void {
    const { made } = run
    run.made = undefined
    for (const { sources } of run.node.inputs) this.unuse(sources)
    if (made) for (const one of made) this.dropUse(one)
  }

  unuse(sources: readonly Source[]): void {
    for (const { node } of sources) this.dropUse(this.of(node))
  }

  /** Counts uses down. What nothing can ask for any more lets go, and if it never ran, neither will what feeds only it. */
  private dropUse(run: NodeRun): void {
    const open = [run]
    for (let next = open.pop(); next; next = open.pop()) {
      next.uses -= 1
      if (next.uses > 0) continue
      if (next.state === 'done') next.letGo()
      else if (next.state === 'idle') {
        for (const { sources } of next.node.inputs) for (const { node } of sources) open.push(this.of(node))
      }
    }
  }
}
