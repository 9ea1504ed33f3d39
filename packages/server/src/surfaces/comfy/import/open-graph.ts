import type { JsonValue } from '@patchbay/engine/workflow'
import { type ComfyClasses, typesFit } from '../classes/comfy-class.ts'
import type { ComfyNode, ComfyPrompt } from '../prompt/prompt.ts'
import type { SubgraphEnds } from './subgraph-ends.ts'
import { type UiGraph, type UiLink, type UiNode, inputsId, outputsId } from './ui-graph.ts'
import {
  type Meeting,
  type Source,
  bypassed,
  muted,
  passingInput,
  sourceOf,
  virtualTypes,
  widgetValues,
} from './ui-sources.ts'

/**
 * One saved graph as a prompt: instances of subgraphs are nodes of their class, and muted and bypassed nodes are there.
 */
export interface OpenGraph {
  readonly prompt: ComfyPrompt
  /**
   * The same without the links that come from the inputs of the subgraph, so that what its widgets say stands there.
   */
  readonly unfed: ComfyPrompt
  /** What comes out of the subgraph, by slot. */
  readonly outputs: readonly (Source | undefined)[]
}

/** `ends` knows the subgraphs whose instances stay nodes. */
export function openGraph(
  graph: UiGraph,
  ends: ReadonlyMap<string, SubgraphEnds>,
  classes: ComfyClasses,
  isRoot: boolean,
): OpenGraph {
  const meet = (node: UiNode, link: UiLink): Meeting => {
    const subgraph = ends.get(node.type)
    if (node.mode === muted) return 'source'
    if (node.mode === bypassed) return past(node, link, graph, classes, subgraph)
    const passed = subgraph?.passes.get(link.fromSlot)
    if (passed !== undefined) return node.inputs[passed] ?? 'nothing'
    return subgraph && subgraph.outputs[link.fromSlot] === undefined ? 'nothing' : 'source'
  }
  /**
   * A muted instance has no output for what it would only pass on; any other stands for it, since nothing comes from
   * there.
   */
  const awake = (source: Source | undefined): Source | undefined => {
    const node = source && 'id' in source ? graph.nodes.get(source.id) : undefined
    const subgraph = node?.mode === muted ? ends.get(node.type) : undefined
    if (!source || !('id' in source) || !subgraph || subgraph.outputs[source.slot] !== undefined) return source
    return { id: source.id, slot: subgraph.outputs.findIndex((name) => name !== undefined) }
  }
  const from = (link: number) => {
    const source = awake(sourceOf(graph, link, meet))
    return isRoot && source && 'id' in source && source.id === inputsId ? undefined : source
  }
  const prompt = new Map<string, ComfyNode>()
  const unfed = new Map<string, ComfyNode>()
  for (const node of graph.nodes.values()) {
    if (virtualTypes.includes(node.type)) continue
    const subgraph = ends.get(node.type)
    const names = node.inputs.map(({ name }, slot) => subgraph?.inputs[slot] ?? name)
    const inputs = new Map<string, JsonValue>(subgraph ? [] : widgetValues(node, classes))
    const inside = new Map(inputs)
    for (const [slot, { link, value }] of node.inputs.entries()) {
      const name = names[slot] ?? ''
      if (subgraph && value !== undefined) for (const given of [inputs, inside]) given.set(name, value)
      const source = link === undefined ? undefined : from(link)
      if (!source) continue
      const written = 'value' in source ? source.value : [source.id, source.slot]
      inputs.set(name, written)
      if ('value' in source || source.id !== inputsId) inside.set(name, written)
    }
    const title = { _meta: { title: node.title ?? node.type } }
    prompt.set(node.id, { class_type: node.type, inputs: Object.fromEntries(inputs), ...title })
    unfed.set(node.id, { class_type: node.type, inputs: Object.fromEntries(inside), ...title })
  }
  if (!isRoot) prompt.set(inputsId, { class_type: inputsId, inputs: {} })
  const leaving = new Map([...graph.links].flatMap(([id, link]) => (link.to === outputsId ? [[link.toSlot, id]] : [])))
  const outputs = graph.outputs.map((_, slot) => {
    const link = leaving.get(slot)
    return link === undefined ? undefined : from(link)
  })
  return { prompt, unfed, outputs }
}

/** Types whose values pass for each other here, where ComfyUI would want the very type. */
const convertible = [
  ['INT', 'FLOAT', 'STRING', 'BOOLEAN'],
  ['IMAGE', 'MASK'],
]
export const mayFit = (a: string, b: string): boolean =>
  typesFit(a, b) || convertible.some((group) => group.includes(a) && group.includes(b))

/**
 * What a link meets at a bypassed node: the node itself where both programs would go past it the same way, so that it
 * can be switched on again; else the input that ComfyUI goes on at.
 */
function past(
  node: UiNode,
  link: UiLink,
  { links }: UiGraph,
  classes: ComfyClasses,
  subgraph: SubgraphEnds | undefined,
): Meeting {
  const chosen = passingInput(node, link, links)
  const wanted = node.outputs[link.fromSlot]?.type ?? link.type
  const rivals = node.inputs.filter(
    (input) => input.link !== undefined && links.has(input.link) && mayFit(input.type, wanted),
  )
  if (rivals.length === 0) return 'source'
  if (chosen?.link === undefined) return 'nothing'
  const known = classes.get(node.type)
  const isOne = known && Object.keys(known.parts).length === 1 && known.slots[link.fromSlot]?.[0] === 'main'
  const isThere = subgraph
    ? subgraph.outputs[link.fromSlot] !== undefined && subgraph.taken.has(node.inputs.indexOf(chosen))
    : isOne
  return isThere && rivals.length === 1 && rivals[0] === chosen ? 'source' : chosen
}
