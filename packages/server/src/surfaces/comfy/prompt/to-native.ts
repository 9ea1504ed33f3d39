import {
  type JsonValue,
  type Link,
  type NodeInstance,
  type Workflow,
  naturalOrder,
  parseJson,
  workflowVersion,
} from '@patchbay/engine/workflow'
import { type JsonWriting, createWriting } from '../../../json-writing.ts'
import { fileMeant, typeOfConstant } from './coerce-value.ts'
import {
  type ComfyClass,
  type ComfyClasses,
  type ComfyInput,
  type Conversion,
  type NativeSource,
  type ViaSource,
  isWidget,
} from '../classes/comfy-class.ts'
import { type ComfyLink, type ComfyNode, type ComfyPrompt, linkOf, unwrapped } from './prompt.ts'

export interface NativePrompt {
  readonly document: Workflow
  /** The ComfyUI id of each native node. */
  readonly idOf: ReadonlyMap<string, string>
  /** The native nodes of each ComfyUI id. */
  readonly nativeOf: ReadonlyMap<string, readonly string[]>
}

/** Ids may be any text there; here they are no path, and none of the names that every object has. */
export function nativeId(id: string, part = 'main'): string {
  const plain = id.replace(/[%/~]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
  const safe = plain === '' || plain in {} ? `%${plain}` : plain
  return part === 'main' ? safe : `${safe}~${part}`
}

/** Nodes that give a constant to an input which takes links alone. */
export const constantNodes: { readonly [type: string]: string } = {
  INT: 'Integer',
  FLOAT: 'Number',
  STRING: 'Text',
  BOOLEAN: 'Toggle',
}

/**
 * The native document of a checked prompt. Constants of undeclared inputs are dropped, as ComfyUI does; undeclared
 * links are passed on to the nodes that take them. `writing` tells the constants 5 and 5.0 apart.
 */
export function nativeOf(
  prompt: ComfyPrompt,
  classes: ComfyClasses,
  writing: JsonWriting = createWriting(),
): NativePrompt {
  const nodes = new Map<string, NodeInstance>()
  const idOf = new Map<string, string>()
  const natives = new Map<string, readonly string[]>()
  for (const [id, node] of prompt) {
    const comfyClass = classes.get(node.class_type)
    if (!comfyClass) continue
    const place = (native: string, instance: NodeInstance) => {
      nodes.set(native, instance)
      idOf.set(native, id)
      natives.set(id, [...(natives.get(id) ?? []), native])
    }
    for (const [part, { type, version, inputs }] of Object.entries(comfyClass.parts)) {
      const placed = new Placing(id, node, comfyClass, prompt, classes, writing)
      for (const [native, source] of Object.entries(inputs)) placed.put(native, source)
      if (part === 'main' && comfyClass.takesMore !== undefined) placed.putUndeclared(comfyClass.takesMore)
      const [values, links] = [Object.fromEntries(placed.values), Object.fromEntries(placed.links)]
      place(nativeId(id, part), { type, version, values, links })
      for (const [constant, instance] of placed.constants) place(constant, instance)
    }
  }
  const document: Workflow = {
    format: 'patchbay-workflow',
    version: workflowVersion,
    nodes: Object.fromEntries(nodes),
  }
  return { document, idOf, nativeOf: natives }
}

/** Where the inputs of one native node come from. */
class Placing {
  readonly values = new Map<string, JsonValue>()
  readonly links = new Map<string, Link | readonly Link[]>()
  readonly constants = new Map<string, NodeInstance>()
  private readonly id: string
  private readonly node: ComfyNode
  private readonly comfyClass: ComfyClass
  private readonly prompt: ComfyPrompt
  private readonly classes: ComfyClasses
  private readonly writing: JsonWriting

  constructor(
    id: string,
    node: ComfyNode,
    comfyClass: ComfyClass,
    prompt: ComfyPrompt,
    classes: ComfyClasses,
    writing: JsonWriting,
  ) {
    this.id = id
    this.node = node
    this.comfyClass = comfyClass
    this.prompt = prompt
    this.classes = classes
    this.writing = writing
  }

  put(native: string, source: NativeSource): void {
    if ('value' in source) this.values.set(native, source.value)
    else if ('part' in source) this.links.set(native, { node: nativeId(this.id, source.part), output: source.output })
    else if ('via' in source) this.putVia(native, source)
    else if ('inputs' in source) this.putList(native, source.inputs)
    else {
      const declared = this.comfyClass.inputs.find(({ name }) => name === source.input)
      if (declared?.several) this.putList(native, [source.input, ...this.numbered(source.input)])
      else this.putOne(native, source, declared)
    }
  }

  /** What an input of the node at `via` is given, as if it were given here. */
  private putVia(native: string, { via, of, byClass = {}, otherwise, maps = {} }: ViaSource): void {
    const link = linkOf(this.given(via))
    const node = link && this.prompt.get(link.id)
    const comfyClass = node && this.classes.get(node.class_type)
    const input = of.find((name) => node && Object.hasOwn(node.inputs, name))
    if (link && comfyClass && input !== undefined) {
      const there = new Placing(link.id, node, comfyClass, this.prompt, this.classes, this.writing)
      const map = maps[input]
      there.put(native, { input, ...(map ? { map } : {}) })
      for (const [name, value] of there.values) this.values.set(name, value)
      for (const [name, linked] of there.links) this.links.set(name, linked)
      for (const [name, constant] of there.constants) this.constants.set(name, constant)
    } else {
      const value = comfyClass && Object.hasOwn(byClass, comfyClass.name) ? byClass[comfyClass.name] : otherwise
      if (value !== undefined) this.values.set(native, value)
    }
  }

  private putOne(
    native: string,
    { input, map, as }: Extract<NativeSource, { input: string }>,
    declared: ComfyInput | undefined,
  ): void {
    const given = this.given(input) ?? (declared?.optional ? declared.options['default'] : undefined)
    if (given === undefined) return
    const wide = declared && isWidget(declared) ? this.wideNumberAt(input) : undefined
    if (wide !== undefined) {
      this.values.set(native, wide)
      return
    }
    const link = this.linkAt(input)
    if (link !== undefined) {
      if (link) this.links.set(native, link)
      return
    }
    const value = fileIn(unwrapped(given), declared)
    const constant = declared && !isWidget(declared) ? this.constantFor(input, value) : undefined
    const mapped = map && Object.hasOwn(map, String(value)) ? map[String(value)] : undefined
    if (constant) this.links.set(native, constant)
    else this.values.set(native, mapped ?? (declared?.json ? parsedText(value) : converted(value, as)))
  }

  /** A node that gives the constant; native link inputs take nothing else. */
  private constantFor(input: string, value: JsonValue): Link | undefined {
    const type = typeOfConstant(value, this.writing.numberAt([this.id, 'inputs', input]))
    const primitive = constantNodes[type]
    if (primitive === undefined) return undefined
    const native = nativeId(this.id, input)
    this.constants.set(native, { type: primitive, version: 1, values: { value }, links: {} })
    return { node: native, output: 'value' }
  }

  private putList(native: string, inputs: readonly string[]): void {
    const links = inputs
      .flatMap((input) => this.linkAt(input) ?? this.constantAt(input) ?? [])
      .filter((link) => link !== false)
    if (links.length > 0) this.links.set(native, links)
  }

  /**
   * Constants under a prefix that the class names are inputs of its own kind; any others are dropped, as ComfyUI does.
   */
  putUndeclared(prefix: string): void {
    const declared = new Set(this.comfyClass.inputs.map(({ name }) => name))
    for (const name of Object.keys(this.node.inputs)) {
      if (declared.has(name) || !name.startsWith(prefix)) continue
      const link = this.linkAt(name) ?? (prefix === '' ? undefined : this.constantAt(name))
      if (link) this.links.set(name.slice(prefix.length), link)
    }
  }

  private constantAt(input: string): Link | undefined {
    const given = this.given(input)
    return given === undefined ? undefined : this.constantFor(input, unwrapped(given))
  }

  /** `x.image0`, `x.image1`, … in their order. */
  private numbered(name: string): string[] {
    return Object.keys(this.node.inputs)
      .filter((key) => key.startsWith(`${name}.`))
      .sort(naturalOrder)
  }

  private given(name: string): JsonValue | undefined {
    return Object.hasOwn(this.node.inputs, name) ? this.node.inputs[name] : undefined
  }

  /** The native link that stands at an input; false when it leads nowhere, undefined when there is none. */
  private linkAt(input: string): Link | false | undefined {
    const given = linkOf(this.given(input))
    if (!given) return undefined
    const link = this.handedOn(given)
    const node = link && this.prompt.get(link.id)
    const stands = node && this.classes.get(node.class_type)?.slots[link.slot]
    return link && stands ? { node: nativeId(link.id, stands[0]), output: stands[1] } : false
  }

  /** A whole number past 2^53 that a linked primitive gives: native links carry none, so it becomes a value. */
  private wideNumberAt(input: string): string | undefined {
    const given = linkOf(this.given(input))
    const link = given && this.handedOn(given)
    const node = link && this.prompt.get(link.id)
    const constant = this.classes.get(node?.class_type ?? '')?.constant
    const value = constant === undefined ? undefined : node?.inputs[constant]
    return typeof value === 'string' && /^-?\d+$/.test(value) && !Number.isSafeInteger(Number(value))
      ? value
      : undefined
  }

  /** Where a link starts once it has gone through nodes that only hand on what they are given. */
  private handedOn(start: ComfyLink): ComfyLink | undefined {
    const seen = new Set<string>()
    for (let link: ComfyLink | undefined = start; link && !seen.has(link.id);) {
      const node = this.prompt.get(link.id)
      const input = this.classes.get(node?.class_type ?? '')?.passes?.[link.slot]
      if (input === undefined) return link
      seen.add(link.id)
      link = linkOf(node?.inputs[input])
    }
    return undefined
  }
}

/** A file by the name that its folder knows it by. */
function fileIn(value: JsonValue, declared: ComfyInput | undefined): JsonValue {
  return typeof value === 'string' && declared?.folder !== undefined ? fileMeant(value, declared.folder) : value
}

function converted(value: JsonValue, as: Conversion | undefined): JsonValue {
  if (as === undefined || typeof value !== 'number') return value
  return as === 'negative' ? -value : `#${value.toString(16).padStart(6, '0')}`
}

function parsedText(value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value
  const parsed = parseJson(value)
  return parsed.ok ? parsed.value : value
}
