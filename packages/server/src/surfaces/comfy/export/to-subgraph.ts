import type { JsonObject, JsonValue, SubWorkflow, SubWorkflowInput, Workflow } from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses } from '../classes/comfy-class.ts'
import { ownerOf, slotOf } from './native-slots.ts'
import { type EndConversion, useClass } from '../import/subgraph-ends.ts'
import { inputsId, outputsId } from '../import/ui-graph.ts'
import { type SubWorkflowPrompt, conversionsAt, readSubWorkflow } from './read-sub-workflow.ts'
import { uuidOf } from './uuid-of.ts'
import { type Numbering, type SavedLink, type WrittenGraph, writtenGraph } from './written-graph.ts'

/** What the boxes of a subgraph's ends take in ComfyUI's editor, and how far from the nodes they stand. */
const [endWidth, endHeight, endRow, endGap] = [128, 48, 20, 80]

/**
 * The definition of the subgraph that stands for a sub-workflow, and the class of its instances, whose name is its id.
 */
export function definitionOf(
  document: Workflow,
  name: string,
  classes: ComfyClasses,
  numbering: Numbering,
  problems: string[],
): { readonly definition: JsonObject; readonly useClass: ComfyClass } {
  const { workflows = {} } = document
  const sub: SubWorkflow = workflows[name] ?? { nodes: {}, inputs: {}, outputs: {} }
  const id = uuidOf(name, workflows)
  const prompt = readSubWorkflow(sub, classes, problems)
  const graph = writtenGraph({ ...prompt, native: sub, classes }, numbering)
  const subgraph: Subgraph = { id, sub, prompt, graph }
  const conversions = conversionOfInputs(subgraph)
  const leaving = leavingLinks(subgraph, numbering)
  const nodes = graph.nodes.map((node) => withLinks(node, leaving))
  const inputs = inputsOf(subgraph, conversions)
  const outputs = outputsOf(subgraph, leaving)
  const definition: JsonObject = {
    id,
    version: 1,
    revision: 0,
    config: {},
    name: sub.label ?? name,
    ...(sub.description === undefined ? {} : { description: sub.description }),
    ...boxesOf(nodes, inputs.length, outputs.length),
    inputs,
    outputs,
    widgets: [],
    nodes,
    groups: graph.groups,
    links: [...innerLinks(graph), ...leaving.flatMap((link, slot) => (link ? [linkToEnd(link, slot)] : []))],
    ...(graph.reroutes.length > 0 ? { reroutes: graph.reroutes } : {}),
    extra: {},
  }
  return { definition, useClass: instanceClass(name, subgraph, conversions, leaving) }
}

/** A sub-workflow on its way to a subgraph. */
interface Subgraph {
  readonly id: string
  readonly sub: SubWorkflow
  readonly prompt: SubWorkflowPrompt
  readonly graph: WrittenGraph
}

/** By the name of each input, in their order: the first that a widget shows, of all the nodes that it goes to. */
function conversionOfInputs({ sub, prompt }: Subgraph): ReadonlyMap<string, EndConversion> {
  const conversions = new Map<string, EndConversion>(Object.keys(sub.inputs).map((input) => [input, {}]))
  for (const [input, conversion] of [...conversionsAt(sub, prompt)].reverse())
    if (conversion.declared && conversions.has(input)) conversions.set(input, conversion)
  return conversions
}

/** The class of the instances. Nothing need be linked to one: what must be is said by the nodes within. */
function instanceClass(
  name: string,
  { id, sub }: Subgraph,
  conversions: ReadonlyMap<string, EndConversion>,
  leaving: readonly (LeavingLink | undefined)[],
): ComfyClass {
  const ends = {
    workflow: name,
    inputs: Object.keys(sub.inputs),
    outputs: Object.keys(sub.outputs),
    passes: new Map(),
    taken: new Set<number>(),
  }
  const used = useClass(id, ends, conversions)
  return {
    ...used,
    outputs: used.outputs.map((output, slot) => ({ ...output, type: leaving[slot]?.type ?? '*' })),
    inputs: used.inputs.map((input) => ({ ...input, optional: true })),
  }
}

/** A link from a node to an output of the subgraph. */
interface LeavingLink {
  readonly id: number
  readonly from: number
  readonly slot: number
  readonly type: string
}

/** By the place of each output; undefined where nothing leads to it. */
function leavingLinks({ sub, prompt, graph }: Subgraph, numbering: Numbering): readonly (LeavingLink | undefined)[] {
  return Object.values(sub.outputs).map((output) => {
    const from = slotOf(output, sub, prompt.classOfNode)
    if (!from) return undefined
    const [owner, slot] = from
    const type = prompt.classOfNode.get(owner)?.outputs[slot]?.type ?? '*'
    return { id: ++numbering.link, from: graph.numberOf(owner), slot, type }
  })
}

function innerLinks({ links, parentOf, numberOf }: WrittenGraph): readonly JsonObject[] {
  return links.map((link) => {
    const parent = parentOf.get(link.id)
    const ids = { origin_id: numberOf(link.from), target_id: numberOf(link.to) }
    const slots = { origin_slot: link.fromSlot, target_slot: link.toSlot, type: link.type }
    return { id: link.id, ...ids, ...slots, ...(parent === undefined ? {} : { parentId: parent }) }
  })
}

const linkToEnd = ({ id, from, slot, type }: LeavingLink, end: number): JsonObject => ({
  id,
  origin_id: from,
  origin_slot: slot,
  target_id: Number(outputsId),
  target_slot: end,
  type,
})

function inputsOf(subgraph: Subgraph, conversions: ReadonlyMap<string, EndConversion>): readonly JsonObject[] {
  return Object.entries(subgraph.sub.inputs).map(([input, { label, like }], slot) => ({
    id: uuidOf(subgraph.id, 'input', input),
    name: input,
    type: conversions.get(input)?.declared?.type ?? '*',
    linkIds: linksAt(subgraph, slot, like),
    ...(label === undefined ? {} : { label }),
  }))
}

/** The links that start at an input. The first one says what an instance shows. */
function linksAt({ sub, prompt, graph }: Subgraph, slot: number, like: SubWorkflowInput['like']): readonly number[] {
  const [owner, part] = ownerOf(like?.node ?? '', sub)
  const source = prompt.classOfNode.get(owner)?.parts[part]?.inputs[like?.input ?? '']
  const isFirst = ({ to, input }: SavedLink) => to === owner && source && 'input' in source && source.input === input
  const own = graph.links.filter((link) => link.from === inputsId && link.fromSlot === slot)
  return [...own.filter(isFirst), ...own.filter((link) => !isFirst(link))].map((link) => link.id)
}

function outputsOf({ id, sub }: Subgraph, leaving: readonly (LeavingLink | undefined)[]): readonly JsonObject[] {
  return Object.entries(sub.outputs).map(([output, { label }], slot) => ({
    id: uuidOf(id, 'output', output),
    name: output,
    type: leaving[slot]?.type ?? '*',
    linkIds: leaving[slot] ? [leaving[slot].id] : [],
    ...(label === undefined ? {} : { label }),
  }))
}

/** A node with the links that go from it to the outputs of the subgraph. */
function withLinks(node: JsonObject, leaving: readonly (LeavingLink | undefined)[]): JsonObject {
  const own = leaving.filter((link) => link?.from === node['id'])
  if (own.length === 0 || !Array.isArray(node['outputs'])) return node
  const outputs = (node['outputs'] as readonly JsonObject[]).map((output, slot): JsonObject => {
    const more = own.flatMap((link) => (link?.slot === slot ? [link.id] : []))
    return { ...output, links: [...(output['links'] as readonly JsonValue[]), ...more] }
  })
  return { ...node, outputs }
}

/** The boxes of a subgraph's inputs and outputs, to the left and the right of its nodes. */
function boxesOf(nodes: readonly JsonObject[], inputs: number, outputs: number): JsonObject {
  const boxes = nodes.map(({ pos, size }) => {
    const [[x, y], [width]] = [pos, size] as unknown as readonly [readonly [number, number], readonly [number, number]]
    return { x, y, right: x + width }
  })
  const [left, top] = [Math.min(...boxes.map(({ x }) => x)), Math.min(...boxes.map(({ y }) => y))]
  const right = Math.max(...boxes.map((box) => box.right))
  const at = boxes.length > 0 ? { left, top, right } : { left: 0, top: 0, right: 0 }
  const box = (id: string, x: number, count: number) => ({
    id: Number(id),
    bounding: [x, at.top, endWidth, endHeight + endRow * count],
  })
  return {
    inputNode: box(inputsId, at.left - endGap - endWidth, inputs),
    outputNode: box(outputsId, at.right + endGap, outputs),
  }
}
