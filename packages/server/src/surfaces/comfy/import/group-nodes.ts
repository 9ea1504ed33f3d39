import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { isJsonObject } from '../../../is-json-object.ts'
import { type ComfyClasses, type ComfyInput, widgetsIn } from '../classes/comfy-class.ts'

type List = readonly JsonValue[]
const listOf = (value: JsonValue | undefined): List => (Array.isArray(value) ? (value as List) : [])
const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] => listOf(value).filter(isJsonObject)
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** What group nodes were before there were subgraphs: `extra.groupNodes`, and nodes of the type `workflow/name`. */
const typeOfGroup = (type: JsonValue | undefined): string | undefined => /^workflow[/>](.+)$/s.exec(textOf(type))?.[1]

/** A link within a group: node and slot where it starts and ends, by their places in its lists. */
interface GroupLink {
  readonly from: number
  readonly fromSlot: number
  readonly to: number
  readonly toSlot: number
}

/**
 * The same saved workflow with its group nodes as subgraphs: each kind of group is a definition, each group node an
 * instance of it, with its links and its values.
 */
export function withoutGroupNodes(json: JsonObject, classes: ComfyClasses): JsonObject {
  const groups = isJsonObject(json['extra']) ? json['extra']['groupNodes'] : undefined
  if (!isJsonObject(groups)) return json
  const made = new Map(
    Object.entries(groups).flatMap(([name, group]) =>
      isJsonObject(group) ? [[name, subgraphOf(name, group, classes)] as const] : [],
    ),
  )
  const definitions = isJsonObject(json['definitions']) ? json['definitions'] : {}
  const used = [...made.values()].map(({ definition }) => definition)
  const nodes = listOf(json['nodes']).map((node) => {
    const found = isJsonObject(node) ? made.get(typeOfGroup(node['type']) ?? '') : undefined
    return isJsonObject(node) && found ? found.instance(node) : node
  })
  return { ...json, nodes, definitions: { ...definitions, subgraphs: [...listOf(definitions['subgraphs']), ...used] } }
}

/** An input of a group: that of one of its nodes, under a name that no other has. */
interface GroupInput {
  readonly name: string
  readonly type: string
  readonly node: number
  readonly slot: number
  readonly widget?: ComfyInput
}

function subgraphOf(name: string, group: JsonObject, classes: ComfyClasses) {
  const id = `workflow>${name}`
  const links = listOf(group['links']).flatMap(linkOf)
  const nodes = objectsIn(group['nodes']).map((node, index) => innerNode(node, index, classes))
  const inputs = inputsOf(nodes, links, group, classes)
  const outputs = outputsOf(nodes, links, group)
  const fed = inputs.map((input, slot) => [-10, slot, input.node, input.slot, input.type] as const)
  const left = outputs.map((output, slot) => [output.node, output.slot, -20, slot, output.type] as const)
  const within = links.map(({ from, fromSlot, to, toSlot }) => [from, fromSlot, to, toSlot, '*'] as const)
  const written = [...fed, ...within, ...left].map(([from, fromSlot, to, toSlot, type], index) => ({
    id: index + 1,
    origin_id: from,
    origin_slot: fromSlot,
    target_id: to,
    target_slot: toSlot,
    type,
  }))
  const linkAt = (node: number, slot: number) =>
    written.find((link) => link.target_id === node && link.target_slot === slot)?.id ?? null
  const definition: JsonObject = {
    id,
    version: 1,
    name,
    inputs: inputs.map((input, slot) => ({ name: input.name, type: input.type, linkIds: [slot + 1] })),
    outputs: outputs.map((output) => ({ name: output.name, type: output.type })),
    nodes: nodes.map((node, index) => ({
      ...node,
      inputs: objectsIn(node['inputs']).map((input, slot) => ({ ...input, link: linkAt(index, slot) })),
    })),
    links: written,
  }
  const instance = (node: JsonObject): JsonObject => ({
    ...node,
    type: id,
    inputs: inputs.map((input) => {
      const there = objectsIn(node['inputs']).find((each) => each['name'] === input.name)
      const widget = input.widget ? { widget: { name: input.name } } : {}
      return { name: input.name, type: input.type, link: there?.['link'] ?? null, ...widget }
    }),
    widgets_values: valuesOf(node['widgets_values'], inputs),
  })
  return { definition, instance }
}

/** A node of a group with an input for each widget of its class, so that the group can feed it. */
function innerNode(node: JsonObject, index: number, classes: ComfyClasses): JsonObject {
  const inputs = objectsIn(node['inputs'])
  const known = classes.get(textOf(node['type']))
  const missing = (known ? widgetsIn(known) : []).filter(({ name }) => !inputs.some((input) => input['name'] === name))
  const more = missing.map(({ name, type }) => ({ name, type, link: null, widget: { name } }))
  return { ...node, id: index, inputs: [...inputs, ...more] }
}

/** Per node its widgets, then its sockets; what is linked within the group is none of its own. */
function inputsOf(
  nodes: readonly JsonObject[],
  links: readonly GroupLink[],
  group: JsonObject,
  classes: ComfyClasses,
): readonly GroupInput[] {
  const config = isJsonObject(group['config']) ? group['config'] : {}
  const seen = new Set<string>()
  return nodes.flatMap((node, index) => {
    const known = classes.get(textOf(node['type']))
    const widgets = known ? widgetsIn(known) : []
    const entries = objectsIn(node['inputs']).map((input, slot) => {
      const widget = widgets.find(({ name }) => name === input['name'])
      return { input, slot, order: widget ? widgets.indexOf(widget) : widgets.length + slot, widget }
    })
    const own = entries.filter(({ slot }) => !links.some(({ to, toSlot }) => to === index && toSlot === slot))
    return own
      .sort((a, b) => a.order - b.order)
      .flatMap(({ input, slot, widget }): GroupInput[] => {
        const settings = settingsOf(config, index, 'input', textOf(input['name']))
        if (settings['visible'] === false) return []
        const wish = textOf(settings['name']) || textOf(input['label']) || textOf(input['name'])
        const name = seen.has(wish) ? `${textOf(node['title']) || textOf(node['type'])} ${wish}` : wish
        seen.add(name)
        return [{ name, type: textOf(input['type']) || '*', node: index, slot, ...(widget ? { widget } : {}) }]
      })
  })
}

/** Per node what it gives to nothing within the group, and what is said to leave it. */
function outputsOf(nodes: readonly JsonObject[], links: readonly GroupLink[], group: JsonObject) {
  const config = isJsonObject(group['config']) ? group['config'] : {}
  const external = listOf(group['external']).map(listOf)
  return nodes.flatMap((node, index) =>
    objectsIn(node['outputs']).flatMap((output, slot) => {
      const isInner = links.some(({ from, fromSlot }) => from === index && fromSlot === slot)
      const leaves = external.some(([of, at]) => of === index && at === slot)
      const { visible } = settingsOf(config, index, 'output', String(slot))
      const isShown = typeof visible === 'boolean' ? visible : !isInner || leaves
      return isShown
        ? [{ name: `${index} ${textOf(output['name'])}`, type: textOf(output['type']) || '*', node: index, slot }]
        : []
    }),
  )
}

/** What the person who made the group has said of one of its ends. */
function settingsOf(config: JsonObject, node: number, side: 'input' | 'output', name: string): JsonObject {
  const of = config[String(node)]
  const ends = isJsonObject(of) ? of[side] : undefined
  const end = isJsonObject(ends) && Object.hasOwn(ends, name) ? ends[name] : undefined
  return isJsonObject(end) ? end : {}
}

/** Values without what happens to a seed, which stands behind it there. */
function valuesOf(values: JsonValue | undefined, inputs: readonly GroupInput[]): JsonValue {
  if (!Array.isArray(values)) return values ?? []
  const left = [...(values as List)]
  return inputs.flatMap(({ widget }): List => {
    if (!widget || left.length === 0) return []
    const value = left.shift() ?? null
    const isSeed = widget.options['control_after_generate'] === true || /seed/.test(widget.name)
    if (isSeed && ['fixed', 'increment', 'decrement', 'randomize'].includes(textOf(left[0]))) left.shift()
    return [value]
  })
}

function linkOf(json: JsonValue): GroupLink[] {
  const [from, fromSlot, to, toSlot] = listOf(json)
  const isWhole = [from, fromSlot, to, toSlot].every((part) => Number.isInteger(part))
  return isWhole ? [{ from: Number(from), fromSlot: Number(fromSlot), to: Number(to), toSlot: Number(toSlot) }] : []
}
