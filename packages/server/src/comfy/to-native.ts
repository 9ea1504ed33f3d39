import type { JsonValue, Link, NodeInstance, Workflow } from '@patchbay/engine/workflow'
import { parseJson, workflowVersion } from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses, NativeSource } from './comfy-class.ts'
import type { ComfyNode, ComfyPrompt } from './prompt.ts'
import { linkOf, unwrapped } from './prompt.ts'

export interface NativePrompt {
  readonly document: Workflow
  /** The ComfyUI id of each native node. */
  readonly idOf: { readonly [native: string]: string }
  /** The native nodes of each ComfyUI id. */
  readonly nativeOf: { readonly [id: string]: readonly string[] }
}

/** Ids may be any text there; here they are no path, and none of the names that every object has. */
export function nativeId(id: string, part = 'main'): string {
  const plain = id.replace(/[%/~]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
  const safe = plain === '' || plain in {} ? `%${plain}` : plain
  return part === 'main' ? safe : `${safe}~${part}`
}

/** The native document of a checked prompt. Constants of undeclared inputs are dropped, as ComfyUI does; undeclared links are passed on. */
export function nativeOf(prompt: ComfyPrompt, classes: ComfyClasses): NativePrompt {
  const nodes: Record<string, NodeInstance> = {}
  const idOf: Record<string, string> = {}
  const natives: Record<string, string[]> = {}
  for (const [id, node] of Object.entries(prompt)) {
    const comfyClass = classes.get(node.class_type)
    if (!comfyClass) continue
    for (const [part, { type, version, inputs }] of Object.entries(comfyClass.parts)) {
      const native = nativeId(id, part)
      const placed = placeInputs(id, node, comfyClass, inputs, prompt, classes)
      const extra = part === 'main' ? undeclaredLinks(node, comfyClass, prompt, classes) : {}
      nodes[native] = { type, version, values: placed.values, links: { ...extra, ...placed.links } }
      idOf[native] = id
      natives[id] = [...(natives[id] ?? []), native]
    }
  }
  return {
    document: { format: 'patchbay-workflow', version: workflowVersion, nodes },
    idOf,
    nativeOf: natives,
  }
}

function placeInputs(
  id: string,
  node: ComfyNode,
  comfyClass: ComfyClass,
  sources: { readonly [native: string]: NativeSource },
  prompt: ComfyPrompt,
  classes: ComfyClasses,
) {
  const values: Record<string, JsonValue> = {}
  const links: Record<string, Link> = {}
  for (const [native, source] of Object.entries(sources)) {
    if ('value' in source) values[native] = source.value
    else if ('part' in source) links[native] = { node: nativeId(id, source.part), output: source.output }
    else {
      const given = Object.hasOwn(node.inputs, source.input) ? node.inputs[source.input] : undefined
      if (given === undefined) continue
      const link = linkOf(given)
      if (link) {
        const resolved = nativeLink(link.id, link.slot, prompt, classes)
        if (resolved) links[native] = resolved
        continue
      }
      const declared = comfyClass.inputs.find(({ name }) => name === source.input)
      const value = unwrapped(given)
      const mapped = source.map && Object.hasOwn(source.map, String(value)) ? source.map[String(value)] : undefined
      values[native] = mapped ?? (declared?.json ? parsedText(value) : value)
    }
  }
  return { values, links }
}

function parsedText(value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value
  const parsed = parseJson(value)
  return parsed.ok ? parsed.value : value
}

function undeclaredLinks(node: ComfyNode, { inputs }: ComfyClass, prompt: ComfyPrompt, classes: ComfyClasses) {
  const declared = new Set(inputs.map(({ name }) => name))
  const links: Record<string, Link> = {}
  for (const [name, value] of Object.entries(node.inputs)) {
    const link = declared.has(name) ? undefined : linkOf(value)
    const resolved = link && nativeLink(link.id, link.slot, prompt, classes)
    if (resolved) links[name] = resolved
  }
  return links
}

function nativeLink(id: string, slot: number, prompt: ComfyPrompt, classes: ComfyClasses): Link | undefined {
  const node = Object.hasOwn(prompt, id) ? prompt[id] : undefined
  const stands = node && classes.get(node.class_type)?.slots[slot]
  return stands ? { node: nativeId(id, stands[0]), output: stands[1] } : undefined
}
