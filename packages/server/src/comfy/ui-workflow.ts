import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import type { ComfyClasses } from './comfy-class.ts'
import { typesFit, widgetTypes } from './comfy-class.ts'
import type { ComfyNode, ComfyPrompt } from './prompt.ts'
import type { UiGraph, UiLink, UiNode } from './ui-graph.ts'
import { graphOf, subgraphsOf } from './ui-graph.ts'
import { isObject } from './prompt.ts'

/** Whether it is what ComfyUI's editor saves, rather than what it sends. */
export function isUiWorkflow(json: unknown): json is JsonObject {
  return isObject(json) && Array.isArray(json['nodes']) && Array.isArray(json['links'])
}

/** Nodes that only route or comment; they do no work. */
const virtualTypes = ['Note', 'MarkdownNote', 'Reroute', 'PrimitiveNode']
/** Modes of a node there. */
export const [muted, bypassed] = [2, 4]

/** A place in nested subgraphs: the graph, and through which instance it was entered. */
interface Scope {
  readonly graph: UiGraph
  readonly prefix: string
  readonly outer?: { readonly scope: Scope; readonly instance: UiNode }
}
/** An output that does work, or the constant of a primitive. */
type Source = { readonly id: string; readonly slot: number } | { readonly value: JsonValue }

/**
 * The API-format prompt of a saved workflow (0.4 or 1.0), as ComfyUI's editor makes it: subgraphs dissolved with ids `12:5`, reroutes and
 * bypassed nodes passed through, muted nodes left out, widget values by position.
 */
export function apiFromUi(json: JsonObject, classes: ComfyClasses): ComfyPrompt {
  const subgraphs = subgraphsOf(json)
  const prompt: Record<string, ComfyNode> = {}
  const open: Scope[] = [{ graph: graphOf(json), prefix: '' }]
  for (let scope = open.pop(); scope; scope = open.pop()) {
    for (const node of scope.graph.nodes.values()) {
      if (node.mode === muted || node.mode === bypassed || virtualTypes.includes(node.type)) continue
      const definition = subgraphs.get(node.type)
      if (definition) {
        const depth = scope.prefix.split(':').length
        if (depth > 32) throw new RangeError('Subgraphs are nested more than 32 deep')
        open.push({ graph: definition, prefix: `${scope.prefix}${node.id}:`, outer: { scope, instance: node } })
      } else prompt[`${scope.prefix}${node.id}`] = promptNode(node, scope, classes, subgraphs)
    }
  }
  return withoutDangling(prompt)
}

function promptNode(
  node: UiNode,
  scope: Scope,
  classes: ComfyClasses,
  subgraphs: ReadonlyMap<string, UiGraph>,
): ComfyNode {
  const inputs: Record<string, JsonValue> = widgetValues(node, classes)
  for (const { name, link } of node.inputs) {
    if (link === undefined) continue
    const source = sourceOf(scope, link, classes, subgraphs)
    if (source) inputs[name] = 'value' in source ? source.value : [source.id, source.slot]
  }
  return { class_type: node.type, inputs, _meta: { title: node.title ?? node.type } }
}

/** Values by position in the order of the class's widgets; after a seed comes what happens to it, which is no input. */
function widgetValues(node: UiNode, classes: ComfyClasses): { [name: string]: JsonValue } {
  const { widgets } = node
  if (isObject(widgets)) return { ...widgets }
  const known = classes.get(node.type)
  const declared = known
    ? known.inputs.filter(({ type, options }) => widgetTypes.includes(type) && options['forceInput'] !== true)
    : node.inputs.flatMap(({ widget }) => (widget === undefined ? [] : [{ name: widget, options: {} as JsonObject }]))
  const values: Record<string, JsonValue> = {}
  let at = 0
  for (const { name, options } of declared) {
    const value = widgets[at++]
    if (value !== undefined) values[name] = value
    const next = widgets[at]
    const isControl = typeof next === 'string' && ['fixed', 'increment', 'decrement', 'randomize'].includes(next)
    if (options['control_after_generate'] === true || (isControl && /seed/.test(name))) at++
  }
  return values
}

/** Follows a link back to an output that does work, through reroutes, bypassed nodes and the borders of subgraphs. */
function sourceOf(
  start: Scope,
  startLink: number,
  classes: ComfyClasses,
  subgraphs: ReadonlyMap<string, UiGraph>,
): Source | undefined {
  let scope = start
  let link: UiLink | undefined = scope.graph.links.get(startLink)
  for (let hops = 0; link && hops < 10_000; hops++) {
    const current: UiLink = link
    if (current.from === '-10') {
      if (!scope.outer) return undefined
      const { instance, scope: outer } = scope.outer
      const name = scope.graph.inputNames[current.fromSlot]
      const entry = instance.inputs.find((input) => input.name === name) ?? instance.inputs[current.fromSlot]
      scope = outer
      link = entry?.link === undefined ? undefined : scope.graph.links.get(entry.link)
      continue
    }
    const node = scope.graph.nodes.get(current.from)
    if (!node || node.mode === muted) return undefined
    if (node.type === 'PrimitiveNode') {
      const value = Array.isArray(node.widgets) ? (node.widgets as readonly JsonValue[])[0] : undefined
      return value === undefined ? undefined : { value }
    }
    const definition = subgraphs.get(node.type)
    if (node.mode === bypassed || node.type === 'Reroute') {
      link = passedThrough(node, current, scope.graph)
      continue
    }
    if (!definition) return { id: `${scope.prefix}${node.id}`, slot: current.fromSlot }
    scope = { graph: definition, prefix: `${scope.prefix}${node.id}:`, outer: { scope, instance: node } }
    link = [...definition.links.values()].find(({ to, toSlot }) => to === '-20' && toSlot === current.fromSlot)
  }
  return undefined
}

/** Which input stands for an output of a bypassed node: the one of the same place if it fits, else the first of the type, else the first that fits. */
function passedThrough(node: UiNode, link: UiLink, graph: UiGraph): UiLink | undefined {
  const wanted = node.outputs[link.fromSlot]?.type ?? link.type
  const linked = (input: UiNode['inputs'][number] | undefined) =>
    input?.link === undefined ? undefined : graph.links.get(input.link)
  const same = node.inputs[link.fromSlot]
  if (same && typesFit(same.type, wanted)) return linked(same)
  const candidates = node.inputs.filter((input) => input.link !== undefined)
  return linked(candidates.find(({ type }) => type === wanted) ?? candidates.find(({ type }) => typesFit(type, wanted)))
}

/** Inputs that point to what is not there any more are removed, as the editor does. */
function withoutDangling(prompt: { readonly [id: string]: ComfyNode }): ComfyPrompt {
  const keeps = (value: JsonValue) => {
    const [id, slot, ...more]: readonly unknown[] = Array.isArray(value) ? value : []
    return !(typeof id === 'string' && typeof slot === 'number' && more.length === 0) || Object.hasOwn(prompt, id)
  }
  const cleaned = Object.entries(prompt).map(([id, node]): [string, ComfyNode] => [
    id,
    { ...node, inputs: Object.fromEntries(Object.entries(node.inputs).filter(([, value]) => keeps(value))) },
  ])
  return Object.fromEntries(cleaned)
}
