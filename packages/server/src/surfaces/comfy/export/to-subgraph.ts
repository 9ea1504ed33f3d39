import {
  type JsonObject,
  type JsonValue,
  type Link,
  type NodeInstance,
  type SubWorkflow,
  type SubWorkflowInput,
  type Workflow,
  isNodeLink,
  subWorkflowPrefix,
} from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses } from '../classes/comfy-class.ts'
import { leftBehind, withoutSubWorkflows } from './dissolve.ts'
import { type PromptOfGraph, promptOfGraph } from './from-native.ts'
import { ownerOf, slotOf } from './native-slots.ts'
import { type EndConversion, useClass } from '../import/subgraph-ends.ts'
import { inputsId, outputsId } from '../import/ui-graph.ts'
import { uuidOf } from './uuid-of.ts'
import { type Numbering, type SavedLink, writtenGraph } from './written-graph.ts'

const kept = ['muted', 'bypassed'] as const
/** What the boxes of a subgraph's ends take in ComfyUI's editor, and how far from the nodes they stand. */
const [endWidth, endHeight, endRow, endGap] = [128, 48, 20, 80]

type Subs = { readonly [name: string]: SubWorkflow }
const asList = (linked: Link | readonly Link[]): readonly Link[] => ('length' in linked ? linked : [linked])
const nameOf = ({ type }: NodeInstance): string | undefined =>
  type.startsWith(subWorkflowPrefix) ? type.slice(subWorkflowPrefix.length) : undefined

/**
 * The document with all those sub-workflows dissolved that no subgraph can stand for, and the names of the others in an
 * order in which each stands behind those that it uses. Sub-workflows that contain themselves are left where they are:
 * no node of theirs has a class.
 */
export function nestable(
  source: Workflow,
  classes: ComfyClasses,
): { readonly document: Workflow; readonly inOrder: readonly string[]; readonly problems: readonly string[] } {
  const { workflows = {} } = source
  const graphs: readonly Pick<SubWorkflow, 'nodes'>[] = [source, ...Object.values(workflows)]
  const takesSeveral = new Set(
    graphs.flatMap(({ nodes }) =>
      Object.values(nodes).flatMap((node) => {
        const name = nameOf(node)
        const isSeveral = Object.values(node.links).some((linked) => asList(linked).length > 1)
        return name !== undefined && isSeveral ? [name] : []
      }),
    ),
  )
  const apart = new Set(
    Object.keys(workflows).filter((name) => takesSeveral.has(name) || isAmbiguous(workflows, name, classes)),
  )
  const isApart = (name: string) => apart.has(name)
  const within = Object.entries(workflows).map(([name, sub]): [string, SubWorkflow] => {
    const { nodes, layout } = withoutSubWorkflows(asDocument(sub, workflows), isApart).document
    return [name, { ...sub, nodes, ...(layout ? { layout } : {}) }]
  })
  const dissolved = withoutSubWorkflows(source, isApart)
  const document: Workflow = { ...dissolved.document, workflows: Object.fromEntries(within) }
  const inOrder = order(document)
  const scopes = [
    { nodes: document.nodes, names: [...inOrder, ...apart] },
    ...within.map(([, { nodes }]) => ({ nodes, names: [] })),
  ]
  return { document, inOrder, problems: leftBehind(scopes, Object.keys(workflows)) }
}

const asDocument = ({ nodes, layout }: SubWorkflow, workflows: Subs): Workflow => ({
  format: 'patchbay-workflow',
  version: 1,
  nodes: nodes as Workflow['nodes'],
  workflows,
  ...(layout ? { layout } : {}),
})

/** Those that the outermost graph uses, at whatever depth, inner ones first. */
function order({ nodes, workflows = {} }: Workflow): readonly string[] {
  const usedIn = (graph: Pick<SubWorkflow, 'nodes'>) =>
    new Set(
      Object.values(graph.nodes)
        .flatMap((node) => nameOf(node) ?? [])
        .filter((name) => Object.hasOwn(workflows, name)),
    )
  const placed: string[] = []
  const state = new Map<string, 'open' | 'placed' | 'endless'>()
  const open: { readonly name: string; readonly left: string[] }[] = [{ name: '', left: [...usedIn({ nodes })] }]
  for (let last = open.at(-1); last; last = open.at(-1)) {
    const next = last.left.pop()
    if (next === undefined) {
      open.pop()
      const sub = workflows[last.name]
      const isEndless = sub && [...usedIn(sub)].some((name) => state.get(name) !== 'placed')
      if (sub && !isEndless) placed.push(last.name)
      state.set(last.name, isEndless ? 'endless' : 'placed')
    } else if (!state.has(next)) {
      state.set(next, 'open')
      const sub = workflows[next]
      open.push({ name: next, left: sub ? [...usedIn(sub)] : [] })
    }
  }
  return placed
}

interface Read extends PromptOfGraph {
  readonly unfed: Pick<PromptOfGraph, 'prompt'> & Pick<Workflow, 'nodes'>
}
/** The graph of a sub-workflow as a prompt, and once more with its own values where its inputs feed it. */
function read(sub: SubWorkflow, classes: ComfyClasses, problems: string[]): Read {
  const inputs = Object.keys(sub.inputs)
  const fed = promptOfGraph(sub, classes, kept, problems, inputs)
  const nodes = Object.fromEntries(Object.entries(sub.nodes).map(([id, node]) => [id, unfedNode(node, sub)]))
  // The nodes become what they become when they are fed.
  const sameClasses = new Map([...fed.classOfNode.values()].map((each) => [each.name, each]))
  const { prompt } = promptOfGraph({ nodes }, sameClasses, kept, [], inputs)
  return { ...fed, unfed: { prompt, nodes } }
}

function unfedNode(node: NodeInstance, { inputs }: SubWorkflow): NodeInstance {
  const values = new Map(Object.entries(node.values))
  const links = Object.entries(node.links).filter(([input, linked]) => {
    const [first] = asList(linked)
    if (!first || isNodeLink(first)) return true
    const value = Object.hasOwn(inputs, first.input) ? inputs[first.input]?.value : undefined
    if (value !== undefined) values.set(input, value)
    return false
  })
  return { ...node, values: Object.fromEntries(values), links: Object.fromEntries(links) }
}

/** How ComfyUI says what is given at each input of a sub-workflow, by every node that it goes to. */
function conversionsAt(sub: SubWorkflow, { classOfNode, unfed }: Read): readonly (readonly [string, EndConversion])[] {
  return Object.entries(sub.nodes).flatMap(([id, node]) =>
    Object.entries(node.links).flatMap(([native, linked]) => {
      const [first] = asList(linked)
      if (!first || isNodeLink(first)) return []
      const [owner, part] = ownerOf(id, sub)
      const comfyClass = classOfNode.get(owner)
      const source = comfyClass?.parts[part]?.inputs[native]
      if (!source || !('input' in source)) return [[first.input, {}] as const]
      const { map, as, input } = source
      const declared = comfyClass?.inputs.find(({ name }) => name === input)
      const own = unfed.prompt.get(owner)?.inputs[input]
      const given = own === undefined || Array.isArray(own) ? {} : { default: own }
      const shown = declared ? { declared: { ...declared, options: { ...declared.options, ...given } } } : {}
      return [[first.input, { ...shown, ...(map ? { map } : {}), ...(as ? { as } : {}) }] as const]
    }),
  )
}

/**
 * Whether nodes within want what is given at one input in different words, so that no widget of an instance can say it
 * to both.
 */
function isAmbiguous(workflows: Subs, name: string, classes: ComfyClasses): boolean {
  const sub = workflows[name]
  if (!sub) return false
  const said = new Map<string, string>()
  return conversionsAt(sub, read(sub, classes, [])).some(([input, { map, as, declared }]) => {
    if (!declared) return false
    const words = JSON.stringify([map, as, declared.json])
    const before = said.get(input)
    said.set(input, words)
    return before !== undefined && before !== words
  })
}

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
  const made = read(sub, classes, problems)
  const graph = writtenGraph({ ...made, native: sub, classes }, numbering)
  const conversions = new Map<string, EndConversion>(Object.keys(sub.inputs).map((input) => [input, {}]))
  for (const [input, conversion] of [...conversionsAt(sub, made)].reverse())
    if (conversion.declared && conversions.has(input)) conversions.set(input, conversion)
  const ends = {
    workflow: name,
    inputs: Object.keys(sub.inputs),
    outputs: Object.keys(sub.outputs),
    passes: new Map(),
    taken: new Set<number>(),
  }
  const used = useClass(id, ends, conversions)

  const leaving = Object.values(sub.outputs).map((output) => {
    const from = slotOf(output, sub, made.classOfNode)
    if (!from) return undefined
    const [owner, slot] = from
    const type = made.classOfNode.get(owner)?.outputs[slot]?.type ?? '*'
    return { id: ++numbering.link, from: graph.numberOf(owner), slot, owner, type }
  })
  const nodes = graph.nodes.map((node) => withLinks(node, leaving))
  const links = [
    ...graph.links.map((link) => {
      const parent = graph.parentOf.get(link.id)
      const ids = { origin_id: graph.numberOf(link.from), target_id: graph.numberOf(link.to) }
      const slots = { origin_slot: link.fromSlot, target_slot: link.toSlot, type: link.type }
      return { id: link.id, ...ids, ...slots, ...(parent === undefined ? {} : { parentId: parent }) }
    }),
    ...leaving.flatMap((link, slot) =>
      link
        ? [
            {
              id: link.id,
              origin_id: link.from,
              origin_slot: link.slot,
              target_id: Number(outputsId),
              target_slot: slot,
              type: link.type,
            },
          ]
        : [],
    ),
  ]
  /** The first one says what an instance shows. */
  const linksAt = (slot: number, like: SubWorkflowInput['like'] | undefined) => {
    const [owner, part] = ownerOf(like?.node ?? '', sub)
    const source = made.classOfNode.get(owner)?.parts[part]?.inputs[like?.input ?? '']
    const isFirst = ({ to, input }: SavedLink) => to === owner && source && 'input' in source && source.input === input
    const own = graph.links.filter((link) => link.from === inputsId && link.fromSlot === slot)
    return [...own.filter(isFirst), ...own.filter((link) => !isFirst(link))].map((link) => link.id)
  }
  const inputs = Object.entries(sub.inputs).map(([input, { label }], slot) => ({
    id: uuidOf(id, 'input', input),
    name: input,
    type: conversions.get(input)?.declared?.type ?? '*',
    linkIds: linksAt(slot, sub.inputs[input]?.like),
    ...(label === undefined ? {} : { label }),
  }))
  const outputs = Object.entries(sub.outputs).map(([output, { label }], slot) => ({
    id: uuidOf(id, 'output', output),
    name: output,
    type: leaving[slot]?.type ?? '*',
    linkIds: leaving[slot] ? [leaving[slot].id] : [],
    ...(label === undefined ? {} : { label }),
  }))
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
    links,
    ...(graph.reroutes.length > 0 ? { reroutes: graph.reroutes } : {}),
    extra: {},
  }
  const shownOutputs = used.outputs.map((output, slot) => ({ ...output, type: leaving[slot]?.type ?? '*' }))
  // Nothing need be linked to an instance: what must be is said by the nodes within.
  return {
    definition,
    useClass: { ...used, outputs: shownOutputs, inputs: used.inputs.map((input) => ({ ...input, optional: true })) },
  }
}

/** A node with the links that go from it to the outputs of the subgraph. */
function withLinks(
  node: JsonObject,
  leaving: readonly ({ readonly id: number; readonly from: number; readonly slot: number } | undefined)[],
): JsonObject {
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
