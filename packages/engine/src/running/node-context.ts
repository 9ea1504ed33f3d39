import {
  type ArtifactRef,
  given,
  type JsonObject,
  type JsonValue,
  type NodeId,
  type Preview,
  type RunEvent,
} from '../workflow/index.ts'
import type { Turn } from './turn-results.ts'
import type { HostResourcePool, Resource, ResourcePool, ResourceRequest } from '../definition/resource-pool.ts'
import type { NodeRun } from './node-run.ts'
import { Expansion, type RunContext } from '../definition/run-context.ts'
import { Blocked } from '../definition/blocked.ts'
import { type GraphHost, RuntimeGraph } from './runtime-graph.ts'
import type { OutputRef } from '../definition/workflow-builder.ts'

/** What the context of a node needs of the run around it. */
export interface ContextHost extends GraphHost {
  /** Aborted when the run is over. */
  readonly signal: AbortSignal
  readonly services: unknown
  readonly resources: HostResourcePool
  /** Tells a warning of a node, once in a run. */
  warn(node: NodeId, message: string): void
}

/**
 * What one turn of a node sees of its run. Its functions may be taken apart (`{ progress }`), and do nothing once the
 * node has settled: a node that goes on after its time is not heard.
 */
export class NodeContext implements RunContext {
  readonly signal: AbortSignal
  private readonly host: ContextHost
  private readonly run: NodeRun
  private readonly turn: Turn
  private readonly inputs: { readonly [name: string]: unknown }
  private made: RuntimeGraph | undefined

  constructor(
    host: ContextHost,
    run: NodeRun,
    turn: Turn,
    inputs: { readonly [name: string]: unknown },
    signal: AbortSignal = host.signal,
  ) {
    this.host = host
    this.run = run
    this.turn = turn
    this.inputs = inputs
    this.signal = signal
  }

  /** The same for one attempt, with a signal of its own and a graph of its own. */
  withSignal(signal: AbortSignal): NodeContext {
    return new NodeContext(this.host, this.run, this.turn, this.inputs, signal)
  }

  get nodeId(): NodeId {
    const { node } = this.run
    if (node.definition.usesNodeId !== true) this.run.isBoundToId = true
    return node.id
  }

  get services(): unknown {
    return this.host.services
  }

  get resources(): ResourcePool {
    return {
      acquire: async <T>(request: ResourceRequest<T>): Promise<Resource<T>> => {
        const { resource, release } = await this.host.resources.acquire(request)
        if (this.isSettled) release()
        else {
          this.run.held ??= []
          this.run.held.push(release)
        }
        return resource
      },
    }
  }

  get progress() {
    return (step: number, steps: number, text?: string): void => {
      this.tell({ type: 'node-progress', node: this.run.node.id, step, steps, ...given({ text }) })
    }
  }

  get preview() {
    return (preview: Preview): void => {
      this.tell({ type: 'node-preview', node: this.run.node.id, preview })
    }
  }

  get artifact() {
    return (artifact: ArtifactRef): void => {
      this.run.artifacts ??= []
      this.run.artifacts.push(artifact)
      this.tell({ type: 'node-artifact', node: this.run.node.id, artifact })
    }
  }

  get show() {
    return (shown: JsonObject): void => {
      const { run, turn } = this
      // Of a mapped node, the lists that its turns show become one.
      const before = run.shownIn === turn.index ? {} : (run.shown ?? {})
      const joined = Object.entries(shown).map(([key, value]): [string, JsonValue] => {
        const earlier = Object.hasOwn(before, key) ? before[key] : undefined
        return [key, isList(earlier) && isList(value) ? [...earlier, ...value] : value]
      })
      run.shown = { ...run.shown, ...Object.fromEntries(joined) }
      run.shownIn = turn.index
    }
  }

  get warn() {
    return (message: string): void => {
      if (this.isSettled) return
      this.run.warnings ??= []
      if (!this.run.warnings.includes(message)) this.run.warnings.push(message)
      this.host.warn(this.run.node.id, message)
    }
  }

  get graph(): RuntimeGraph {
    this.made ??= new RuntimeGraph(this.host, this.run, this.turn, this.inputs)
    return this.made
  }

  get expand() {
    return (outputs: { readonly [name: string]: OutputRef }): Expansion => new Expansion(outputs, this.graph)
  }

  get block() {
    return (reason?: string): Blocked => new Blocked(reason)
  }

  private get isSettled(): boolean {
    return this.host.runs.stages.isSettled(this.run.rank)
  }

  private tell(event: RunEvent): void {
    if (!this.isSettled) this.host.emit(event)
  }
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
