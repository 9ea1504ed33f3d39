import type { Plan } from '../planning/plan.ts'
import type { NodeRuns } from './node-runs.ts'
import type { NodeId, RunEvent } from '../workflow/index.ts'
import { contentKey } from '../definition/content-key.ts'
import { joinList } from '../definition/join-list.ts'
import { assemble, constantNode, constantOf } from '../planning/assemble.ts'
import { type CheckedNode, NodeChecker } from '../planning/check-node.ts'
import { digest } from '../planning/fingerprint.ts'
import { FlatGraph, type FlatNode } from '../planning/flatten.ts'
import { plainValue, ValueList } from '../definition/flowing.ts'
import { PendingOutputs, type Turn } from './turn-results.ts'
import { NodeError } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import { orderFrom } from '../planning/order.ts'
import type { PlannedNode, Source } from '../planning/planned-node.ts'
import { socketTypeOf } from '../definition/registry.ts'
import { Blocked } from '../definition/blocked.ts'
import { AnyType, type SocketType } from '../definition/socket-type.ts'
import { type LiveSource, SubgraphBuilder } from '../definition/subgraph.ts'
import type { OutputRef } from '../definition/workflow-builder.ts'

/** What a graph made at run time needs of the run around it. */
export interface GraphHost {
  readonly plan: Plan
  readonly runs: NodeRuns
  emit(event: RunEvent): void
  /** Runs what gives the source, for a node that waits for it. */
  ask(run: NodeRun, source: Source): Promise<unknown>
  /** Takes nodes into the run. A promise when their fingerprints take time; they cannot be demanded before. */
  addNodes(nodes: readonly PlannedNode[], maker: NodeRun): undefined | Promise<void>
}

/** Deeper than this, a node that expands into nodes that expand has no end. */
const deepest = 500

/**
 * The graph that one turn of a node makes. What is added is planned when it is first asked for, so a loop grows turn
 * by turn.
 */
export class RuntimeGraph extends SubgraphBuilder {
  private readonly host: GraphHost
  private readonly run: NodeRun
  private readonly turn: Turn
  private readonly inputs: { readonly [name: string]: unknown }
  private readonly flat: FlatGraph
  private readonly planned = new Map<FlatNode, PlannedNode>()
  private readonly liveSources = new Map<string, readonly Source[]>()
  /** Once the fingerprints of all that was planned are known. */
  private prepared: Promise<void> | undefined

  constructor(host: GraphHost, run: NodeRun, turn: Turn, inputs: { readonly [name: string]: unknown }) {
    super()
    this.host = host
    this.run = run
    this.turn = turn
    this.inputs = inputs
    const prefix = `${run.node.id}/${turn.isMapped ? `${turn.index}:` : ''}`
    const { onFailure } = run.node
    this.flat = new FlatGraph(host.plan.registry, host.plan.workflows, { prefix, path: '', names: [], onFailure })
  }

  async evaluate<Value>(output: OutputRef, _type: SocketType<string, Value>): Promise<Value> {
    const source = this.sourceOf(output)
    if (this.prepared) await this.prepared
    const value = await this.host.ask(this.run, source)
    if (value instanceof Blocked) throw value
    // The socket type says what the output gives; its definition was held to it when it ran.
    return plainValue(value) as Value
  }

  list(outputs: readonly OutputRef[]): OutputRef<never> {
    const { id } = this.add(joinList, { elements: outputs })
    return { link: { node: id, output: 'list' } }
  }

  socketsOf(workflow: string) {
    const { workflows } = this.host.plan
    const body = Object.hasOwn(workflows, workflow) ? workflows[workflow] : undefined
    return body && { inputs: Object.keys(body.inputs), outputs: Object.keys(body.outputs) }
  }

  /** What stands for the outputs of the node. */
  finish(outputs: { readonly [name: string]: OutputRef }): PendingOutputs {
    const sources: { [name: string]: Source } = {}
    for (const [name, ref] of Object.entries(outputs)) {
      const source = this.sourceOf(ref)
      const declared = this.run.node.definition.outputs[name]
      const fit = declared && this.host.plan.registry.fit(typeOf(source).name, [socketTypeOf(declared)])
      if (!fit?.ok) throw this.wrong(`output "${name}" cannot stand for "${typeOf(source).name}".`)
      sources[name] = fit.coercion ? { ...source, coercion: fit.coercion } : source
    }
    return new PendingOutputs(sources, this.prepared)
  }

  private sourceOf({ link }: OutputRef): Source {
    this.plan()
    const [flatSource] = this.flat.resolve(this.flat.root, [link], (_, what) => {
      throw this.wrong(what)
    })
    const node = flatSource?.type === 'output' ? this.planned.get(flatSource.node) : undefined
    if (flatSource?.type === 'output' && node) return { node, output: flatSource.output }
    const [live] = flatSource?.type === 'outside' ? this.outside(flatSource.name) : []
    if (live) return live
    throw this.wrong('it asks for an output that nothing gives.')
  }

  /** Plans what was added since the last time. */
  private plan(): void {
    const before = this.flat.nodes.length
    if (this.fresh.length === 0) return
    if (this.run.node.id.split('/').length > deepest) throw this.wrong(`it expands more than ${deepest} levels deep.`)
    this.flat.add(this.fresh.map((id) => [id, this.instanceOf(id)] as const))
    this.fresh.length = 0
    const checker = new NodeChecker(this.host.plan.registry, this.flat, (name) => {
      const [source] = this.outside(name)
      return source ? typeOf(source) : AnyType
    })
    const checked = new Map<FlatNode, CheckedNode>()
    for (const flat of this.flat.nodes.slice(before)) {
      const node = flat.mode === undefined ? checker.check(flat) : undefined
      if (node) checked.set(flat, node)
    }
    const { order, cycles } = orderFrom(checked.values(), checked)
    const issues = [...this.flat.issues, ...checker.issues].map(({ message }) => message)
    if (cycles.length > 0) issues.push('the nodes need one another')
    if (issues.length > 0) throw this.wrong(issues.join(' '))
    const nodes = assemble(order, this.planned, {
      firstRank: this.host.runs.nextRank,
      workflows: this.host.plan.workflows,
      outside: (name) => this.outside(name),
    })
    const later = this.host.addNodes(nodes, this.run)
    if (later) this.prepared = this.prepared ? Promise.all([this.prepared, later]).then(() => undefined) : later
    const members = nodes.map(({ id, definition }) => ({ id, type: definition.type }))
    this.host.emit({ type: 'node-expanded', node: this.run.node.id, nodes: members })
  }

  private outside(name: string): readonly Source[] {
    const existing = this.liveSources.get(name)
    if (existing) return existing
    const live = this.live.get(name)
    if (!live) throw this.wrong(`there is no input "${name}" to pass on.`)
    const sources = this.sourcesOf(live)
    this.liveSources.set(name, sources)
    return sources
  }

  private sourcesOf(live: LiveSource): readonly Source[] {
    const { node, fingerprint } = this.run
    if (live.type === 'value') {
      const own = fingerprint === undefined ? undefined : digest(`${fingerprint}#${this.turn.index}=${live.ordinal}`)
      return [this.constant(`=${live.ordinal}`, AnyType, live.value, own)]
    }
    const input = node.inputs.find(({ name }) => name === live.input)
    const fed = input?.sources.map((source) => this.host.runs.fingerprintAt(source.node.rank))
    const isKnown = fed?.every((one) => one !== undefined) ?? true
    const [first] = input?.sources ?? []
    const type = first ? typeOf(first) : AnyType
    if (live.type === 'element') {
      const values = this.received(live.input)
      if (!Array.isArray(values)) throw this.wrong(`the input "${live.input}" is no list.`)
      const place = isKnown ? `${this.listFingerprint(input?.sources ?? [])}[${live.index}]` : undefined
      const own = ownOf(contentKey(values[live.index]), place)
      return [this.constant(`${live.input}[${live.index}]`, type, values[live.index], own)]
    }
    if (!input) {
      const value = this.received(live.input)
      if (value === undefined && !(live.input in node.definition.inputs))
        throw this.wrong(`it has no input "${live.input}".`)
      if (value === undefined) return []
      const own = digest(`literal ${JSON.stringify(node.values[live.input])}`)
      return [this.constant(live.input, AnyType, value, own)]
    }
    if (first && input.sources.length === 1 && !this.turn.isMapped) return [{ node: first.node, output: first.output }]
    const value = this.received(live.input)
    const place = isKnown ? `${this.listFingerprint(input.sources)}#${this.turn.index}` : undefined
    const own = ownOf(isListInput(input.declared) ? undefined : contentKey(value), place)
    return [
      this.constant(
        live.input,
        type,
        Array.isArray(value) && isListInput(input.declared) ? new ValueList(value) : value,
        own,
      ),
    ]
  }

  private listFingerprint(sources: readonly Source[]): string {
    return sources.map(({ node, output }) => `${this.host.runs.fingerprintAt(node.rank) ?? ''}.${output}`).join('+')
  }

  private received(input: string): unknown {
    const dynamic = this.inputs['dynamic']
    if (input in this.inputs) return this.inputs[input]
    return typeof dynamic === 'object' && dynamic !== null && input in dynamic ? Reflect.get(dynamic, input) : undefined
  }

  private constant(id: NodeId, type: SocketType, value: unknown, fingerprint: string | undefined): Source {
    const node = constantNode(`${this.run.node.id}/${id}`, constantOf(type))
    return { node: this.host.runs.addConstant(node, { value, fingerprint, maker: this.run }), output: 'value' }
  }

  private wrong(what: string): NodeError {
    return new NodeError('bad-expansion', this.run.node, what, { inputs: this.inputs })
  }
}

/**
 * The fingerprint of an element: by what it holds, so that it stays the same in a list that grows; else by its place.
 */
function ownOf(content: string | undefined, place: string | undefined): string | undefined {
  if (content !== undefined) return digest(`element ${content}`)
  return place === undefined ? undefined : digest(place)
}

function isListInput(declared: { readonly kind: string; readonly list?: boolean }): boolean {
  return declared.list === true
}

function typeOf({ node, output }: Source): SocketType {
  const declared = node.definition.outputs[output]
  return declared ? socketTypeOf(declared) : AnyType
}
