import { randomUUID } from 'node:crypto'
import type { JsonObject, JsonValue, Layout, Point, Workflow } from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses, ComfyInput } from './comfy-class.ts'
import { widgetTypes } from './comfy-class.ts'
import { promptFromNative } from './from-native.ts'
import { linkKeysOf } from './link-keys.ts'
import type { ComfyPrompt } from './prompt.ts'
import { linkOf } from './prompt.ts'
import { bypassed, muted } from './ui-sources.ts'

/** Where a document says nothing of a place, nodes stand in rows. */
const [columnWidth, rowHeight, columns] = [340, 320, 5]
const usualWidth = 270
const noteType = 'Note'

/**
 * A native document as ComfyUI's editor saves it (schema 0.4): nodes with their places, sizes, titles, colours and modes, links, values by
 * position, reroute points, frames and notes. Sub-workflows are dissolved into the nodes that they hold.
 */
export function uiFromNative(
  source: Workflow,
  classes: ComfyClasses,
): { readonly workflow: JsonObject; readonly problems: readonly string[] } {
  const { prompt, problems, nativeOf, document } = promptFromNative(source, classes, ['muted', 'bypassed'])
  const { layout = {} } = document
  const numberOf = numbersFor(Object.keys(prompt))
  const links = linksIn(prompt, classes, numberOf)
  const [linksFrom, linksTo] = [byEnd(links, ({ from }) => from), byEnd(links, ({ to }) => to)]
  const nodes = Object.entries(prompt).map(([id, node], order): JsonObject => {
    const comfyClass = classes.get(node.class_type)
    const native = nativeOf[id] ?? id
    const mode = document.nodes[native]?.mode
    return {
      id: numberOf(id),
      type: node.class_type,
      ...placeOf(layout, native, id === native, order, heightOf(node.inputs, comfyClass)),
      order,
      mode: mode === 'muted' ? muted : mode === 'bypassed' ? bypassed : 0,
      inputs: inputsOf(node.inputs, comfyClass, linksTo.get(id) ?? []),
      outputs: (comfyClass?.outputs ?? []).map(({ name, type }, slot) => ({
        name,
        type,
        slot_index: slot,
        links: (linksFrom.get(id) ?? []).flatMap((link) => (link.fromSlot === slot ? [link.id] : [])),
      })),
      properties: { 'Node name for S&R': node.class_type },
      widgets_values: widgetsOf(node.inputs, comfyClass),
    }
  })
  const notes = Object.values(layout.notes ?? {}).map(({ x, y, width, height, text }, index): JsonObject => ({
    id: nodes.length + index + firstFree(nodes),
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
  }))
  const all = [...nodes, ...notes]
  const workflow: JsonObject = {
    id: randomUUID(),
    revision: 0,
    last_node_id: Math.max(0, ...all.map(({ id }) => Number(id))),
    last_link_id: links.length,
    nodes: all,
    links: links.map(({ id, from, fromSlot, to, toSlot, type }) => [id, numberOf(from), fromSlot, numberOf(to), toSlot, type]), // prettier-ignore
    groups: Object.values(layout.groups ?? {}).map(({ x, y, width, height, title, color }, index) => ({
      id: index + 1,
      title,
      bounding: [x, y, width, height],
      color: color ?? '#3f789e',
      font_size: 24,
      flags: {},
    })),
    config: {},
    extra: {
      ds: { scale: layout.view?.zoom ?? 1, offset: [layout.view?.x ?? 0, layout.view?.y ?? 0] },
      ...reroutesOf(links, (link) => pointsOf(link, prompt, classes, document)),
    },
    version: 0.4,
  }
  return { workflow, problems }
}

const firstFree = (nodes: readonly JsonObject[]): number =>
  Math.max(0, ...nodes.map(({ id }) => Number(id))) + 1 - nodes.length

/** Ids there are whole numbers: those that are keep theirs, the others get the next that are free. */
function numbersFor(ids: readonly string[]): (id: string) => number {
  const isNumber = (id: string) => /^[1-9]\d{0,8}$/.test(id)
  let next = Math.max(0, ...ids.filter(isNumber).map(Number))
  const numbers = new Map(ids.map((id) => [id, isNumber(id) ? Number(id) : ++next]))
  return (id) => numbers.get(id) ?? 0
}

interface SavedLink {
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

function linksIn(prompt: ComfyPrompt, classes: ComfyClasses, numberOf: (id: string) => number): readonly SavedLink[] {
  const found: SavedLink[] = []
  for (const [to, node] of Object.entries(prompt)) {
    const names = inputNames(node.inputs, classes.get(node.class_type))
    for (const [toSlot, input] of names.entries()) {
      const link = linkOf(node.inputs[input])
      const source = link && Object.hasOwn(prompt, link.id) ? prompt[link.id] : undefined
      if (!link || !source || numberOf(link.id) === 0) continue
      const type = classes.get(source.class_type)?.outputs[link.slot]?.type ?? '*'
      found.push({ id: found.length + 1, from: link.id, fromSlot: link.slot, to, toSlot, input, type })
    }
  }
  return found
}

/** The reroute points of a link, from where it starts. */
function pointsOf(
  { to, input }: SavedLink,
  prompt: ComfyPrompt,
  classes: ComfyClasses,
  { nodes, layout }: Workflow,
): readonly Point[] {
  const { reroutes } = layout ?? {}
  const [node, comfyClass] = [prompt[to], classes.get(prompt[to]?.class_type ?? '')]
  if (!reroutes || !node || !comfyClass) return []
  const keys = linkKeysOf(node, comfyClass, nodes, (part) => (part === 'main' ? to : `${to}~${part}`))
  const key = keys.get(input)?.find((each) => Object.hasOwn(reroutes, each))
  return (key === undefined ? undefined : reroutes[key]) ?? []
}

/** Points are a chain there: each knows the one before it, and the link the last. */
function reroutesOf(links: readonly SavedLink[], points: (link: SavedLink) => readonly Point[]): JsonObject {
  const reroutes: JsonObject[] = []
  const linkExtensions: JsonObject[] = []
  for (const link of links) {
    const chain = points(link)
    for (const [index, { x, y }] of chain.entries()) {
      const before = index > 0 ? { parentId: reroutes.length } : {}
      reroutes.push({ id: reroutes.length + 1, ...before, pos: [x, y], linkIds: [link.id] })
    }
    if (chain.length > 0) linkExtensions.push({ id: link.id, parentId: reroutes.length })
  }
  return reroutes.length > 0 ? { reroutes, linkExtensions } : {}
}

/** Inputs in the order of their slots: those that are sockets or linked, and what is linked beyond what is declared. */
function inputNames(given: JsonObject, comfyClass: ComfyClass | undefined): readonly string[] {
  const declared = (comfyClass?.inputs ?? []).map(({ name }) => name)
  const more = Object.keys(given).filter((name) => !declared.includes(name) && linkOf(given[name]))
  return [...declared.filter((name) => isSlot(comfyClass, name) || linkOf(given[name])), ...more]
}
const isSlot = (comfyClass: ComfyClass | undefined, name: string): boolean => {
  const input = comfyClass?.inputs.find((known) => known.name === name)
  return input !== undefined && !isWidget(input) && !input.several
}
const isWidget = ({ type, options }: ComfyInput): boolean =>
  widgetTypes.includes(type) && options['forceInput'] !== true

function inputsOf(given: JsonObject, comfyClass: ComfyClass | undefined, links: readonly SavedLink[]): JsonValue[] {
  return inputNames(given, comfyClass).map((name) => {
    const link = links.find(({ input }) => input === name)
    const declared = comfyClass?.inputs.find((input) => input.name === name)
    const widget = declared && isWidget(declared) ? { widget: { name } } : {}
    return { name, type: declared?.type ?? link?.type ?? '*', link: link?.id ?? null, ...widget }
  })
}

/** Values by position; after a seed comes what happens to it. A linked widget keeps its default. */
function widgetsOf(given: JsonObject, comfyClass: ComfyClass | undefined): JsonValue[] {
  return (comfyClass?.inputs ?? []).filter(isWidget).flatMap(({ name, options, choices }) => {
    const written = linkOf(given[name]) ? undefined : given[name]
    const value = written ?? options['default'] ?? choices?.[0] ?? ''
    return options['control_after_generate'] === true ? [value, 'fixed'] : [value]
  })
}

/** What a node takes below its title in ComfyUI's editor: a row for each pair of sockets and for each widget, more for a long text. */
function heightOf(given: JsonObject, comfyClass: ComfyClass | undefined): number {
  const inputs = comfyClass?.inputs ?? []
  const widgets = inputs.filter(isWidget)
  const long = widgets.filter(({ options }) => options['multiline'] === true).length
  const seeds = widgets.filter(({ options }) => options['control_after_generate'] === true).length
  const fed = inputNames(given, comfyClass).filter((name) => !widgets.some((widget) => widget.name === name))
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
