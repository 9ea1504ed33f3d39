import type { GroupLayout, JsonObject, JsonValue, Point } from '@patchbay/engine/workflow'
import { isJsonObject } from '../../../is-json-object.ts'

/**
 * A saved graph of ComfyUI's editor, in one shape whatever its version: the outermost one, or what a subgraph's
 * instances hold.
 */
export interface UiGraph {
  readonly name: string
  readonly description: string
  readonly nodes: ReadonlyMap<string, UiNode>
  readonly links: ReadonlyMap<number, UiLink>
  /** The ends of a subgraph, by slot; several may have one name. */
  readonly inputs: readonly UiEnd[]
  readonly outputs: readonly UiEnd[]
  readonly reroutes: ReadonlyMap<number, UiReroute>
  readonly groups: readonly GroupLayout[]
}
export interface UiEnd {
  readonly name: string
  readonly type: string
  readonly label?: string
  /** The link that it was given first. */
  readonly first?: number
  /** What an instance gets that says nothing: the value of the widget that it was first linked to. */
  readonly value?: JsonValue
}
/** A point that links pass; `before` is the one nearer to where they start. */
export interface UiReroute extends Point {
  readonly before?: number
}
export interface UiNode {
  readonly id: string
  readonly type: string
  readonly title?: string
  /** What texts call it: `%alias.widget%`. */
  readonly alias?: string
  readonly mode: number
  readonly inputs: readonly UiInput[]
  readonly outputs: readonly { readonly name: string; readonly type: string }[]
  /** By position, or by name as some packs write them. */
  readonly widgets: readonly JsonValue[] | JsonObject
  /** The same by name, beside those by position, as newer editors write them. */
  readonly named: JsonObject
  /** Which widgets of which inner nodes an instance of a subgraph shows as its own, in the order of its values. */
  readonly promoted: readonly (readonly [node: string, widget: string])[]
  readonly position: readonly [number, number]
  readonly size?: readonly [number, number]
  readonly color?: string
  readonly isCollapsed: boolean
  readonly isPinned: boolean
}
export interface UiInput {
  readonly name: string
  readonly type: string
  readonly link?: number
  readonly widget?: string
  /** What an instance of a subgraph gives where nothing is linked. */
  readonly value?: JsonValue
}
/** The nodes that stand for the inputs and outputs of the subgraph itself. */
export const [inputsId, outputsId] = ['-10', '-20'] as const
export interface UiLink {
  readonly from: string
  readonly fromSlot: number
  readonly to: string
  readonly toSlot: number
  readonly type: string
  /** The last reroute point before its end. */
  readonly reroute?: number
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)
const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])
const text = (value: JsonValue | undefined, fallback = ''): string => (typeof value === 'string' ? value : fallback)
const number = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0)
const idText = (value: JsonValue | undefined): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

/** `#rrggbb`, of which the editor's own palette writes `#rgb`. */
function colorOf(value: JsonValue | undefined): { readonly color?: string } {
  const written = text(value)
  if (/^#[0-9a-f]{3}$/i.test(written)) return { color: written.replace(/[0-9a-f]/gi, '$&$&') }
  return /^#[0-9a-f]{6}$/i.test(written) ? { color: written } : {}
}

export function graphOf(json: JsonObject): UiGraph {
  const nodes = withRoutes(list(json['nodes']).filter(isJsonObject).map(nodeOf))
  const extra = isJsonObject(json['extra']) ? json['extra'] : {}
  const links = new Map(list(json['links']).flatMap(linkEntry))
  for (const { id, parentId } of list(extra['linkExtensions']).filter(isJsonObject)) {
    const link = links.get(number(id))
    if (link && typeof parentId === 'number') links.set(number(id), { ...link, reroute: parentId })
  }
  return {
    nodes: new Map(nodes.map((node) => [node.id, node])),
    links,
    name: text(json['name']),
    description: text(json['description']),
    inputs: list(json['inputs']).filter(isJsonObject).map(endOf),
    outputs: list(json['outputs']).filter(isJsonObject).map(endOf),
    reroutes: new Map([...list(json['reroutes']), ...list(extra['reroutes'])].filter(isJsonObject).map(rerouteEntry)),
    groups: groupsOf(json),
  }
}

/**
 * Nodes of widely used packs that only route, as the editor's own: a reroute, and pairs that are joined by a name in
 * place of a link.
 */
function withRoutes(nodes: readonly UiNode[]): readonly UiNode[] {
  const nameOf = ({ widgets }: UiNode): JsonValue | undefined => {
    const [first]: readonly JsonValue[] = Array.isArray(widgets) ? widgets : Object.values(widgets)
    return first
  }
  const named = new Map(nodes.flatMap((node) => (node.type === 'SetNode' ? [[nameOf(node), node] as const] : [])))
  return nodes.map((node): UiNode => {
    if (node.type === 'Reroute (rgthree)' || node.type === 'SetNode') return { ...node, type: 'Reroute' }
    if (node.type !== 'GetNode') return node
    const set = named.get(nameOf(node))
    return { ...node, type: 'Reroute', inputs: set && set.mode !== 2 ? set.inputs.slice(0, 1) : [] }
  })
}

function endOf({ name, type, label, linkIds }: JsonObject): UiEnd {
  const [first] = list(linkIds)
  return {
    name: text(name),
    type: text(type, '*'),
    ...(typeof label === 'string' ? { label } : {}),
    ...(typeof first === 'number' ? { first } : {}),
  }
}

function rerouteEntry({ id, parentId, pos }: JsonObject): [number, UiReroute] {
  const [x = 0, y = 0] = list(pos).map(number)
  return [number(id), { x, y, ...(typeof parentId === 'number' ? { before: parentId } : {}) }]
}

/** Every subgraph definition by id, those inside others too. */
export function subgraphsOf(json: JsonObject): ReadonlyMap<string, UiGraph> {
  const found = new Map<string, UiGraph>()
  const open: JsonObject[] = [json]
  for (let next = open.pop(); next; next = open.pop()) {
    const { definitions } = next
    for (const definition of isJsonObject(definitions) ? list(definitions['subgraphs']).filter(isJsonObject) : []) {
      const id = text(definition['id'])
      if (id === '' || found.has(id)) continue
      found.set(id, graphOf(definition))
      open.push(definition)
    }
  }
  return found
}

/** The frames around nodes. */
function groupsOf(json: JsonObject): readonly GroupLayout[] {
  return list(json['groups'])
    .filter(isJsonObject)
    .map(({ title, bounding, color }) => {
      const [x, y, width, height] = list(bounding).map(number)
      return {
        x: x ?? 0,
        y: y ?? 0,
        width: width ?? 0,
        height: height ?? 0,
        title: text(title),
        ...colorOf(color),
      }
    })
}

function nodeOf(json: JsonObject): UiNode {
  const { id, type, title, mode, pos, size, color, flags, properties, widgets_values: widgets } = json
  const promoted = isJsonObject(properties) ? list(properties['proxyWidgets']) : []
  const alias = isJsonObject(properties) ? properties['Node name for S&R'] : undefined
  const flagged = (name: string) => isJsonObject(flags) && flags[name] === true
  const pair = (value: JsonValue | undefined): readonly [number, number] | undefined => {
    if (Array.isArray(value)) return [number(value[0] as JsonValue), number(value[1] as JsonValue)]
    return isJsonObject(value) ? [number(value['0']), number(value['1'])] : undefined
  }
  const area = pair(size)
  return {
    id: idText(id),
    type: text(type),
    mode: number(mode),
    inputs: list(json['inputs'])
      .filter(isJsonObject)
      .map(({ name, type: socket, link, widget }) => ({
        name: text(name),
        type: text(socket, '*'),
        ...(typeof link === 'number' ? { link } : {}),
        ...(isJsonObject(widget) ? { widget: text(widget['name']) } : {}),
      })),
    outputs: list(json['outputs'])
      .filter(isJsonObject)
      .map(({ name, type: socket }) => ({ name: text(name), type: text(socket, '*') })),
    widgets: isJsonObject(widgets) ? widgets : list(widgets),
    named: isJsonObject(json['widgets_values_named']) ? json['widgets_values_named'] : {},
    promoted: promoted.filter(isList).map(([node, widget]) => [idText(node), text(widget)] as const),
    position: pair(pos) ?? [0, 0],
    ...(area ? { size: area } : {}),
    ...colorOf(color),
    isCollapsed: flagged('collapsed'),
    isPinned: flagged('pinned'),
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof alias === 'string' ? { alias } : {}),
  }
}

/** `[id, from, slot, to, slot, type]` in 0.4, an object in 1.0. */
function linkEntry(json: JsonValue): [number, UiLink][] {
  if (Array.isArray(json)) {
    const [id, from, fromSlot, to, toSlot, type] = json as readonly JsonValue[]
    const link = { from: idText(from), fromSlot: number(fromSlot), to: idText(to), toSlot: number(toSlot) }
    return [[number(id), { ...link, type: text(type, '*') }]]
  }
  if (!isJsonObject(json)) return []
  const link = {
    from: idText(json['origin_id']),
    fromSlot: number(json['origin_slot']),
    to: idText(json['target_id']),
    toSlot: number(json['target_slot']),
    type: text(json['type'], '*'),
    ...(typeof json['parentId'] === 'number' ? { reroute: json['parentId'] } : {}),
  }
  return [[number(json['id']), link]]
}
