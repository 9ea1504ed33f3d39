import type { JsonObject, JsonValue, Layout, NodeInstance, Point } from '@patchbay/engine/workflow'
import { type ComfyClass, type ComfyClasses, isWidget, widgetsIn } from '../classes/comfy-class.ts'
import type { PromptOfGraph } from './from-native.ts'
import { linkKeysOf } from '../prompt/link-keys.ts'
import { type ComfyPrompt, linkOf } from '../prompt/prompt.ts'
import { inputsId } from '../import/ui-graph.ts'
import { seedsOf } from '../import/ui-layout.ts'
import { type SeedChange, bypassed, controlOf, muted } from '../import/ui-sources.ts'

/** Where a document says nothing of a place, nodes stand in rows. */
const [columnWidth, rowHeight, columns] = [340, 320, 5]
const usualWidth = 270
const noteType = 'Note'
const noClass: Pick<ComfyClass, 'parts'> = { parts: {} }

/** The last numbers that were given in one document, subgraphs and all. */
export interface Numbering {
  node: number
  link: number
  reroute: number
  group: number
}

export interface GraphToWrite extends PromptOfGraph {
  /** What the widgets say that are fed from outside of the graph. */
  readonly unfed: { readonly prompt: ComfyPrompt; readonly nodes: { readonly [id: string]: NodeInstance } }
  readonly native: { readonly nodes: { readonly [id: string]: NodeInstance }; readonly layout?: Layout }
  readonly classes: ComfyClasses
}
/** One graph as ComfyUI's editor saves it, but for how links and reroute points are written. */
export interface WrittenGraph {
  readonly nodes: readonly JsonObject[]
  readonly links: readonly SavedLink[]
  readonly groups: readonly JsonObject[]
  readonly reroutes: readonly JsonObject[]
  /** The last point that a link passes. */
  readonly parentOf: ReadonlyMap<number, number>
  readonly numberOf: (id: string) => number
}

export function writtenGraph(graph: GraphToWrite, numbering: Numbering): WrittenGraph {
  const { prompt, unfed, nativeOf, native, classes } = graph
  const { layout = {} } = native
  const numberOf = numbersFor([...prompt.keys()])
  const links = linksIn(graph, numbering)
  const [linksFrom, linksTo] = [byEnd(links, ({ from }) => from), byEnd(links, ({ to }) => to)]
  const nodes = [...prompt].map(([id, node], order): JsonObject => {
    const comfyClass = classes.get(node.class_type)
    const made = nativeOf.get(id) ?? id
    const instance = native.nodes[made]
    const mode = instance?.mode
    const isUse = isUseClass(comfyClass)
    const saysAll = isUse || comfyClass?.standsIn === true
    const changeOf = (name: string) =>
      seedsOf(comfyClass ?? noClass, name, (part) => (part === 'main' ? made : `${made}~${part}`), native.nodes)
        .map(([at, seed]) => layout.nodes?.[at]?.seeds?.[seed])
        .find((change) => change !== undefined)
    const saysNothing = isUse && Object.keys(unfed.nodes[made]?.values ?? {}).length === 0
    return {
      id: numberOf(id),
      type: node.class_type,
      ...placeOf(layout, made, id === made, order, heightOf(node.inputs, comfyClass)),
      order,
      mode: mode === 'muted' ? muted : mode === 'bypassed' ? bypassed : 0,
      inputs: inputsOf(node.inputs, comfyClass, linksTo.get(id) ?? [], saysAll),
      outputs: (comfyClass?.outputs ?? []).map(({ name, type }, slot) => ({
        name,
        type,
        slot_index: slot,
        links: (linksFrom.get(id) ?? []).flatMap((link) => (link.fromSlot === slot ? [link.id] : [])),
      })),
      properties: isUse ? {} : { 'Node name for S&R': node.class_type },
      ...(saysNothing
        ? {}
        : {
            widgets_values:
              comfyClass?.standsIn === true
                ? namedWidgets(node.inputs, comfyClass)
                : widgetsOf(unfed.prompt.get(id)?.inputs ?? node.inputs, comfyClass, changeOf),
          }),
    }
  })
  let next = Math.max(0, ...nodes.map(({ id }) => Number(id)))
  const notes = Object.values(layout.notes ?? {}).map(({ x, y, width, height, text, color }, index): JsonObject => ({
    id: ++next,
    type: noteType,
    pos: [x, y],
    size: [width, height],
    flags: {},
    order: nodes.length + index,
    mode: 0,
    inputs: [],
    outputs: [],
    properties: {},
    widgets_values: [text],
    ...(color === undefined ? {} : { color }),
  }))
  numbering.node = Math.max(numbering.node, next)
  const groups = Object.values(layout.groups ?? {}).map(({ x, y, width, height, title, color }) => ({
    id: ++numbering.group,
    title,
    bounding: [x, y, width, height],
    color: color ?? '#3f789e',
    font_size: 24,
    flags: {},
  }))
  const reroutes: JsonObject[] = []
  const parentOf = new Map<number, number>()
  for (const link of links) {
    for (const [index, { x, y }] of pointsOf(link, graph).entries()) {
      const before = index > 0 ? { parentId: numbering.reroute } : {}
      reroutes.push({ id: ++numbering.reroute, ...before, pos: [x, y], linkIds: [link.id] })
      parentOf.set(link.id, numbering.reroute)
    }
  }
  return { nodes: [...nodes, ...notes], links, groups, reroutes, parentOf, numberOf }
}

/** Ids there are whole numbers: those that are keep theirs, the others get the next that are free. */
function numbersFor(ids: readonly string[]): (id: string) => number {
  const isNumber = (id: string) => /^[1-9]\d{0,8}$/.test(id)
  let next = Math.max(0, ...ids.filter(isNumber).map(Number))
  const numbers = new Map(ids.map((id) => [id, isNumber(id) ? Number(id) : ++next]))
  return (id) => (id === inputsId ? Number(inputsId) : (numbers.get(id) ?? 0))
}

export interface SavedLink {
  readonly id: number
  readonly from: string
  readonly fromSlot: number
  readonly to: string
  readonly toSlot: number
  readonly input: string
  readonly type: string
}
function byEnd(
  links: readonly SavedLink[],
  end: (link: SavedLink) => string,
): ReadonlyMap<string, readonly SavedLink[]> {
  const found = new Map<string, SavedLink[]>()
  for (const link of links) {
    const before = found.get(end(link))
    if (before) before.push(link)
    else found.set(end(link), [link])
  }
  return found
}

function linksIn({ prompt, classOfNode, classes }: GraphToWrite, numbering: Numbering): readonly SavedLink[] {
  const found: SavedLink[] = []
  for (const [to, node] of prompt) {
    const comfyClass = classes.get(node.class_type)
    for (const [toSlot, input] of inputNames(
      node.inputs,
      comfyClass,
      isUseClass(comfyClass) || comfyClass?.standsIn === true,
    ).entries()) {
      const link = linkOf(node.inputs[input])
      if (!link) continue
      const isFed = link.id === inputsId && classOfNode.has(inputsId)
      const source = prompt.get(link.id)
      if (!isFed && !source) continue
      const type = isFed
        ? comfyClass?.inputs.find(({ name }) => name === input)?.type
        : classes.get(source?.class_type ?? '')?.outputs[link.slot]?.type
      found.push({ id: ++numbering.link, from: link.id, fromSlot: link.slot, to, toSlot, input, type: type ?? '*' })
    }
  }
  return found
}

/** The reroute points of a link, from where it starts. */
function pointsOf({ to, input }: SavedLink, { prompt, classes, native }: GraphToWrite): readonly Point[] {
  const { reroutes } = native.layout ?? {}
  const node = prompt.get(to)
  const comfyClass = classes.get(node?.class_type ?? '')
  if (!reroutes || !node || !comfyClass) return []
  const keys = linkKeysOf(node, comfyClass, native.nodes, (part) => (part === 'main' ? to : `${to}~${part}`))
  const key = keys.get(input)?.find((each) => Object.hasOwn(reroutes, each))
  return (key === undefined ? undefined : reroutes[key]) ?? []
}

const isUseClass = (comfyClass: ComfyClass | undefined): boolean =>
  comfyClass?.parts['main']?.type.startsWith('workflow:') ?? false

/**
 * Inputs in the order of their slots: those that are sockets or linked, and what is linked beyond what is declared. An
 * instance of a subgraph has all, and so has a node that is not known here.
 */
function inputNames(given: JsonObject, comfyClass: ComfyClass | undefined, isUse: boolean): readonly string[] {
  const declared = (comfyClass?.inputs ?? []).map(({ name }) => name)
  const more = Object.keys(given).filter((name) => !declared.includes(name) && linkOf(given[name]))
  return [...declared.filter((name) => isUse || isSlot(comfyClass, name) || linkOf(given[name])), ...more]
}
const isSlot = (comfyClass: ComfyClass | undefined, name: string): boolean => {
  const input = comfyClass?.inputs.find((known) => known.name === name)
  return input !== undefined && !isWidget(input) && !input.several
}
function inputsOf(
  given: JsonObject,
  comfyClass: ComfyClass | undefined,
  links: readonly SavedLink[],
  isUse: boolean,
): JsonValue[] {
  return inputNames(given, comfyClass, isUse).map((name) => {
    const link = links.find(({ input }) => input === name)
    const declared = comfyClass?.inputs.find((input) => input.name === name)
    const widget = declared && isWidget(declared) ? { widget: { name } } : {}
    return { name, type: declared?.type ?? link?.type ?? '*', link: link?.id ?? null, ...widget }
  })
}

function namedWidgets(given: JsonObject, { inputs }: ComfyClass): JsonObject {
  const names = inputs.filter(isWidget).map(({ name }) => name)
  return Object.fromEntries(
    names.flatMap((name) => (linkOf(given[name]) ? [] : [[name, given[name] ?? null] as const])),
  )
}

/**
 * Values by position; after a seed comes what happens to it, but not on an instance of a subgraph. A linked widget
 * keeps its default.
 */
function widgetsOf(
  given: JsonObject,
  comfyClass: ComfyClass | undefined,
  changeOf: (name: string) => SeedChange | undefined,
): JsonValue[] {
  const isUse = isUseClass(comfyClass)
  return (comfyClass ? widgetsIn(comfyClass) : []).flatMap(({ name, options, choices }) => {
    const written = linkOf(given[name]) ? undefined : given[name]
    const value = written ?? options['default'] ?? choices?.[0] ?? ''
    return options['control_after_generate'] === true && !isUse ? [value, controlOf(changeOf(name))] : [value]
  })
}

/**
 * What a node takes below its title in ComfyUI's editor: a row for each pair of sockets and for each widget, more for a
 * long text.
 */
function heightOf(given: JsonObject, comfyClass: ComfyClass | undefined): number {
  const inputs = comfyClass?.inputs ?? []
  const widgets = inputs.filter(isWidget)
  const long = widgets.filter(({ options }) => options['multiline'] === true).length
  const seeds = widgets.filter(({ options }) => options['control_after_generate'] === true).length
  const fed = inputNames(given, comfyClass, false).filter((name) => !widgets.some((widget) => widget.name === name))
  const rows = Math.max(fed.length, comfyClass?.outputs.length ?? 0)
  return 16 + 20 * rows + 24 * (widgets.length - long + seeds) + 88 * long
}

function placeOf(layout: Layout, native: string, isMain: boolean, order: number, least: number): JsonObject {
  const at = layout.nodes?.[native]
  const { width = usualWidth, height = least } = at ?? {}
  const [x, y] = at
    ? [at.x - (isMain ? 0 : columnWidth), at.y]
    : [(order % columns) * columnWidth, Math.floor(order / columns) * rowHeight]
  const flags = { ...(at?.collapsed ? { collapsed: true } : {}), ...(at?.pinned ? { pinned: true } : {}) }
  return {
    pos: [x, y],
    size: [width, height],
    flags,
    ...(isMain && at?.title !== undefined ? { title: at.title } : {}),
    ...(isMain && at?.color !== undefined ? { color: at.color } : {}),
  }
}
