import type { DynamicInputs, Inputs, NodeDeclaration, Outputs } from './node-declaration.ts'
import type { LinkInput, ValueInput } from './input.ts'
import type { ListOutput, ValueOf } from './socket-type.ts'
import type { Blocked } from './blocked.ts'
import type { Expansion, RunContext } from './run-context.ts'
import type { JsonObject, NodeEstimate, NodeId } from '../workflow/index.ts'

export type Received<I> =
  I extends LinkInput<string, infer R> ? R : I extends ValueInput<infer R, unknown, string> ? R : never
/** What `run` receives: a value for each declared input, and `dynamic` for the others, by name in natural order. */
export type InputValues<I extends Inputs, D extends DynamicInputs | undefined = undefined> = {
  readonly [Name in keyof I]: Received<I[Name]>
} & (D extends DynamicInputs<infer Each> ? { readonly dynamic: { readonly [name: string]: Received<Each> } } : unknown)

type OutputValue<O> = O extends ListOutput<string, infer Value> ? readonly Value[] : ValueOf<O>
/** What `run` returns: a value for each output, or for some of them what `context.block` returned. */
export type OutputValues<O extends Outputs> = { readonly [Name in keyof O]: OutputValue<O[Name]> | Blocked }

type ResultKey<R> = R extends Blocked | Expansion ? never : keyof R
/**
 * Makes an output that was not declared a compile error that names it: TypeScript itself lets a function return more.
 */
type NoExtra<O extends Outputs, R> = [Exclude<ResultKey<R>, keyof O>] extends [never]
  ? unknown
  : { readonly run: `${Exclude<ResultKey<R>, keyof O> & string} is not an output of this node` }

export interface Retry {
  /** How often to try again after the first failure. */
  readonly times: number
  /** Wait before the first new attempt, in milliseconds; doubles with each further one. */
  readonly delayMs?: number
  /** Whether trying again could help; without it every error is tried again. */
  when?(error: unknown): boolean
}

type LiteralOf<I> = I extends ValueInput<unknown, infer Literal, string> ? Literal : never
/** What is known of a node before it runs. */
export interface StaticFacts<I extends Inputs> {
  /** Literals, defaults filled; an input that is linked is missing. */
  readonly values: { readonly [Name in keyof I]?: LiteralOf<I[Name]> }
  /** The socket types of what is linked, by input, in the order of the links; `*` of one that may give anything. */
  readonly types?: { readonly [input: string]: readonly string[] }
  /** Traits of what is linked, by input (for an input of several links, of the first); `{}` when nothing is known. */
  readonly links: { readonly [Name in keyof I]?: JsonObject }
}

/** What a definition's own validation found: a sentence about the node, or about one of its inputs. */
export type Finding<Name extends string = string> =
  string | { readonly input?: Name; readonly message: string; readonly severity?: 'error' | 'warning' }

/** What running a node takes. What is not known is missing. */
export type Estimate = Omit<NodeEstimate, 'node' | 'type'>

/** Never the same, so the node and what needs it always run. */
export const alwaysChanged: unique symbol = Symbol('always changed')

export interface NodeDefinition<
  I extends Inputs = Inputs,
  O extends Outputs = Outputs,
  Services = unknown,
  D extends DynamicInputs | undefined = DynamicInputs | undefined,
> extends NodeDeclaration<I, O, D> {
  /**
   * The result depends on the id of the node: of two that are equal otherwise, each runs, and is reused by itself.
   */
  readonly usesNodeId?: boolean
  readonly retry?: Retry
  /** After so many milliseconds the node has failed, whether or not it settles. */
  readonly timeoutMs?: number
  /** What else the result depends on, e.g. the content of a folder; `alwaysChanged` when it can never be reused. */
  fingerprint?(
    facts: Pick<StaticFacts<I>, 'values'>,
    services: Services,
  ): string | typeof alwaysChanged | Promise<string | typeof alwaysChanged>
  /** What is known of the outputs before the run, e.g. the family of a model from the header of its file. */
  traits?(facts: StaticFacts<I>, services: Services): TraitsOf<O> | Promise<TraitsOf<O>>
  /** Checks that a schema cannot make; runs before anything of the workflow runs. */
  validate?(
    facts: StaticFacts<I>,
    services: Services,
  ): readonly Finding<keyof I & string>[] | Promise<readonly Finding<keyof I & string>[]>
  /** What a run of this node takes, by what is known before it; undefined where that is too little. */
  estimate?(facts: StaticFacts<I>, services: Services): Estimate | undefined | Promise<Estimate | undefined>
  /** Steps between versions: `migrate[1]` turns values and links of version 1 into those of version 2. */
  readonly migrate?: { readonly [fromVersion: number]: (node: MigratedNode) => MigratedNode }
  run(inputs: InputValues<I, D>, context: RunContext<Services>): RunResultOf<O> | Promise<RunResultOf<O>>
}

export type TraitsOf<O extends Outputs> = { readonly [Name in keyof O]?: JsonObject }
export type RunResultOf<O extends Outputs> = OutputValues<O> | Blocked | Expansion
export interface MigratedNode {
  readonly values: JsonObject
  readonly links: { readonly [input: string]: LinkLike | readonly LinkLike[] }
}
type LinkLike = { readonly node: NodeId; readonly output: string } | { readonly input: string }

/** Any definition. Methods are compared both ways, so each definition is one of these. */
export type AnyNodeDefinition = NodeDefinition

/** The parts of a definition from which its types are inferred, apart from the rest. */
type Declaration<I extends Inputs, O extends Outputs, Services, D extends DynamicInputs | undefined, R> = Omit<
  NodeDefinition<I, O, Services, D>,
  'run'
> & {
  run(inputs: InputValues<I, D>, context: RunContext<Services>): R | Promise<R>
}

/** `defineNode` for hosts that offer `Services` to their nodes. */
export function createDefineNode<Services>() {
  return function defineNode<
    const I extends Inputs,
    const O extends Outputs,
    R extends RunResultOf<O>,
    D extends DynamicInputs | undefined = undefined,
  >(definition: Declaration<I, O, Services, D, R> & NoExtra<O, R>): NodeDefinition<I, O, Services, D> {
    checkDeclaration(definition)
    return definition
  }
}

/**
 * Declares a node. Types of `run`, JSON Schema, manifest, builder and documentation all follow from this one value.
 */
export const defineNode = createDefineNode<unknown>()

function checkDeclaration({
  type,
  version,
  inputs,
  outputs,
  dynamicInputs,
}: Pick<NodeDefinition, 'type' | 'version' | 'inputs' | 'outputs' | 'dynamicInputs'>): void {
  const complain = (what: string): never => {
    throw new TypeError(`Node definition ${JSON.stringify(type)}: ${what}`)
  }
  if (!/^[A-Za-z][\w.-]*$/.test(type)) complain('the type must be a word, such as "LoadImage".')
  if (!Number.isInteger(version) || version < 1) complain(`the version must be a whole number from 1, not ${version}.`)
  if ('id' in outputs) complain('no output can be named "id": the builder uses it for the id of the node.')
  if (dynamicInputs && 'dynamic' in inputs) complain('no input can be named "dynamic" beside dynamic inputs.')
}
