import { type ContextHost, NodeContext } from './node-context.ts'
import { setMaxListeners } from 'node:events'
import { type Arrived, collect } from './arriving.ts'
import { callWithRetries } from './attempts.ts'
import { Demand } from './demand.ts'
import type { ExecuteOptions, Outcome, RunResult } from './run-options.ts'
import { type OutputRecord, plainOutputs, plainValue } from '../definition/flowing.ts'
import { type InvocationHost, invoke, type ReceivedInputs } from './invoke.ts'
import type { Invoked, PendingOutputs } from './invoked.ts'
import { outputsOf, pendingOf } from './expand.ts'
import type { Lanes } from './lanes.ts'
import { errorReportOf, messageOf, NodeError } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import { NodeRuns } from './node-runs.ts'
import { Stage } from './node-stages.ts'
import { fingerprintAll } from './own-fingerprint.ts'
import type { Plan } from '../planning/plan.ts'
import type { PlannedNode, Source } from '../planning/planned-node.ts'
import type { HostResourcePool } from '../definition/resource-pool.ts'
import { RunReport } from './run-report.ts'
import { Reuse } from './reuse.ts'
import type { Expansion } from '../definition/run-context.ts'
import { Blocked } from '../definition/blocked.ts'
import { RuntimeGraph } from './runtime-graph.ts'
import { Schedule } from './schedule.ts'
import type { RunEvent } from '../workflow/index.ts'

/**
 * One run of a plan. Roots are demanded; what is demanded is looked for in the memo, else demands what feeds it; what has all it
 * needs is scheduled. Everything is driven by queues: no call nests with the depth of the graph.
 */
export class Execution implements InvocationHost, ContextHost {
  readonly plan: Plan
  readonly services: unknown
  readonly resources: HostResourcePool
  readonly report = new RunReport()
  readonly emit = this.report.emit
  readonly result: Promise<RunResult>
  private readonly options: ExecuteOptions
  private readonly reuse: Reuse
  private readonly schedule: Schedule
  private readonly demand: Demand
  private readonly controller = new AbortController()
  readonly runs: NodeRuns
  private resolve: (result: RunResult) => void = () => undefined
  private rootsLeft: number
  /** What is under way and will call back: nodes, look-ups, flights of other runs. */
  private active = 0
  /** Nodes that have not settled; they may outlive the run. */
  private unsettled = 0
  private over = false

  constructor(
    plan: Plan,
    options: ExecuteOptions,
    { memo, lanes, resources }: Required<Pick<ExecuteOptions, 'memo' | 'resources'>> & { readonly lanes: Lanes },
  ) {
    this.plan = plan
    this.runs = new NodeRuns(plan)
    this.rootsLeft = plan.roots.length
    this.options = options
    this.services = options.services
    this.resources = resources
    this.reuse = new Reuse(memo, this.runs, options)
    this.schedule = new Schedule(
      lanes,
      (node) => {
        this.begin(node)
      },
      () => {
        this.lookForEnd()
      },
    )
    this.demand = new Demand(this.runs, this.reuse, this.schedule, {
      isOver: () => this.over,
      take: (run, results, from) => {
        this.take(run, results, from)
      },
      fail: (error) => {
        this.fail(error)
      },
      track: (work) => {
        this.track(work)
      },
      waitOutside: () => {
        this.active++
        return () => (this.active -= 1)
      },
    })
    this.result = new Promise((resolve) => (this.resolve = resolve))
    setMaxListeners(0, this.controller.signal)
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  start(): void {
    const { signal } = this.options
    const cancel = () => {
      this.end({ type: 'run-cancelled', ms: this.report.elapsed() }, { state: 'cancelled', reason: signal?.reason })
    }
    this.report.emit({ type: 'run-started', nodes: this.plan.nodes.length })
    if (signal?.aborted === true) {
      cancel()
      return
    }
    signal?.addEventListener('abort', cancel, { once: true })
    void this.result.then(() => {
      signal?.removeEventListener('abort', cancel)
    })
    const begin = () => {
      const roots = this.plan.roots.map(({ rank }) => rank)
      for (const root of roots) {
        this.runs.at(root).isRoot = true
        this.runs.links.use(root)
      }
      this.demand.demand(roots)
    }
    const later = this.prepare(this.plan.nodes, this.plan.lookedUp)
    if (later) this.track(later.then(begin))
    else begin()
    this.schedule.drain()
  }

  /** Takes nodes into the run. A promise when their fingerprints take time; they cannot be demanded before. */
  addNodes(nodes: readonly PlannedNode[], maker: NodeRun): undefined | Promise<void> {
    this.runs.add(nodes, maker)
    const lookedUp = nodes.filter(({ fingerprint }) => fingerprint === undefined)
    return this.prepare(nodes, lookedUp)
  }

  private prepare(nodes: readonly PlannedNode[], lookedUp: readonly PlannedNode[]): undefined | Promise<void> {
    const later = fingerprintAll(lookedUp, {
      services: this.services,
      fingerprintFile: this.options.fingerprintFile,
      workflows: this.plan.workflows,
      runs: this.runs,
    })
    if (!later) this.reuse.touch(nodes)
    return later?.then(() => { this.reuse.touch(nodes) }) // prettier-ignore
  }

  /** Runs what gives a source, for a node that is running and waits for it outside of its lane. */
  async ask(asker: NodeRun, source: Source): Promise<unknown> {
    const run = this.runs.of(source.node)
    this.signal.throwIfAborted()
    let value = this.runs.valueOf(source)
    if (this.runs.stages.at(run.rank) !== Stage.done) {
      this.runs.links.use(run.rank)
      await this.pause(asker, () => {
        this.setWaiting(asker, true)
        const done = new Promise<void>((resolve) => {
          run.listeners ??= []
          run.listeners.push(() => {
            this.setWaiting(asker, false)
            resolve()
          })
        })
        this.demand.demand([run.rank])
        this.schedule.soon()
        return done
      })
      value = this.runs.valueOf(source)
      this.runs.unuse(run.rank)
    }
    this.signal.throwIfAborted()
    return value
  }

  /** A node that waits for others does nothing by itself: were all to do so, none would ever go on. */
  private setWaiting(run: NodeRun, isWaiting: boolean): void {
    if (run.isWaiting === isWaiting) return
    run.isWaiting = isWaiting
    this.active += isWaiting ? -1 : 1
  }

  /** Gives the place in the lane back while something is awaited, and takes one again before going on. */
  private async pause(run: NodeRun, wait: () => Promise<void>): Promise<void> {
    run.pauses++
    if (run.pauses === 1) this.schedule.leave(run)
    try {
      await wait()
    } finally {
      run.pauses--
      if (run.pauses === 0) await this.schedule.reenter(run)
    }
  }

  private take(run: NodeRun, results: OutputRecord, from: 'memory' | 'disk' | 'in-flight'): void {
    if (this.over) return
    this.reuse.remember(run)
    const effects = this.reuse.effectsOf(run)
    for (const artifact of effects?.artifacts ?? []) {
      this.report.emit({ type: 'node-artifact', node: run.node.id, artifact })
    }
    this.report.nodeReused(run, from, effects?.shown)
    this.arrive(run, results)
  }

  private begin(node: PlannedNode): void {
    const run = this.runs.at(node.rank)
    this.runs.stages.set(node.rank, Stage.running)
    run.isInLane = true
    run.startedAt = performance.now()
    this.unsettled++
    try {
      const arrived = collect(node, this.runs)
      const invoked =
        arrived instanceof Promise ? arrived.then((later) => this.call(run, later)) : this.call(run, arrived)
      if (invoked instanceof Promise) {
        this.track(
          invoked.then(
            (later) => {
              this.returned(run, later)
            },
            (error: unknown) => {
              this.threw(run, error)
            },
          ),
        )
      } else this.returned(run, invoked)
    } catch (error) {
      this.threw(run, error)
    }
  }

  private call(run: NodeRun, arrived: Arrived): Invoked | Promise<Invoked> {
    if (arrived.blocked) {
      run.isSkipped = true
      return { turns: [new Blocked()], isMapped: false }
    }
    this.report.emit({ type: 'node-started', node: run.node.id })
    return invoke(run, arrived, this)
  }

  attempt(run: NodeRun, turn: number, inputs: ReceivedInputs): unknown {
    run.inputs = inputs
    const { definition } = run.node
    const context = new NodeContext(this, run, turn, inputs)
    // The node receives what its definition declares: the plan was checked against it.
    if (!definition.retry && definition.timeoutMs === undefined) return definition.run(inputs as never, context)
    const { signal, report } = this
    const pause = (wait: () => Promise<void>) => this.pause(run, wait)
    return callWithRetries(run.node, inputs, context, { signal, emit: report.emit, pause })
  }

  finish(run: NodeRun, { graph, outputs }: Expansion): PendingOutputs {
    if (graph instanceof RuntimeGraph) return graph.finish(outputs)
    throw new NodeError('bad-output', run.node, 'it returned the expansion of another graph.')
  }

  private returned(run: NodeRun, invoked: Invoked): void {
    this.settle(run)
    if (this.over) return
    const { sources, prepared } = pendingOf(invoked)
    run.inputs = undefined
    run.invoked = invoked
    if (sources.length === 0) {
      this.completeExpanded(run)
      return
    }
    this.runs.stages.set(run.rank, Stage.expanded)
    const wait = () => {
      const awaited = sources.map(({ node }) => this.runs.of(node))
      for (const source of awaited) this.runs.links.use(source.rank)
      this.demand.demandFor(run, awaited)
      if (this.runs.stages.pendingOf(run.rank) === 0) this.completeExpanded(run)
    }
    if (prepared.length > 0) this.track(Promise.all(prepared).then(wait))
    else wait()
  }

  private threw(run: NodeRun, error: unknown): void {
    this.settle(run)
    if (this.over) return
    if (error instanceof NodeError) this.fail(error)
    else
      this.fail(
        new NodeError('node-failed', run.node, messageOf(error), {
          cause: error,
          inputs: run.inputs ?? run.node.values,
        }),
      )
  }

  /** Its `run` has ended: it leaves its lane and is heard no more. */
  private settle(run: NodeRun): void {
    run.isSettled = true
    this.unsettled--
    this.schedule.leave(run)
    if (this.over) this.letGoAll()
  }

  private completeExpanded(run: NodeRun): void {
    const { invoked } = run
    if (!invoked) return
    run.invoked = undefined
    const results = outputsOf(run.node, invoked, this.runs)
    if (!(results instanceof Promise)) this.complete(run, results, invoked)
    else this.track(results.then((known) => { this.complete(run, known, invoked) })) // prettier-ignore
  }

  private complete(run: NodeRun, results: OutputRecord, invoked: Invoked): void {
    for (const { node } of pendingOf(invoked).sources) this.runs.unuse(node.rank)
    this.report.nodeFinished(run, results)
    this.reuse.land(run, run.isSkipped ? undefined : results)
    this.arrive(run, results)
  }

  /** The outputs are there: whoever waits for them goes on, and what fed them is let go. */
  private arrive(run: NodeRun, results: OutputRecord): void {
    const { rank, joined } = run
    const { stages } = this.runs
    stages.set(rank, Stage.done)
    run.outputs = results
    run.release = this.resources.hold(results)
    run.letGoHeld()
    stages.wakeBehind(rank, this.wake)
    run.joined = undefined
    if (joined) for (const other of joined) if (stages.removePending(other.rank) === 0) this.completeExpanded(other)
    run.tellListeners()
    this.runs.letGoBehind(run)
    if (run.isRoot) this.rootsLeft--
    else if (this.runs.links.usesOf(rank) === 0) this.runs.letGo(rank)
  }

  private readonly wake = (rank: number): void => {
    this.schedule.add(this.runs.nodeAt(rank))
  }

  /** Counts something as under way until it calls back. */
  private track(work: Promise<void>): void {
    this.active++
    work.then(
      () => {
        this.active--
        this.schedule.drain()
      },
      (error: unknown) => {
        this.active--
        const [root] = this.plan.roots
        if (error instanceof NodeError) this.fail(error)
        else if (root) this.fail(new NodeError('node-failed', root, messageOf(error), { cause: error }))
      },
    )
  }

  private lookForEnd(): void {
    if (this.over) return
    if (this.rootsLeft === 0) this.succeed()
    if (this.over || this.active > 0 || this.schedule.hasWork) return
    const left = this.runs.unfinished()
    const node = left.find(({ rank }) => this.runs.isHeldUp(rank)) ?? left[0]
    if (node) this.fail(new NodeError('stalled', node, 'it waits for something that waits for it.'))
  }

  private succeed(): void {
    const outputs = new Map(this.plan.roots.map((node) => [node.id, plainOutputs(this.runs.of(node).outputs ?? {})]))
    const results = Object.entries(this.plan.results).map(([name, { node, output }]) => [
      name,
      plainValue(this.runs.of(node).outputs?.[output]),
    ])
    const { ran, reused, blocked } = this.report
    this.end(
      { type: 'run-succeeded', ms: this.report.elapsed(), ran, reused },
      { state: 'succeeded', results: Object.fromEntries(results), outputs, blocked },
    )
  }

  private fail(error: NodeError): void {
    if (this.over) return
    const report = errorReportOf(error)
    this.report.emit({ type: 'node-failed', node: error.nodeId, error: report })
    this.end({ type: 'run-failed', ms: this.report.elapsed(), error: report }, { state: 'failed', error })
  }

  /** Ends the run at once: nodes that still run are told by their signal, and what they do is heard no more. */
  private end(event: RunEvent, outcome: Outcome): void {
    if (this.over) return
    this.over = true
    this.report.emit(event)
    this.report.events.close()
    this.controller.abort(
      outcome.state === 'cancelled' ? outcome.reason : new DOMException('The run has ended.', 'AbortError'),
    )
    this.schedule.stop()
    this.reuse.close()
    for (const run of this.runs.known()) run.tellListeners()
    this.letGoAll()
    this.resolve({ ...outcome, ms: this.report.elapsed(), ran: this.report.ran, reused: this.report.reused })
  }

  /** Once no node uses them any more, the resources of the run are let go. */
  private letGoAll(): void {
    if (this.unsettled > 0) return
    for (const run of this.runs.known()) run.letGoAll()
  }
}
