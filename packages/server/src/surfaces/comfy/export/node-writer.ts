import {
  type JsonObject,
  type JsonValue,
  type Link,
  type NodeInstance,
  type Workflow,
  isNodeLink,
} from '@patchbay/engine/workflow'
import {
  type ComfyClass,
  type ComfyInput,
  type NativeSource,
  type ViaSource,
  isWidget,
} from '../classes/comfy-class.ts'
import { inputsId } from '../import/ui-graph.ts'
import type { ComfyNode } from '../prompt/prompt.ts'
import { slotOf } from './native-slots.ts'
import { isConstant } from './node-classes.ts'

/** Writes one ComfyUI node: its inputs, read from its native nodes. */
export class NodeWriter {
  /** Nodes that this one needs beside it, such as the one that names its sampler. */
  readonly companions = new Map<string, ComfyNode>()
  private readonly id: string
  private readonly comfyClass: ComfyClass
  private readonly document: Pick<Workflow, 'nodes'>
  private readonly classOfNode: ReadonlyMap<string, ComfyClass>
  private readonly problems: string[]

  constructor(
    id: string,
    comfyClass: ComfyClass,
    document: Pick<Workflow, 'nodes'>,
    classOfNode: ReadonlyMap<string, ComfyClass>,
    problems: string[],
  ) {
    this.id = id
    this.comfyClass = comfyClass
    this.document = document
    this.classOfNode = classOfNode
    this.problems = problems
  }

  inputs(): JsonObject {
    const inputs = new Map<string, JsonValue>()
    for (const [part, { inputs: sources }] of Object.entries(this.comfyClass.parts)) {
      const native = this.document.nodes[part === 'main' ? this.id : `${this.id}~${part}`]
      if (!native) continue
      for (const [name, source] of Object.entries(sources)) {
        if ('input' in source) this.putOne(inputs, native, name, source)
        else if ('inputs' in source) this.putList(inputs, native, name, source.inputs)
        else if ('via' in source && source.written !== undefined) this.putVia(inputs, native, name, source)
      }
    }
    if (this.comfyClass.takesMore !== undefined) this.putMore(inputs, this.comfyClass.takesMore)
    this.putConstants(inputs)
    return Object.fromEntries(inputs)
  }

  /** What the class requires and no native input says: there is one value for it here. */
  private putConstants(inputs: Map<string, JsonValue>): void {
    for (const input of this.comfyClass.inputs) {
      if (input.optional || !isWidget(input) || inputs.has(input.name)) continue
      const value = input.only ?? input.options['default'] ?? input.choices?.[0]
      if (value !== undefined) inputs.set(input.name, value)
    }
  }

  private putOne(
    inputs: Map<string, JsonValue>,
    native: NodeInstance,
    name: string,
    source: Extract<NativeSource, { input: string }>,
  ): void {
    const input = this.comfyClass.inputs.find((candidate) => candidate.name === source.input)
    const links = linksAt(native, name)
    if (links.length > 0) {
      const isNumbered = input?.several && links.length > 1
      for (const [index, link] of links.entries()) {
        const value = this.valueOf(link)
        const at = isNumbered ? `${source.input}.${index}` : source.input
        if (value !== undefined && !inputs.has(at)) inputs.set(at, value)
      }
      if (links.length > 1 && !input?.several)
        this.problems.push(`Input ${name} of node ${this.id} takes several links; only the first is kept.`)
    } else if (Object.hasOwn(native.values, name)) {
      inputs.set(source.input, unmapped(source, native.values[name] ?? null, input))
    } else {
      const fallback = input?.options['default']
      if (fallback !== undefined) inputs.set(source.input, fallback)
    }
  }

  private putList(inputs: Map<string, JsonValue>, native: NodeInstance, name: string, names: readonly string[]): void {
    const links = linksAt(native, name)
    for (const [index, link] of links.entries()) {
      const at = names[index]
      const value = at === undefined ? undefined : this.valueOf(link)
      if (at !== undefined && value !== undefined) inputs.set(at, value)
    }
    if (links.length > names.length)
      this.problems.push(`Node ${this.id}: ${this.comfyClass.name} takes ${names.length} links at ${name}.`)
  }

  private putVia(
    inputs: Map<string, JsonValue>,
    native: NodeInstance,
    name: string,
    { via, of, otherwise, written = '' }: ViaSource,
  ): void {
    const value = native.values[name] ?? otherwise
    const [input = ''] = of
    const id = `${this.id}-${via}`
    this.companions.set(id, { class_type: written, inputs: value === undefined ? {} : { [input]: value } })
    inputs.set(via, [id, 0])
  }

  private putMore(inputs: Map<string, JsonValue>, prefix: string): void {
    const native = this.document.nodes[this.id]
    const declared = new Set(Object.keys(this.comfyClass.parts['main']?.inputs ?? {}))
    for (const name of native ? Object.keys(native.links) : []) {
      const [link] = native && !declared.has(name) ? linksAt(native, name) : []
      const value = link && this.valueOf(link)
      if (value !== undefined) inputs.set(`${prefix}${name}`, value)
    }
  }

  /** `[id, slot]` of the native output at the other end, or the value of a constant beside this node. */
  private valueOf(link: Link): JsonValue | undefined {
    const { node, output } = isNodeLink(link) ? link : { node: inputsId, output: link.input }
    const source = this.document.nodes[node]
    if (node.startsWith(`${this.id}~`) && isConstant(source?.type)) return source?.values['value'] ?? null
    const slot = slotOf({ node, output }, this.document, this.classOfNode)
    if (slot) return slot
    this.problems.push(`Node ${this.id} is linked to ${output} of node ${node}, which has no such output in ComfyUI.`)
    return undefined
  }
}

function linksAt({ links }: NodeInstance, name: string): readonly Link[] {
  const link = links[name]
  return link === undefined ? [] : 'length' in link ? link : [link]
}

/** A native value as ComfyUI's input has it. */
function unmapped(
  { map = {}, as }: Extract<NativeSource, { input: string }>,
  value: JsonValue,
  input: ComfyInput | undefined,
): JsonValue {
  if (as === 'negative' && typeof value === 'number') return -value
  if (as === 'color' && typeof value === 'string') return Number.parseInt(value.slice(1, 7), 16)
  const entry = Object.entries(map).find(([, to]) => to === value)
  if (entry) return input?.type === 'BOOLEAN' ? entry[0] === 'true' : entry[0]
  if (input?.json && typeof value !== 'string') return JSON.stringify(value)
  return Array.isArray(value) ? { __value__: value } : value
}
