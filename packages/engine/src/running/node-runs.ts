import type { Fingerprint, FingerprintParts, PlannedNode, Source, Unfingerprinted } from '../planning/planned-node.ts'
import { LinkTable } from '../planning/link-table.ts'
import { NodeRun } from './node-run.ts'
import { NodeStages, Stage } from './node-stages.ts'
import type { Plan } from '../planning/plan.ts'

/**
 * The nodes of a run, by rank; grows when nodes expand. A node has a state of its own only from when it begins until
 * nothing can ask for it any more: what a run holds is what it is doing, not what its plan holds.
 */
export class NodeRuns {
  private readonly nodes: PlannedNode[]
  private readonly runs: (NodeRun | undefined)[]
  /** Besides links, each root, maker of a graph and waiting node counts as a use. */
  readonly links: LinkTable
  readonly stages: NodeStages
  private readonly onAbandoned: (run: NodeRun) => void

  /** `onAbandoned` hears of nodes that wait to run and that nothing can ask for any more: they do not run. */
  constructor({ nodes, links }: Pick<Plan, 'nodes' | 'links'>, onAbandoned: (run: NodeRun) => void = () => undefined) {
    this.onAbandoned = onAbandoned
    this.nodes = nodes.slice()
    this.runs = new Array<NodeRun | undefined>(nodes.length)
    this.links = new LinkTable(links)
    this.stages = new NodeStages(this.links)
  }

  get nextRank(): number {
    return this.nodes.length
  }

  /** Those that have a state of their own, by rank. */
  known(): readonly NodeRun[] {
    return this.runs.filter((run) => run !== undefined)
  }

  /** What something asked for and is not done, by rank. */
  unfinished(): readonly PlannedNode[] {
    return this.nodes.filter(({ rank }) => {
      const stage = this.stages.at(rank)
      return stage !== Stage.idle && stage !== Stage.done
    })
  }

  /** Whether it waits for something else than the nodes that feed it. */
  isHeldUp(rank: number): boolean {
    return this.stages.at(rank) === Stage.looking || (this.runs[rank]?.waits ?? 0) > 0
  }

  of(node: PlannedNode): NodeRun {
    if (this.nodes[node.rank] !== node) throw new Error(`Node ${node.id} is not part of this run.`)
    return this.at(node.rank)
  }

  nodeAt(rank: number): PlannedNode {
    const node = this.nodes[rank]
    if (!node) throw new Error(`There is no node of rank ${rank} in this run.`)
    return node
  }

  at(rank: number): NodeRun {
    const existing = this.runs[rank]
    if (existing) return existing
    const run = new NodeRun(this.nodeAt(rank))
    this.runs[rank] = run
    return run
  }

  fingerprintAt(rank: number): Fingerprint {
    const run = this.runs[rank]
    return run ? run.fingerprint : this.nodes[rank]?.fingerprint?.value
  }

  partsAt(rank: number): FingerprintParts | undefined {
    const run = this.runs[rank]
    return run ? run.parts : this.nodes[rank]?.fingerprint?.parts
  }

  /** Takes nodes in, in the order of their ranks. `maker` is the node whose graph they are part of. */
  add(nodes: readonly PlannedNode[], maker: NodeRun): void {
    for (const node of nodes) this.takeIn(node, maker)
  }

  /** Takes in a value that is there already. */
  addConstant(
    node: Unfingerprinted,
    constant: { readonly value: unknown; readonly fingerprint: Fingerprint; readonly maker: NodeRun },
  ): PlannedNode {
    const planned = { ...node, rank: this.nextRank, fingerprint: undefined }
    const run = this.takeIn(planned, constant.maker)
    this.stages.finish(run.rank)
    run.fingerprint = constant.fingerprint
    run.outputs = { value: constant.value }
    return planned
  }

  private takeIn(node: PlannedNode, maker: NodeRun): NodeRun {
    this.nodes.push(node)
    this.links.add(node.inputs)
    const run = this.at(node.rank)
    // Its maker may ask for it at any time, until it is done itself.
    this.links.use(node.rank)
    maker.made ??= []
    maker.made.push(run)
    return run
  }

  /** What the source gave; undefined while its node is not done. */
  outputOf({ node, output }: Source): unknown {
    return this.runs[node.rank]?.outputs?.[output]
  }

  /** A node is done: what fed it, and what it made, is not needed for it any more. */
  letGoBehind(run: NodeRun): void {
    const { made } = run
    run.made = undefined
    const end = this.links.end(run.rank)
    for (let link = this.links.begin(run.rank); link < end; link++) this.unuse(this.links.feeder(link))
    if (made) for (const { rank } of made) this.unuse(rank)
  }

  /**
   * Counts uses down. What nothing can ask for any more lets go, and if it has not begun, neither it nor what feeds
   * only it will.
   */
  unuse(rank: number): void {
    if (this.links.unuse(rank) > 0 || this.letGo(rank)) return
    const idle = [rank]
    for (let next = idle.pop(); next !== undefined; next = idle.pop()) {
      const end = this.links.end(next)
      for (let link = this.links.begin(next); link < end; link++) {
        const feeder = this.links.feeder(link)
        if (this.links.unuse(feeder) <= 0 && !this.letGo(feeder)) idle.push(feeder)
      }
    }
  }

  /** Nothing can ask for the node any more. False of one that has not begun. */
  letGo(rank: number): boolean {
    const stage = this.stages.at(rank)
    if (stage === Stage.idle) return false
    if (stage === Stage.waiting) {
      this.stages.finish(rank)
      this.onAbandoned(this.at(rank))
      return false
    }
    const run = this.runs[rank]
    if (stage !== Stage.done || !run) return true
    run.letGo()
    // A fingerprint that its plan does not have is kept for the nodes that it feeds.
    if (run.fingerprint === run.node.fingerprint?.value) this.runs[rank] = undefined
    return true
  }
}
