import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'

/** A node as ComfyUI's editor saves it; ends are `name:TYPE`, with `*` behind them where a widget stands. */
export interface DrawnNode {
  readonly id: number
  readonly type: string
  readonly ins?: readonly string[]
  readonly outs?: readonly string[]
  readonly values?: JsonValue
  readonly mode?: number
  readonly at?: readonly [number, number]
  readonly more?: JsonObject
}
export type DrawnLink = readonly [from: number, fromSlot: number, to: number, toSlot: number, parent?: number]
export interface DrawnGraph {
  readonly nodes: readonly DrawnNode[]
  readonly links: readonly DrawnLink[]
}
export interface DrawnSubgraph extends DrawnGraph {
  readonly id: string
  readonly name: string
  readonly ins: readonly string[]
  readonly outs: readonly string[]
  readonly more?: JsonObject
}

const endOf = (text: string) => {
  const [name = '', type = '*'] = text.replace('*', '').split(':')
  return { name, type, isWidget: text.endsWith('*') }
}

function nodesOf({ nodes, links }: DrawnGraph): JsonObject[] {
  return nodes.map(
    ({ id, type, ins = [], outs = [], values = [], mode = 0, at = [id * 300, 0], more = {} }, order) => ({
      id,
      type,
      pos: [...at],
      size: [270, 100],
      flags: {},
      order,
      mode,
      inputs: ins.map((text, slot) => {
        const { name, type: socket, isWidget } = endOf(text)
        const link = links.findIndex(([, , to, toSlot]) => to === id && toSlot === slot)
        return { name, type: socket, link: link < 0 ? null : link + 1, ...(isWidget ? { widget: { name } } : {}) }
      }),
      outputs: outs.map((text, slot) => ({
        ...endOf(text),
        links: links.flatMap(([from, fromSlot], index) => (from === id && fromSlot === slot ? [index + 1] : [])),
      })),
      properties: {},
      widgets_values: values,
      ...more,
    }),
  )
}

/** What the editor saves: links as lists in the outermost graph, as objects within subgraphs. */
export function savedGraph(
  root: DrawnGraph,
  subgraphs: readonly DrawnSubgraph[] = [],
  more: JsonObject = {},
): JsonObject {
  return {
    version: 0.4,
    nodes: nodesOf(root),
    links: root.links.map(([from, fromSlot, to, toSlot], index) => [index + 1, from, fromSlot, to, toSlot, '*']),
    groups: [],
    definitions: { subgraphs: subgraphs.map(definitionOf) },
    ...more,
  }
}

function definitionOf(subgraph: DrawnSubgraph): JsonObject {
  const { id, name, ins, outs, links, more = {} } = subgraph
  const ends = (texts: readonly string[], boundary: -10 | -20) =>
    texts.map((text, slot) => ({
      id: `${id}${boundary}${slot}`,
      name: endOf(text).name,
      type: endOf(text).type,
      linkIds: links.flatMap(([from, fromSlot, to, toSlot], index) =>
        (boundary === -10 ? from === -10 && fromSlot === slot : to === -20 && toSlot === slot) ? [index + 1] : [],
      ),
    }))
  return {
    id,
    version: 1,
    name,
    inputNode: { id: -10, bounding: [-200, 0, 128, 68] },
    outputNode: { id: -20, bounding: [900, 0, 128, 68] },
    inputs: ends(ins, -10),
    outputs: ends(outs, -20),
    widgets: [],
    nodes: nodesOf(subgraph),
    links: links.map(([from, fromSlot, to, toSlot, parent], index) => ({
      id: index + 1,
      origin_id: from,
      origin_slot: fromSlot,
      target_id: to,
      target_slot: toSlot,
      type: '*',
      ...(parent === undefined ? {} : { parentId: parent }),
    })),
    groups: [],
    ...more,
  }
}
