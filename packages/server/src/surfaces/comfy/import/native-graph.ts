import {
  type JsonValue,
  type Layout,
  type Link,
  type NodeId,
  type NodeInstance,
  type SubWorkflow,
  type SubWorkflowInput,
  isNodeLink,
  subWorkflowPrefix,
} from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses, ComfyInput, NativeSource } from '../classes/comfy-class.ts'
import type { OpenGraph } from './open-graph.ts'
import { type ComfyNode, type ComfyPrompt, linkOf } from '../prompt/prompt.ts'
import { type EndConversion, type Refused, type SubgraphEnds, inputsClass, useClass } from './subgraph-ends.ts'
import { type NativePrompt, nativeId, nativeOf } from '../prompt/to-native.ts'
import { type UiGraph, type UiLink, inputsId } from './ui-graph.ts'
import { layoutOfUi } from './ui-layout.ts'
import { bypassed, muted } from './ui-sources.ts'

interface Around {
  readonly ends: ReadonlyMap<string, SubgraphEnds>
  readonly classes: ComfyClasses
  /** The sub-workflows that this graph may use. */
  readonly workflows: ReadonlyMap<string, SubWorkflow>
  readonly refused: Refused
}
interface NativeGraph extends NativePrompt {
  readonly nodes: { readonly [id: NodeId]: NodeInstance }
  readonly layout: Layout
}

/**
 * The native nodes of one graph, with their modes and where they stand. Subgraphs that it cannot use as nodes are
 * refused.
 */
export function nativeGraphOf(graph: UiGraph, prompt: ComfyPrompt, { ends, classes, refused }: Around): NativeGraph {
  for (const { class_type: type, inputs } of prompt.values()) {
    for (const source of sourcesOf(classes.get(type))) {
      const link = 'via' in source ? linkOf(inputs[source.via]) : undefined
      const from = link && prompt.get(link.id)?.class_type
      if (from !== undefined && ends.has(from))
        refused.set(
          from,
          `${type} must know the very node that is linked to its input "${'via' in source ? source.via : ''}"`,
        )
    }
  }
  const made = nativeOf(prompt, classes)
  const nodes = Object.entries(made.document.nodes).map(([id, node]): [NodeId, NodeInstance] => {
    const { mode } = graph.nodes.get(made.idOf.get(id) ?? '') ?? {}
    const said = mode === muted ? 'muted' : mode === bypassed ? 'bypassed' : undefined
    return [id, { ...node, links: linksWithin(node.links), ...(said ? { mode: said } : {}) }]
  })
  return { ...made, nodes: Object.fromEntries(nodes), layout: layoutOfUi(graph, made, prompt, classes) }
}

const sourcesOf = (comfyClass: ComfyClass | undefined): readonly NativeSource[] =>
  Object.values(comfyClass?.parts ?? {}).flatMap(({ inputs }) => Object.values(inputs))

const asList = (linked: Link | readonly Link[]): readonly Link[] => ('length' in linked ? linked : [linked])
const isFed = (link: Link): link is { readonly node: NodeId; readonly output: string } =>
  isNodeLink(link) && link.node === inputsId

/** Links from the node that stands for the inputs of the subgraph are links from the inputs themselves. */
function linksWithin(links: NodeInstance['links']): NodeInstance['links'] {
  const within = (link: Link): Link => (isFed(link) ? { input: link.output } : link)
  return Object.fromEntries(
    Object.entries(links).map(([input, linked]) => [input, 'length' in linked ? linked.map(within) : within(linked)]),
  )
}

/**
 * The sub-workflow that stands for a subgraph, and the class of the nodes that use it. What cannot be said so refuses
 * it.
 */
export function subWorkflowOf(
  id: string,
  graph: UiGraph,
  { prompt, unfed, outputs: sources }: OpenGraph,
  ends: SubgraphEnds,
  around: Around,
): { readonly workflow: SubWorkflow; readonly useClass: ComfyClass } {
  const { refused, workflows } = around
  const classes = new Map([...around.classes, [inputsId, inputsClass(ends.inputs)]])
  const made = nativeGraphOf(graph, prompt, { ...around, classes })
  const { nodes, layout } = made
  if (Object.keys(nodes).length === 0) refused.set(id, 'no node in it does any work')
  for (const { class_type: type, inputs } of prompt.values())
    for (const source of sourcesOf(classes.get(type)))
      if ('via' in source && linkOf(inputs[source.via])?.id === inputsId)
        refused.set(id, `${type} in it must know the very node that is linked to its input "${source.via}"`)

  const defaults = nativeOf(unfed, classes).document.nodes
  const sourceAt = sourcesIn(made, prompt, classes)
  const inputs = new Map<string, SubWorkflowInput>()
  const conversions = new Map<string, EndConversion>()
  for (const { name, node, input } of fedInputs(made, firstTargets(graph, ends, around.ends), sourceAt)) {
    const conversion = conversionAt(sourceAt(node, input), prompt.get(made.idOf.get(node) ?? ''), name, prompt, classes)
    const known = conversions.get(name)
    if (known) {
      const same = ({ map, as, declared }: EndConversion) => JSON.stringify([map, as, declared?.json])
      if (same(known) !== same(conversion))
        refused.set(id, `the nodes in it that share its input "${name}" want its value in different words`)
      continue
    }
    conversions.set(name, conversion)
    const value = defaultOf(defaults[node], input, workflows)
    const { label } = graph.inputs[ends.inputs.indexOf(name)] ?? {}
    inputs.set(name, {
      like: { node, input },
      ...(label !== undefined && label !== name ? { label } : {}),
      ...(value === undefined ? {} : { value }),
    })
  }
  const outputs = ends.outputs.flatMap((name, slot) => {
    const source = sources[slot]
    if (name === undefined || !source) return []
    const stands = 'id' in source ? classes.get(prompt.get(source.id)?.class_type ?? '')?.slots[source.slot] : undefined
    if (!stands || !('id' in source)) {
      refused.set(id, `nothing here stands for its output "${name}"`)
      return []
    }
    const { label } = graph.outputs[slot] ?? {}
    const shown = label !== undefined && label !== name ? { label } : {}
    return [[name, { node: nativeId(source.id, stands[0]), output: stands[1], ...shown }] as const]
  })
  const ordered = ends.inputs.flatMap((name) => {
    const input = inputs.get(name)
    return input ? [[name, input] as const] : []
  })
  const { name, description } = graph
  const workflow: SubWorkflow = {
    ...(name === '' ? {} : { label: name }),
    ...(description === '' ? {} : { description }),
    nodes,
    inputs: Object.fromEntries(ordered),
    outputs: Object.fromEntries(outputs),
    layout,
  }
  return { workflow, useClass: useClass(id, ends, conversions) }
}

interface FedInput {
  readonly name: string
  readonly node: NodeId
  readonly input: string
}
/**
 * The native inputs that are fed from inputs of the subgraph, by its name; what each was first linked to stands before
 * the others.
 */
function fedInputs(
  { document, idOf }: NativePrompt,
  first: ReadonlyMap<string, FirstTarget>,
  sourceOf: SourceOf,
): readonly FedInput[] {
  const fed = Object.entries(document.nodes).flatMap(([node, { links }]) =>
    Object.entries(links).flatMap(([input, linked]) => {
      const names = new Set(asList(linked).flatMap((link) => (isFed(link) ? [link.output] : [])))
      return [...names].map((name) => {
        const target = first.get(name)
        const source = sourceOf(node, input)
        const isFirst = target !== undefined && idOf.get(node) === target.node
        const isVery = isFirst && source !== undefined && 'input' in source && source.input === target.input
        return { name, node, input, rank: isVery ? 0 : isFirst ? 1 : 2 }
      })
    }),
  )
  return fed.sort((a, b) => a.rank - b.rank)
}

interface FirstTarget {
  readonly node: string
  readonly input: string
}
/** What each input was first linked to, by its native name. */
function firstTargets(
  { inputs, links, nodes }: UiGraph,
  { inputs: names }: SubgraphEnds,
  all: Around['ends'],
): ReadonlyMap<string, FirstTarget> {
  const found = new Map<string, FirstTarget>()
  const take = ({ fromSlot, to, toSlot }: UiLink, isSure: boolean) => {
    const [name, node] = [names[fromSlot], nodes.get(to)]
    const input = all.get(node?.type ?? '')?.inputs[toSlot] ?? node?.inputs[toSlot]?.name
    if (name !== undefined && input !== undefined && (isSure || !found.has(name))) found.set(name, { node: to, input })
  }
  for (const link of links.values()) if (link.from === inputsId) take(link, false)
  for (const [slot, { first }] of inputs.entries()) {
    const link = first === undefined ? undefined : links.get(first)
    if (link?.from === inputsId && link.fromSlot === slot) take(link, true)
  }
  return found
}

type SourceOf = (native: NodeId, input: string) => NativeSource | undefined

/** What of its ComfyUI node a native input is made of. */
function sourcesIn({ idOf }: NativePrompt, prompt: ComfyPrompt, classes: ComfyClasses): SourceOf {
  return (native, input) => {
    const id = idOf.get(native) ?? ''
    const { parts = {} } = classes.get(prompt.get(id)?.class_type ?? '') ?? {}
    const part = Object.keys(parts).find((each) => nativeId(id, each) === native)
    return part === undefined ? undefined : parts[part]?.inputs[input]
  }
}

/**
 * How ComfyUI says the value of a native input that is made of this of a node, and is fed from the input `name` of the
 * subgraph.
 */
function conversionAt(
  source: NativeSource | undefined,
  node: ComfyNode | undefined,
  name: string,
  prompt: ComfyPrompt,
  classes: ComfyClasses,
): EndConversion {
  const comfyClass = classes.get(node?.class_type ?? '')
  const declaredBy = (of: ComfyClass | undefined, wanted: string): { declared?: ComfyInput } => {
    const declared = of?.inputs.find((each) => each.name === wanted)
    return declared ? { declared } : {}
  }
  if (source && 'via' in source) {
    const beside = prompt.get(linkOf(node?.inputs[source.via])?.id ?? '')
    const wanted = source.of.find((each) => beside && Object.hasOwn(beside.inputs, each)) ?? ''
    const map = source.maps?.[wanted]
    return { ...declaredBy(classes.get(beside?.class_type ?? ''), wanted), ...(map ? { map } : {}) }
  }
  if (source && 'input' in source) {
    const { map, as } = source
    return { ...declaredBy(comfyClass, source.input), ...(map ? { map } : {}), ...(as ? { as } : {}) }
  }
  // One of several links, or an undeclared input: named as its node names it.
  const [wanted = ''] = Object.entries(node?.inputs ?? {}).find(([, given]) => linkOf(given)?.id === inputsId) ?? [name]
  return declaredBy(comfyClass, wanted)
}

/** What an inner input is given when no instance says otherwise; for another sub-workflow's input, its own default. */
function defaultOf(
  node: NodeInstance | undefined,
  input: string,
  workflows: Around['workflows'],
): JsonValue | undefined {
  const own = node?.values[input]
  if (own !== undefined || !node?.type.startsWith(subWorkflowPrefix)) return own
  return workflows.get(node.type.slice(subWorkflowPrefix.length))?.inputs[input]?.value
}
