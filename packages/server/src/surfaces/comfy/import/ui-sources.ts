import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { type ComfyClasses, type ComfyInput, typesFit, widgetsIn } from '../classes/comfy-class.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { choiceMeant } from '../prompt/coerce-value.ts'
import { type UiGraph, type UiInput, type UiLink, type UiNode, inputsId } from './ui-graph.ts'

/** Nodes that only route or comment; they do no work. */
export const virtualTypes = ['Note', 'MarkdownNote', 'Reroute', 'PrimitiveNode']
/** Modes of a node there. */
export const [muted, bypassed] = [2, 4]

/** An output that does work, an input of the subgraph itself (node `-10`), or the constant of a primitive. */
export type Source = { readonly id: string; readonly slot: number } | { readonly value: JsonValue }

/** What a link meets at an output: it starts there, at nothing, or goes on at an input of that node. */
export type Meeting = 'source' | 'nothing' | UiInput

/** Follows a link back to where it starts, through reroutes and whatever else `meet` says to go through. */
export function sourceOf(
  { nodes, links }: UiGraph,
  start: number,
  meet: (node: UiNode, link: UiLink) => Meeting,
): Source | undefined {
  let link = links.get(start)
  for (let hops = 0; link && hops < 10_000; hops++) {
    if (link.from === inputsId) return { id: inputsId, slot: link.fromSlot }
    const node = nodes.get(link.from)
    if (!node) return undefined
    const met = node.mode !== muted && node.type === 'Reroute' ? (node.inputs[0] ?? 'nothing') : meet(node, link)
    if (met === 'nothing') return undefined
    if (met === 'source') {
      if (node.type !== 'PrimitiveNode') return { id: node.id, slot: link.fromSlot }
      const [value]: readonly (JsonValue | undefined)[] = isJsonObject(node.widgets)
        ? [node.widgets['value']]
        : node.widgets
      return value === undefined ? undefined : { value }
    }
    if (met.link === undefined) return met.value === undefined ? undefined : { value: met.value }
    link = links.get(met.link)
  }
  return undefined
}

/**
 * Which input stands for an output of a bypassed node: the one of the same place if it fits, else the first of the
 * type, else the first that fits.
 */
export function passingInput(
  node: UiNode,
  { fromSlot, type }: UiLink,
  links: ReadonlyMap<number, UiLink>,
): UiInput | undefined {
  const wanted = node.outputs[fromSlot]?.type ?? type
  const same = node.inputs[fromSlot]
  if (same && typesFit(same.type, wanted)) return same
  const candidates = node.inputs.filter((input) => input.link !== undefined && links.has(input.link))
  return candidates.find((input) => input.type === wanted) ?? candidates.find((input) => typesFit(input.type, wanted))
}

/** What happens to a seed after each run, as it is said there and here. */
const controls: ReadonlyMap<unknown, SeedChange | undefined> = new Map<unknown, SeedChange | undefined>([
  ['fixed', undefined],
  ['increment', 'increment'],
  ['decrement', 'decrement'],
  ['randomize', 'randomise'],
  [true, 'randomise'],
  [false, undefined],
])
export type SeedChange = 'increment' | 'decrement' | 'randomise'
export const controlOf = (change: SeedChange | undefined): string =>
  [...controls].find(([there, here]) => typeof there === 'string' && here === change)?.[0] as string

/** What the widgets of a node say; an empty list of choices says nothing, and a button to upload is no input. */
export function widgetValues(node: UiNode, classes: ComfyClasses): ReadonlyMap<string, JsonValue> {
  const known = classes.get(node.type)
  const isInput = (name: string) =>
    !known ||
    known.takesMore !== undefined ||
    known.inputs.some((input) => name === input.name || name.startsWith(`${input.name}.`))
  const said = [...widgetsOf(node, classes).values]
  return new Map(said.filter(([name, value]) => value !== null && isInput(name)))
}

/**
 * Values by name where the names are told, else by position in the order of the class's widgets. After a seed comes
 * what happens to it, which is no input.
 */
export function widgetsOf(
  node: UiNode,
  classes: ComfyClasses,
): {
  readonly values: ReadonlyMap<string, JsonValue>
  readonly seeds: ReadonlyMap<string, SeedChange>
} {
  const { widgets, named } = node
  const values = new Map<string, JsonValue>()
  const seeds = new Map<string, SeedChange>()
  const names = Object.keys(named)
  if (isJsonObject(widgets) || names.length === widgets.length || widgets.length === 0) {
    const entries = isJsonObject(widgets)
      ? Object.entries(widgets)
      : names.map((name, at) => [name, widgets[at] ?? named[name]] as const)
    let before = ''
    for (const [name, value] of entries) {
      const change = controls.get(value)
      if (name !== controlName) values.set((before = name), value ?? null)
      else if (change) seeds.set(before, change)
    }
    return { values, seeds }
  }
  const known = classes.get(node.type)
  const declared = known
    ? widgetsIn(known)
    : node.inputs.flatMap(({ widget }) =>
        widget === undefined
          ? []
          : [{ name: widget, type: '*', options: {} as JsonObject, choices: [] as readonly string[] }],
      )
  let at = 0
  for (const [index, { name, options, choices = [] }] of declared.entries()) {
    const value = widgets[at++]
    if (value !== undefined) values.set(name, choiceMeant(value, choices, undefined) ?? value)
    const isSeed = options[controlName] === true || /seed/.test(name)
    const isControl = isSeed && isControlAt(widgets[at], declared[index + 1])
    const change = isControl ? controls.get(widgets[at]) : undefined
    if (isControl) at++
    if (change) seeds.set(name, change)
  }
  const rest = Object.entries(named).filter(([name]) => name !== controlName)
  return { values: new Map([...rest, ...values]), seeds }
}
const controlName = 'control_after_generate'

/** Until July 2023 the editor wrote true or false behind a seed. */
const isControlAt = (value: JsonValue | undefined, next: Pick<ComfyInput, 'type'> | undefined): boolean =>
  controls.has(value) && (typeof value !== 'boolean' || next?.type !== 'BOOLEAN')
