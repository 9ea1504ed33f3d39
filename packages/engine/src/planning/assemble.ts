import type { CheckedNode, CheckedSource } from './check-node.ts'
import { defineNode } from '../definition/define-node.ts'
import type { PlannedInput, PlannedNode, Source, Unfingerprinted } from './planned-node.ts'
import { plannedFingerprint } from './fingerprint.ts'
import type { FlatNode } from './flatten.ts'
import type { Input } from '../definition/input.ts'
import { given, type JsonObject, type NodeId, type SubWorkflows } from '../workflow/index.ts'
import type { Registered } from '../definition/registry.ts'
import { AnyType, type SocketType } from '../definition/socket-type.ts'

/** What a muted source becomes: a node that gives nothing, for a lazy input that may never ask. */
const mutedSource: Registered = constantOf(AnyType)

export interface AssembleOptions {
  readonly firstRank: number
  readonly workflows: SubWorkflows
  /** What gives the inputs of the graph that the nodes are part of. */
  readonly outside: (name: string) => readonly Source[]
}

/**
 * Turns checked nodes, in their order, into planned ones. `planned` knows those that were planned before, and learns
 * these.
 */
export function assemble(
  order: readonly CheckedNode[],
  planned: Map<FlatNode, PlannedNode>,
  { firstRank, workflows, outside }: AssembleOptions,
): PlannedNode[] {
  const nodes: PlannedNode[] = []
  const add = (node: Unfingerprinted): PlannedNode => {
    const ranked = { ...node, rank: firstRank + nodes.length, fingerprint: plannedFingerprint(node, workflows) }
    nodes.push(ranked)
    return ranked
  }
  const sourcesOf = (source: CheckedSource): readonly Source[] => {
    const coerced = source.type !== 'muted' && source.coercion ? { coercion: source.coercion } : {}
    switch (source.type) {
      case 'muted':
        return [{ node: add(constantNode('muted', mutedSource)), output: 'value' }]
      case 'outside':
        return outside(source.name).map((one) => ({ ...one, ...coerced }))
      case 'output': {
        const node = planned.get(source.node)
        return node ? [{ node, output: source.output, ...coerced }] : []
      }
    }
  }
  for (const { flat, registered, values, inputs } of order) {
    const linked = inputs.map((input): PlannedInput => ({ ...input, sources: input.sources.flatMap(sourcesOf) }))
    const node = add({
      id: flat.id,
      registered,
      definition: registered.definition,
      values,
      received: receivedOf(registered.definition.inputs, values),
      inputs: linked.filter(({ sources }) => sources.length > 0),
      ...given({ onFailure: flat.instance.onFailure ?? flat.scope.onFailure }),
    })
    planned.set(flat, node)
  }
  return nodes
}

/** Literals as `run` receives them, and empty lists where nothing is linked to an input that takes lists. */
function receivedOf(
  inputs: { readonly [name: string]: Input },
  values: JsonObject,
): { readonly [name: string]: unknown } {
  const received: { [name: string]: unknown } = { ...values }
  for (const name in inputs) {
    const declared = inputs[name]
    if (declared?.kind === 'link' && declared.list) received[name] = []
    else if (declared?.kind === 'value' && declared.receive && name in values)
      received[name] = declared.receive(values[name])
  }
  return received
}

/** A definition for a value that is there already: it never runs. */
export function constantOf(type: SocketType): Registered {
  const definition = defineNode({
    type: 'Constant',
    version: 1,
    inputs: {},
    outputs: { value: type },
    run: (_, { block }) => block(),
  })
  return { definition, defaults: {}, fileInputs: [], bodyInputs: [], checkValues: () => [], checkValue: () => [] }
}

export function constantNode(id: NodeId, registered: Registered): Unfingerprinted {
  return {
    id,
    registered,
    definition: registered.definition,
    values: {},
    received: {},
    inputs: [],
  }
}
