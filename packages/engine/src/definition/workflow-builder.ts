import {
  type FailurePolicy,
  given,
  type JsonValue,
  type Link,
  type NodeId,
  type NodeInstance,
  type NodeMode,
  type SubWorkflow,
  type SubWorkflowInput,
  subWorkflowPrefix,
  type Workflow,
  type WorkflowParameter,
  type WorkflowResult,
} from '../workflow/index.ts'
import type { DynamicInputs, Inputs, NodeDeclaration, Output, Outputs } from './node-declaration.ts'
import type { LinkInput, ValueInput } from './input.ts'
import type { ListOutput, SocketType } from './socket-type.ts'

/** An output of a node of a builder; `Name` is the name of its socket type, so that a wrong link does not compile. */
export interface OutputRef<Name extends string = string> {
  readonly link: Link
  readonly _name?: Name
}

/** The socket types that may feed a socket of type `Name`: itself and what is converted without loss. */
type Feeds<Name extends string> = '*' extends Name
  ? string
  : Name extends 'float'
    ? 'float' | 'int' | 'toggle'
    : Name extends 'int'
      ? 'int' | 'toggle'
      : Name extends 'text'
        ? 'text' | 'int' | 'float' | 'toggle'
        : Name

type RefFor<Name extends string> = OutputRef<Feeds<Name>>
type RefOfName<Name extends string> = '*' extends Name ? OutputRef<never> : OutputRef<Name>
export type RefOf<O extends Output> =
  O extends ListOutput<infer Name> ? RefOfName<Name> : O extends SocketType<infer Name> ? RefOfName<Name> : never

type Fed<I> =
  I extends LinkInput<infer Name, unknown, boolean, infer List>
    ? RefFor<Name> | (List extends true ? readonly RefFor<Name>[] : never)
    : I extends ValueInput<unknown, infer Literal, infer Name>
      ? Literal | RefFor<Name>
      : never
type RequiredName<I extends Inputs, Name extends keyof I> =
  I[Name] extends LinkInput<string, unknown, false> ? Name : never

/** What `add` takes for the inputs of a definition: required links must be there, values may. */
export type BuilderInputs<I extends Inputs> = {
  readonly [Name in keyof I as RequiredName<I, Name>]: Fed<I[Name]>
} & {
  readonly [Name in keyof I as Exclude<Name, RequiredName<I, Name>>]?: Fed<I[Name]>
}

/** What `add` gives: the id of the node and its outputs. */
export type Added<O extends Outputs> = { readonly id: NodeId } & { readonly [Name in keyof O]: RefOf<O[Name]> }

export type AddOptions<D extends DynamicInputs | undefined = undefined> = {
  /** Default: the lowest number that is free. */
  readonly id?: NodeId
  readonly mode?: NodeMode
  readonly onFailure?: FailurePolicy
} & (D extends DynamicInputs<LinkInput<infer Name>>
  ? { readonly dynamic?: { readonly [name: string]: RefFor<Name> } }
  : unknown)

interface PlainAddOptions {
  readonly id?: NodeId
  readonly mode?: NodeMode
  readonly onFailure?: FailurePolicy
  readonly dynamic?: { readonly [name: string]: OutputRef }
}

type Argument<T> = T extends object ? (Record<never, never> extends T ? [T?] : [T]) : never

/** A sub-workflow of a builder, to be used like a definition. */
export interface SubWorkflowRef<In extends SubWorkflowSockets, Out extends SubWorkflowOutputs> {
  readonly name: string
  readonly _in?: In
  readonly outputs: readonly (keyof Out & string)[]
  readonly _out?: Out
}
export type SubWorkflowSockets = { readonly [name: string]: SocketType }
export type SubWorkflowOutputs = { readonly [name: string]: OutputRef }
type InRefs<In extends SubWorkflowSockets> = {
  readonly [Name in keyof In]: In[Name] extends SocketType<infer N> ? RefOfName<N> : never
}
type InFed<In extends SubWorkflowSockets> = {
  readonly [Name in keyof In]: In[Name] extends SocketType<infer N> ? RefFor<N> | JsonValue : never
}

/** Adds nodes to a graph; a link between sockets that do not fit is a compile error. */
export class GraphBuilder {
  protected readonly nodes = new Map<NodeId, NodeInstance>()
  /** Nodes that were added since someone emptied this list. */
  protected readonly fresh: NodeId[] = []
  private lastNumber = 0

  /** Adds a node: links and values by input name. */
  add<I extends Inputs, O extends Outputs, D extends DynamicInputs | undefined>(
    definition: NodeDeclaration<I, O, D>,
    ...[inputs, options]: [...Argument<BuilderInputs<I>>, options?: AddOptions<D>]
  ): Added<O> {
    const { dynamic, ...rest }: PlainAddOptions = options ?? {}
    const id = this.place(definition.type, definition.version, { ...inputs, ...dynamic }, rest)
    return added(id, Object.keys(definition.outputs))
  }

  /** Adds a node by name, unchecked until the workflow is validated; its outputs fit every input. */
  addByName(
    type: string,
    version: number,
    inputs: { readonly [name: string]: OutputRef | readonly OutputRef[] | JsonValue },
    options: { readonly id?: NodeId; readonly mode?: NodeMode } = {},
  ): { readonly id: NodeId; output(name: string): OutputRef<never> } {
    const id = this.place(type, version, inputs, options)
    return { id, output: (output) => ({ link: { node: id, output } }) }
  }

  /** Adds a sub-workflow of the document as a node. */
  use<In extends SubWorkflowSockets, Out extends SubWorkflowOutputs>(
    workflow: SubWorkflowRef<In, Out>,
    inputs: InFed<In>,
    options: { readonly id?: NodeId; readonly mode?: NodeMode } = {},
  ): { readonly id: NodeId } & Out {
    const id = this.place(subWorkflowPrefix + workflow.name, 1, inputs, options)
    return added(id, workflow.outputs)
  }

  private place(
    type: string,
    version: number,
    inputs: { readonly [name: string]: unknown },
    { id = this.freeId(), mode, onFailure }: Omit<PlainAddOptions, 'dynamic'>,
  ): NodeId {
    if (id === '' || id.includes('/'))
      throw new TypeError(`A node id is any text without "/", not ${JSON.stringify(id)}.`)
    if (this.nodes.has(id)) throw new TypeError(`There are two nodes with the id ${JSON.stringify(id)}.`)
    const values: Record<string, JsonValue> = {}
    const links: Record<string, Link | readonly Link[]> = {}
    for (const [name, input] of Object.entries(inputs)) {
      if (input === undefined) continue
      if (isOutputRef(input)) links[name] = input.link
      else if (isOutputRefs(input)) links[name] = input.map((ref) => ref.link)
      else values[name] = literal(input)
    }
    this.nodes.set(id, { type, version, values, links, ...given({ mode, onFailure }) })
    this.fresh.push(id)
    return id
  }

  protected instanceOf(id: NodeId): NodeInstance {
    const instance = this.nodes.get(id)
    if (!instance) throw new TypeError(`There is no node with the id ${JSON.stringify(id)}.`)
    return instance
  }

  private freeId(): NodeId {
    do this.lastNumber++
    while (this.nodes.has(String(this.lastNumber)))
    return String(this.lastNumber)
  }
}

/** Builds a workflow document in TypeScript. */
export class WorkflowBuilder extends GraphBuilder {
  private readonly about: Pick<Workflow, 'name' | 'description' | 'tags'>
  private readonly workflows: Record<string, SubWorkflow> = {}
  private readonly parameters: Record<string, WorkflowParameter> = {}
  private readonly results: Record<string, WorkflowResult> = {}

  constructor(about: Pick<Workflow, 'name' | 'description' | 'tags'> = {}) {
    super()
    this.about = about
  }

  /** Defines a sub-workflow: its inputs by socket type, and a function that builds it and returns its outputs. */
  define<In extends SubWorkflowSockets, Out extends SubWorkflowOutputs>(
    name: string,
    inputs: In,
    build: (graph: GraphBuilder, inputs: InRefs<In>) => Out,
  ): SubWorkflowRef<In, Out> {
    const graph = new SubWorkflowGraph()
    const refs = Object.fromEntries(Object.keys(inputs).map((input) => [input, { link: { input } }]))
    // Each name of `In` has a ref; `fromEntries` knows only strings.
    const outputs = build(graph, refs as InRefs<In>)
    this.workflows[name] = graph.finish(Object.keys(inputs), outputs)
    return { name, outputs: Object.keys(outputs) }
  }

  /** Names an input of the workflow, as a field of its app view and an argument of headless runs. */
  parameter(name: string, parameter: WorkflowParameter): this {
    this.parameters[name] = parameter
    return this
  }

  /** Names an output of the workflow. Its node runs even when it has no side effect. */
  result(name: string, output: OutputRef, label?: string): this {
    const { link } = output
    if (!('node' in link)) throw new TypeError(`The result ${JSON.stringify(name)} must be an output of a node.`)
    this.results[name] = { ...link, ...given({ label }) }
    return this
  }

  build(): Workflow {
    return {
      format: 'patchbay-workflow',
      version: 1,
      ...this.about,
      nodes: Object.fromEntries(this.nodes),
      ...given({
        workflows: copyOf(this.workflows),
        parameters: copyOf(this.parameters),
        results: copyOf(this.results),
      }),
    }
  }
}

/** A copy of a record; undefined for an empty one, which a document leaves out. */
function copyOf<T extends object>(record: T): T | undefined {
  return Object.keys(record).length > 0 ? { ...record } : undefined
}

class SubWorkflowGraph extends GraphBuilder {
  finish(inputs: readonly string[], outputs: SubWorkflowOutputs): SubWorkflow {
    return {
      nodes: Object.fromEntries(this.nodes),
      inputs: Object.fromEntries(
        inputs.map((name) => [name, { like: this.firstUse(name) } satisfies SubWorkflowInput]),
      ),
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, { link }]) => {
          if ('node' in link) return [name, link]
          throw new TypeError(`The output ${JSON.stringify(name)} of a sub-workflow must come from a node inside.`)
        }),
      ),
    }
  }

  private firstUse(name: string): SubWorkflowInput['like'] {
    for (const [node, { links }] of this.nodes) {
      for (const [input, linked] of Object.entries(links)) {
        const all: readonly Link[] = 'map' in linked ? linked : [linked]
        if (all.some((link) => 'input' in link && link.input === name)) return { node, input }
      }
    }
    throw new TypeError(`The input ${JSON.stringify(name)} of a sub-workflow is used by no node inside.`)
  }
}

function added<T>(id: NodeId, outputs: readonly string[]): T {
  const refs = outputs.map((output) => [output, { link: { node: id, output } }])
  // `T` is derived from the very outputs that are listed here.
  return { id, ...Object.fromEntries(refs) } as T
}

export function isOutputRef(value: unknown): value is OutputRef {
  return typeof value === 'object' && value !== null && 'link' in value && typeof value.link === 'object'
}

function isOutputRefs(value: unknown): value is readonly OutputRef[] {
  return Array.isArray(value) && value.length > 0 && value.every(isOutputRef)
}

function literal(value: unknown): JsonValue {
  if (typeof value === 'bigint') return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value)
  // The types of `add` allow only literals here.
  return value as JsonValue
}
