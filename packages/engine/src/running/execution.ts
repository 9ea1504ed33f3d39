import { Blocked } from '../definition/blocked.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import type { HostResourcePool } from '../definition/resource-pool.ts'
import type { Plan } from '../planning/plan.ts'
import type { PlannedNode, Source } from '../planning/planned-node.ts'
import type { NodeId } from '../workflow/index.ts'
import { type Arrivals, collect } from './arrivals.ts'
import { callWithRetries } from './attempts.ts'
import { Demand, type Take } from './demand.ts'
import { outputsOf, pendingOf } from './expand.ts'
import { type InvocationHost, invoke, type ReceivedInputs } from './invoke.ts'
import { failedOutputs, hasFailed, isAllBlocked, skippedBy, type Turn, type TurnResults } from './turn-results.ts'
import { LaneWaits } from './lane-waits.ts'
import { type ContextHost, NodeContext } from './node-context.ts'
import { messageOf, NodeError } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import { NodeRuns } from './node-runs.ts'
import { fingerprintAll } from './own-fingerprint.ts'
import { innerEffectsOf, Reuse } from './reuse.ts'
import { RunEnd } from './run-end.ts'
import type { ExecuteOptions, SharedParts } from './run-options.ts'
import { RunReport } from './run-report.ts'
import { Stage } from './node-stages.ts'
import { Schedule } from './schedule.ts'

/**
 * One run of a plan. Roots are demanded; what is demanded is looked for in the memo, else demands what feeds it; what
 * has all it needs is scheduled. Everything is driven by queues: no call nests with the depth of the graph.
 */
export class Execution implements InvocationHost, ContextHost {
  readonly plan: Plan
  readonly services: unknown
  readonly resources: HostResourcePool
  readonly report = new RunReport()
  readonly emit = this.report.emit
  readonly runs: NodeRuns
  readonly end: RunEnd
  readonly signal: AbortSignal
  private readonly options: ExecuteOptions
  private readonly reuse: Reuse
  private readonly schedule: Schedule
  private readonly demand: Demand
  private readonly waits: LaneWaits
  /** Ranks of nodes that need one that failed. */
  private readonly doomed: number[] = []
  private isDooming = false

  constructor(plan: Plan, options: ExecuteOptions, { memo, lanes, resources }: SharedParts) {
    this.plan = plan
    this.options = options
    this.services = options.services
    this.resources = resources
    this.runs = new NodeRuns(plan, (run) => {
      this.reuse.endFlight(run, undefined)
    })
    this.reuse = new Reuse(memo, this.runs, options)
    this.schedule = new Schedule(lanes, this.begin, () => {
      this.end.look()
    })
    this.end = new RunEnd({ plan, runs: this.runs, report: this.report, reuse: this.reuse, schedule: this.schedule })
    this.signal = this.end.signal
    this.demand = new Demand(this.runs, this.reuse, this.schedule, this.end, this.take)
    this.waits = new LaneWaits(this.runs, this.schedule, this.demand, this.end)
  }

  start(): void {
    this.report.emit({ type: 'run-started', nodes: this.plan.nodes.length })
    this.end.follow(this.options.signal)
    if (this.end.isOver) return
    const begin = () => {
      const roots = this.plan.roots.map(({ rank }) => rank)
      for (const root of roots) this.runs.links.use(root)
      this.demand.demand(roots)
    }
    const later = this.prepare(this.plan.nodes, this.plan.lookedUp)
    if (later) this.end.track(later.then(begin))
    else begin()
    this.schedule.drain()
  }

  addNodes(nodes: readonly PlannedNode[], maker: NodeRun): undefined | Promise<void> {
    this.runs.add(nodes, maker)
    const lookedUp = nodes.filter(({ fingerprint }) => fingerprint === undefined)
    return this.prepare(nodes, lookedUp)
  }

  warn(node: NodeId, message: string): void {
    this.report.nodeWarned(node, message)
  }

  ask(run: NodeRun, source: Source): Promise<unknown> {
    return this.waits.ask(run, source)
  }

  attempt(run: NodeRun, turn: Turn, inputs: ReceivedInputs): unknown {
    run.inputs = inputs
    const { definition, onFailure } = run.node
    const context = new NodeContext(this, run, turn, inputs)
    const isPlain = !definition.retry && definition.timeoutMs === undefined && (onFailure?.retries ?? 0) === 0
    // The node receives what its definition declares: the plan was checked against it.
    if (isPlain) return definition.run(inputs as never, context)
    const { signal, emit } = this
    const pause = (wait: () => Promise<void>) => this.waits.pause(run, wait)
    return callWithRetries(run.node, inputs, context, { signal, emit, pause })
  }

  recall(run: NodeRun, key: string): OutputRecord | undefined | Promise<OutputRecord | undefined> {
    return this.reuse.recallTurn(run, key)
  }

  remember(run: NodeRun, key: string, outputs: OutputRecord): void {
    this.reuse.rememberTurn(run, key, outputs)
  }

  excuse(run: NodeRun, { index, count }: { readonly index: number; readonly count: number }, error: unknown): Blocked {
    if (run.node.onFailure?.then !== 'skip' || this.end.isOver) throw error
    run.hasLeftOut = true
    const which = count > 1 ? `item ${index + 1} of ${count} is left out` : 'what needs it is left out'
    const reason = `${which}: ${messageOf(error)}`
    this.warn(run.node.id, reason)
    return new Blocked(reason)
  }

  /** Gives nodes the fingerprints that their plan could not. A promise when that takes time. */
  private prepare(nodes: readonly PlannedNode[], lookedUp: readonly PlannedNode[]): undefined | Promise<void> {
    const touch = () => {
      this.reuse.touch(nodes)
    }
    const later = fingerprintAll(lookedUp, {
      services: this.services,
      fingerprintFile: this.options.fingerprintFile,
      workflows: this.plan.workflows,
      runs: this.runs,
    })
    if (later) return later.then(touch)
    touch()
    return undefined
  }

  /** The result of a node is there without running it. */
  private readonly take: Take = (run, results, from) => {
    if (this.end.isOver) return
    this.reuse.remember(run)
    const effects = this.reuse.effectsOf(run)
    if (effects) {
      run.artifacts = [...effects.artifacts]
      run.shown = effects.shown
      run.inner = effects.inner
    }
    this.report.nodeReused(run, results, from, effects)
    for (const { node, message } of this.reuse.warningsBehind(run.node)) this.warn(node.id, message)
    this.arrive(run, results, !isAllBlocked(results))
  }

  /** A node has all that it needs and a place in its lane. */
  private readonly begin = (node: PlannedNode): void => {
    const { stages } = this.runs
    if (stages.at(node.rank) !== Stage.waiting) {
      // Nothing can ask for it any more since it was put in line.
      this.schedule.leave(node)
      return
    }
    const run = this.runs.at(node.rank)
    stages.begin(node.rank)
    this.end.nodeBegan()
    run.startedAt = performance.now()
    let invoked: TurnResults | Promise<TurnResults>
    try {
      if (run.fault) throw run.fault
      const arrived = collect(node, this.runs)
      invoked = arrived instanceof Promise ? arrived.then((later) => this.call(run, later)) : this.call(run, arrived)
    } catch (error) {
      this.threw(run, error)
      return
    }
    if (!(invoked instanceof Promise)) this.returned(run, invoked)
    else
      this.end.track(
        invoked.then(
          (later) => {
            this.returned(run, later)
          },
          (error: unknown) => {
            this.threw(run, error)
          },
        ),
      )
  }

  private call(run: NodeRun, arrived: Arrivals): TurnResults | Promise<TurnResults> {
    if (arrived.blocked) return skippedBy(arrived.blocked)
    this.report.emit({ type: 'node-started', node: run.node.id })
    return invoke(run, arrived, this)
  }

  private returned(run: NodeRun, invoked: TurnResults): void {
    this.settle(run)
    if (this.end.isOver) return
    const { sources, prepared } = pendingOf(invoked)
    run.inputs = undefined
    run.invoked = invoked
    if (sources.length === 0) {
      this.complete(run)
      return
    }
    this.runs.stages.expand(run.rank)
    const wait = () => {
      const awaited = sources.map(({ node }) => this.runs.of(node))
      for (const source of awaited) this.runs.links.use(source.rank)
      this.demand.demandFor(run, awaited)
      if (this.runs.stages.pendingOf(run.rank) === 0) this.complete(run)
    }
    if (prepared.length > 0) this.end.track(Promise.all(prepared).then(wait))
    else wait()
  }

  private threw(run: NodeRun, error: unknown): void {
    this.settle(run)
    this.fail(run, error)
  }

  /** A node has failed. What needs it never runs; everything else goes on. */
  private fail(run: NodeRun, error: unknown): void {
    if (this.end.isOver) return
    const { node, inputs = node.values } = run
    this.report.nodeFailed(
      error instanceof NodeError
        ? error
        : new NodeError('node-failed', node, messageOf(error), { cause: error, inputs }),
    )
    this.endWithout(run)
  }

  /** A node came to nothing because of a failure. */
  private endWithout(run: NodeRun): void {
    run.inputs = undefined
    run.invoked = undefined
    this.reuse.endFlight(run, undefined)
    this.runs.stages.forgetWaits(run.rank, this.doomed)
    this.arrive(run, failedOutputs(run.node.definition.outputs), false)
    this.doom()
  }

  /** Ends what waits for something that failed, whatever else it waits for: a run with nothing left to do ends. */
  private doom(): void {
    if (this.isDooming) return
    this.isDooming = true
    for (let rank = this.doomed.pop(); rank !== undefined; rank = this.doomed.pop()) {
      if (this.runs.stages.at(rank) !== Stage.waiting) continue
      const run = this.runs.at(rank)
      this.report.nodeSkipped(run)
      this.endWithout(run)
    }
    this.isDooming = false
    this.schedule.soon()
  }

  /** Its `run` has ended: it leaves its lane and is heard no more. */
  private settle(run: NodeRun): void {
    this.waits.settle(run)
    this.end.nodeSettled()
  }

  /** All that the node returned is there. */
  private complete(run: NodeRun): void {
    const { invoked } = run
    if (!invoked) return
    run.invoked = undefined
    try {
      const results = outputsOf(run.node, invoked, this.runs)
      if (!(results instanceof Promise)) this.finish(run, invoked, results)
      else
        this.end.track(
          results.then(
            (later) => {
              this.finish(run, invoked, later)
            },
            (error: unknown) => {
              this.fail(run, error)
            },
          ),
        )
    } catch (error) {
      this.fail(run, error)
    }
  }

  private finish(run: NodeRun, invoked: TurnResults, outputs: OutputRecord): void {
    for (const { node } of pendingOf(invoked).sources) this.runs.unuse(node.rank)
    const { turns, skippedBy: by } = invoked
    const isFailed = hasFailed(invoked, outputs)
    if (by !== undefined || isFailed) this.report.nodeSkipped(run, by)
    else this.report.nodeFinished(run, outputs)
    if (isFailed) {
      this.endWithout(run)
      return
    }
    const hasGiven = turns.length === 0 || !(turns.every((turn) => turn instanceof Blocked) || isAllBlocked(outputs))
    run.inner = innerEffectsOf(run)
    // What a side effect that never happened leaves behind is nothing to tell of again.
    const isKept = by === undefined && (hasGiven || run.node.definition.sideEffect !== true)
    this.reuse.endFlight(run, isKept ? outputs : undefined)
    this.arrive(run, outputs, hasGiven)
  }

  /** The outputs are there: nodes that wait for them go on, and the sources of the node are let go. */
  private arrive(run: NodeRun, results: OutputRecord, hasGiven: boolean): void {
    const { rank, joined } = run
    const { stages } = this.runs
    stages.finish(rank)
    run.outputs = results
    run.release = this.resources.hold(results)
    run.letGoHeld()
    stages.wakeBehind(rank, this.wake)
    run.joined = undefined
    if (joined) for (const other of joined) if (stages.removePending(other.rank) === 0) this.complete(other)
    run.notify()
    this.runs.letGoBehind(run)
    this.end.nodeFinished(rank, hasGiven)
    if (this.runs.links.usesOf(rank) === 0) this.runs.letGo(rank)
  }

  private readonly wake = (rank: number): void => {
    // One that needs something that failed has ended already.
    if (this.runs.stages.at(rank) === Stage.waiting) this.schedule.add(this.runs.nodeAt(rank))
  }
}
