import type { JsonValue, NodeInstance, Workflow } from '@patchbay/engine/workflow'
import { isNodeLink } from '@patchbay/engine/workflow'
import { adapters as declared } from './adapters/index.ts'
import type { ComfyClass, ComfyClasses, NativeSource } from './comfy-class.ts'
import type { ComfyPrompt } from './prompt.ts'

/**
 * A native document as an API-format prompt. Nodes that an adapter made out of one ComfyUI node become that node again; any other is
 * written under its native name. Muted nodes, sub-workflows and links that take several are what API format cannot say: they are told.
 */
export function promptFromNative(
  document: Workflow,
  classes: ComfyClasses,
): { prompt: ComfyPrompt; problems: readonly string[] } {
  const problems: string[] = []
  const prompt: Record<string, ComfyPrompt[string]> = {}
  const adapters = [...classes.values()].filter(({ name, parts }) => parts['main']?.type !== name)
  for (const [id, node] of Object.entries(document.nodes)) {
    if (node.mode === 'muted') continue
    if (node.mode === 'bypassed') problems.push(`Node ${id} is bypassed, which API format cannot say.`)
    if (node.type.startsWith('workflow:')) {
      problems.push(`Node ${id} is a sub-workflow; unpack it first.`)
      continue
    }
    if (id.includes('~')) continue
    const comfyClass =
      declared.find(({ name }) => name === node.type && classes.has(name)) ??
      adapters.find(({ parts }) => matches(parts['main']?.type, parts, id, node, document)) ??
      classes.get(node.type)
    if (!comfyClass) {
      problems.push(`Node ${id} is of the type ${node.type}, which is not known here.`)
      continue
    }
    prompt[id] = { class_type: comfyClass.name, inputs: inputsOf(id, comfyClass, document, classes, problems) }
  }
  return { prompt, problems }
}

function matches(
  type: string | undefined,
  parts: ComfyClass['parts'],
  id: string,
  node: NodeInstance,
  document: Workflow,
): boolean {
  return (
    type === node.type &&
    Object.entries(parts).every(
      ([part, { type: wanted }]) => part === 'main' || document.nodes[`${id}~${part}`]?.type === wanted,
    )
  )
}

function inputsOf(
  id: string,
  comfyClass: ComfyClass,
  document: Workflow,
  classes: ComfyClasses,
  problems: string[],
): { [name: string]: JsonValue } {
  const inputs: Record<string, JsonValue> = {}
  for (const [part, { inputs: sources }] of Object.entries(comfyClass.parts)) {
    const native = document.nodes[part === 'main' ? id : `${id}~${part}`]
    if (!native) continue
    for (const [name, source] of Object.entries(sources)) {
      if (!('input' in source)) continue
      const link = native.links[name]
      if (link !== undefined) {
        const [first, ...more] = 'length' in link ? link : [link]
        if (more.length > 0) problems.push(`Input ${name} of node ${id} takes several links; only the first is kept.`)
        const written = first && isNodeLink(first) ? slotOf(first.node, first.output, document, classes) : undefined
        if (written) inputs[source.input] = written
      } else if (Object.hasOwn(native.values, name))
        inputs[source.input] = unmapped(source, native.values[name] ?? null)
      else {
        const fallback = comfyClass.inputs.find((input) => input.name === source.input)?.options['default']
        if (fallback !== undefined) inputs[source.input] = fallback
      }
    }
  }
  return inputs
}

function unmapped(source: Extract<NativeSource, { input: string }>, value: JsonValue): JsonValue {
  const entry = Object.entries(source.map ?? {}).find(([, to]) => to === value)
  return entry ? entry[0] : Array.isArray(value) ? { __value__: value } : value
}

/** `[id, slot]` of a native output. */
function slotOf(node: string, output: string, document: Workflow, classes: ComfyClasses): JsonValue | undefined {
  const [id = node, part = 'main'] = node.split('~')
  const instance = document.nodes[id]
  if (!instance) return undefined
  const candidates = [...classes.values()].filter(({ parts }) => parts['main']?.type === instance.type)
  for (const { slots } of candidates) {
    const slot = slots.findIndex((stands) => stands?.[0] === part && stands[1] === output)
    if (slot >= 0) return [id, slot]
  }
  return undefined
}
