import {
  type JsonObject,
  type JsonValue,
  type Link,
  type NodeInstance,
  type NodeLink,
  type NodeMode,
  type Workflow,
  isNodeLink,
} from '@patchbay/engine/workflow'
import { adapters as allAdapters } from '../adapters/index.ts'
import type { ComfyClass, ComfyClasses, ComfyInput, NativeSource, ViaSource } from '../classes/comfy-class.ts'
import { withoutSubWorkflows } from './dissolve.ts'
import { withNativeStandIns } from './native-stand-in.ts'
import type { ComfyNode, ComfyPrompt } from '../prompt/prompt.ts'
import { inputsClass } from '../import/subgraph-ends.ts'
import { inputsId } from '../import/ui-graph.ts'

export interface PromptFromNative {
  readonly prompt: ComfyPrompt
  /** What could not be said, a sentence each. */
  readonly problems: readonly string[]
  /** The native node that each ComfyUI node was made of. */
  readonly nativeOf: { readonly [id: string]: string }
  /** The native document in one graph, which it was made of. */
  readonly document: Workflow
}
type Modes = readonly NodeMode[]

/**
 * A native document as an API-format prompt. Nodes that an adapter made out of one ComfyUI node become that node again; any other is
 * written under its native name. Nodes in a mode of `kept` are written all the same, for formats that can say it; of the others, muted ones
 * are left out and bypassed ones are told, as are links that take several. Sub-workflows are dissolved into the nodes that they hold.
 */
export function promptFromNative(source: Workflow, classes: ComfyClasses, kept: Modes = []): PromptFromNative {
  const { document, problems: undissolved } = withoutSubWorkflows(source)
  const problems = [...undissolved]
  return { ...promptOfGraph(document, withNativeStandIns(document, classes), kept, problems), problems, document }
}

export interface PromptOfGraph extends Pick<PromptFromNative, 'prompt' | 'nativeOf'> {
  /** Which class each node that stands for one of ComfyUI's became. */
  readonly chosen: ReadonlyMap<string, ComfyClass>
}

/**
 * One native graph as a prompt, its sub-workflows being nodes of their class, if there is one. What is linked to an input of the graph
 * itself is linked to a node that stands for these `inputs`, if they are told.
 */
export function promptOfGraph(
  document: Pick<Workflow, 'nodes'>,
  classes: ComfyClasses,
  kept: Modes,
  problems: string[],
  inputs?: readonly string[],
): PromptOfGraph {
  const prompt: Record<string, ComfyNode> = {}
  const nativeOf: Record<string, string> = {}
  const own = classesOfNodes(document, classes, problems, kept)
  const chosen = inputs ? new Map([...own, [inputsId, inputsClass(inputs)] as const]) : own
  for (const [id, comfyClass] of own) {
    const writing = new Writing(id, comfyClass, document, chosen, problems)
    prompt[id] = { class_type: comfyClass.name, inputs: writing.inputs() }
    nativeOf[id] = id
    for (const [made, node] of Object.entries(writing.made)) {
      prompt[made] = node
      nativeOf[made] = id
    }
  }
  return { prompt, nativeOf, chosen }
}

/** Which class each node that stands for one of ComfyUI's becomes; parts and constants of another node are none. */
function classesOfNodes(
  document: Pick<Workflow, 'nodes'>,
  classes: ComfyClasses,
  problems: string[],
  kept: Modes,
): ReadonlyMap<string, ComfyClass> {
  const chosen = new Map<string, ComfyClass>()
  const adapters = [...classes.values()].filter(({ name, parts }) => parts['main'] && parts['main'].type !== name)
  const exact = allAdapters.filter(({ name, parts }) => parts['main']?.type === name && classes.has(name))
  const partsOf = new Map<string, string[]>()
  for (const key of Object.keys(document.nodes)) {
    const [owner = ''] = key.split('~')
    if (owner !== key) partsOf.set(owner, [...(partsOf.get(owner) ?? []), key])
  }
  for (const [id, node] of Object.entries(document.nodes)) {
    const [owner = ''] = id.split('~')
    if (owner !== id && Object.hasOwn(document.nodes, owner)) continue
    const isKept = node.mode === undefined || kept.includes(node.mode)
    if (node.mode === 'muted' && !isKept) continue
    if (!isKept) problems.push(`Node ${id} is bypassed, which API format cannot say.`)
    if (node.type.startsWith('workflow:') && !adapters.some(({ parts }) => parts['main']?.type === node.type)) {
      problems.push(
        `Node ${id} is a sub-workflow that is missing, contains itself or is too large to be unpacked; it is left out.`,
      )
      continue
    }
    const generic = classes.get(node.type)
    // Its inputs by the names that the native node has for them.
    const declared = Object.entries(generic?.parts['main']?.inputs ?? {}).flatMap(([name, source]) => {
      const input = 'input' in source ? generic?.inputs.find((known) => known.name === source.input) : undefined
      return input ? [{ name, input }] : []
    })
    const defaults = new Map(declared.map(({ name, input }) => [name, input.options['default']]))
    const needed = new Set(
      declared.flatMap(({ name, input }) => (isSocket(input.type) && !input.optional ? [name] : [])),
    )
    // The one that says the most of the node; of equals the first.
    const [best] = [...exact, ...adapters]
      .filter(({ parts }) => matches(parts, id, node, document, partsOf.get(id) ?? []))
      .map((candidate) => ({ candidate, ...lostIn(candidate, node, defaults, needed) }))
      .sort((a, b) => a.wrong.length - b.wrong.length || a.unsaid.length - b.unsaid.length)
    const comfyClass = best && (best.wrong.length === 0 || !generic) ? best.candidate : (generic ?? best?.candidate)
    if (!comfyClass) problems.push(`Node ${id} is of the type ${node.type}, which is not known here.`)
    else chosen.set(id, comfyClass)
    if (best && comfyClass === best.candidate) {
      const told = [...best.wrong, ...best.unsaid]
      if (told.length > 0) problems.push(`Node ${id}: ${comfyClass.name} cannot say ${told.join(', ')}.`)
    }
  }
  return chosen
}

function matches(
  parts: ComfyClass['parts'],
  id: string,
  node: NodeInstance,
  document: Pick<Workflow, 'nodes'>,
  own: readonly string[],
): boolean {
  const wanted = Object.entries(parts)
  const isPart = (key: string) => Object.hasOwn(parts, key.slice(id.length + 1))
  return (
    parts['main']?.type === node.type &&
    wanted.every(([part, { type }]) => part === 'main' || document.nodes[`${id}~${part}`]?.type === type) &&
    // Parts of another adapter of the same node; what else hangs on the id only gives constants.
    own.every((key) => isPart(key) || document.nodes[key]?.type === 'Integer' || isConstant(document.nodes[key]?.type))
  )
}
const isConstant = (type: string | undefined): boolean =>
  ['Integer', 'Number', 'Text', 'Toggle'].some((known) => known === type)

/** How a picture's last bit is rounded changes no workflow. */
const isSmall = (input: string): boolean => input === 'rounding' || input === 'embedWorkflow'

/**
 * What of a node the class would say wrongly (links that it has no end for, values that it fixes to others), and what it has no word for
 * and ComfyUI would take its own of.
 */
function lostIn(
  comfyClass: ComfyClass,
  { values, links }: NodeInstance,
  defaults: ReadonlyMap<string, JsonValue | undefined>,
  /** Inputs without which the node itself does not run: that they are missing is no fault of the class. */
  needed: ReadonlySet<string>,
): { readonly wrong: readonly string[]; readonly unsaid: readonly string[] } {
  const sources = comfyClass.parts['main']?.inputs ?? {}
  const valueOf = (name: string) => (Object.hasOwn(values, name) ? values[name] : defaults.get(name))
  const same = (a: JsonValue | undefined, b: JsonValue | undefined) => JSON.stringify(a) === JSON.stringify(b)
  const writtenVias = Object.values(sources).flatMap((source) =>
    'via' in source && source.written !== undefined ? [source.via] : [],
  )
  const wrong: string[] = []
  const unsaid: string[] = []
  for (const name of Object.keys(links)) {
    const source = sources[name]
    if (!source ? comfyClass.takesMore === undefined : 'value' in source || 'via' in source) wrong.push(name)
  }
  const saidBy = new Map<string, JsonValue | undefined>()
  for (const [name, source] of Object.entries(sources)) {
    if (Object.hasOwn(links, name)) continue
    if ('value' in source && !same(valueOf(name), source.value)) {
      // A seed draws other noise there, but the workflow is what it was.
      if (name === 'generator') unsaid.push(name)
      else if (!isSmall(name)) wrong.push(name)
    } else if ('via' in source && !writtenVias.includes(source.via)) wrong.push(name)
    else if ('via' in source && source.written === undefined && !same(valueOf(name), defaults.get(name)))
      unsaid.push(name)
    else if ('input' in source) {
      const input = comfyClass.inputs.find((known) => known.name === source.input)
      if (input && !input.optional && isSocket(input.type) && !needed.has(name)) wrong.push(name)
      if (saidBy.has(source.input) && !same(saidBy.get(source.input), valueOf(name))) wrong.push(name)
      saidBy.set(source.input, valueOf(name))
    }
  }
  for (const [name, value] of Object.entries(values)) {
    if (!sources[name] && !isSmall(name) && !Object.hasOwn(links, name) && !same(value, defaults.get(name)))
      unsaid.push(name)
  }
  return { wrong, unsaid }
}
const isSocket = (type: string): boolean =>
  !['INT', 'FLOAT', 'STRING', 'BOOLEAN', 'COMBO', 'COMFY_AUTOGROW_V3'].includes(type)

/** The inputs of one ComfyUI node, out of the native nodes that it is made of. */
class Writing {
  /** Nodes that this one needs beside it, such as the one that names its sampler. */
  readonly made: Record<string, ComfyNode> = {}
  private readonly id: string
  private readonly comfyClass: ComfyClass
  private readonly document: Pick<Workflow, 'nodes'>
  private readonly chosen: ReadonlyMap<string, ComfyClass>
  private readonly problems: string[]

  constructor(
    id: string,
    comfyClass: ComfyClass,
    document: Pick<Workflow, 'nodes'>,
    chosen: ReadonlyMap<string, ComfyClass>,
    problems: string[],
  ) {
    this.id = id
    this.comfyClass = comfyClass
    this.document = document
    this.chosen = chosen
    this.problems = problems
  }

  inputs(): JsonObject {
    const inputs: Record<string, JsonValue> = {}
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
    return inputs
  }

  private putOne(
    inputs: Record<string, JsonValue>,
    native: NodeInstance,
    name: string,
    source: Extract<NativeSource, { input: string }>,
  ): void {
    const input = this.comfyClass.inputs.find((known) => known.name === source.input)
    const links = linksAt(native, name)
    if (links.length > 0) {
      const numbered = input?.several && links.length > 1
      for (const [index, link] of links.entries()) {
        const written = this.written(link)
        if (written !== undefined) inputs[numbered ? `${source.input}.${index}` : source.input] ??= written
      }
      if (links.length > 1 && !input?.several)
        this.problems.push(`Input ${name} of node ${this.id} takes several links; only the first is kept.`)
    } else if (Object.hasOwn(native.values, name)) {
      inputs[source.input] = unmapped(source, native.values[name] ?? null, input)
    } else {
      const fallback = input?.options['default']
      if (fallback !== undefined) inputs[source.input] = fallback
    }
  }

  private putList(
    inputs: Record<string, JsonValue>,
    native: NodeInstance,
    name: string,
    names: readonly string[],
  ): void {
    const links = linksAt(native, name)
    for (const [index, link] of links.entries()) {
      const at = names[index]
      const written = at === undefined ? undefined : this.written(link)
      if (at !== undefined && written !== undefined) inputs[at] = written
    }
    if (links.length > names.length)
      this.problems.push(`Node ${this.id}: ${this.comfyClass.name} takes ${names.length} links at ${name}.`)
  }

  private putVia(
    inputs: Record<string, JsonValue>,
    native: NodeInstance,
    name: string,
    { via, of, otherwise, written = '' }: ViaSource,
  ): void {
    const value = native.values[name] ?? otherwise
    const [input = ''] = of
    const made = `${this.id}-${via}`
    this.made[made] = { class_type: written, inputs: value === undefined ? {} : { [input]: value } }
    inputs[via] = [made, 0]
  }

  private putMore(inputs: Record<string, JsonValue>, prefix: string): void {
    const native = this.document.nodes[this.id]
    const known = new Set(Object.keys(this.comfyClass.parts['main']?.inputs ?? {}))
    for (const name of native ? Object.keys(native.links) : []) {
      const [link] = native && !known.has(name) ? linksAt(native, name) : []
      const written = link && this.written(link)
      if (written !== undefined) inputs[`${prefix}${name}`] = written
    }
  }

  /** `[id, slot]` of a native output, or the constant that a node beside this one gives. */
  private written(link: Link): JsonValue | undefined {
    const { node, output } = isNodeLink(link) ? link : { node: inputsId, output: link.input }
    const source = this.document.nodes[node]
    if (node.startsWith(`${this.id}~`) && isConstant(source?.type)) return source?.values['value'] ?? null
    const stands = slotOf({ node, output }, this.document, this.chosen)
    if (stands) return stands
    this.problems.push(`Node ${this.id} is linked to ${output} of node ${node}, which has no output for it there.`)
    return undefined
  }
}

/** The node that stands for a native one, and which of its native nodes that is. */
export function ownerOf(node: string, { nodes }: Pick<Workflow, 'nodes'>): readonly [owner: string, part: string] {
  const [owner = node, part = 'main'] = Object.hasOwn(nodes, node.split('~')[0] ?? '') ? node.split('~') : [node]
  return [owner, part]
}

/** `[id, slot]` of a native output. */
export function slotOf(
  { node, output }: NodeLink,
  document: Pick<Workflow, 'nodes'>,
  chosen: ReadonlyMap<string, ComfyClass>,
): readonly [id: string, slot: number] | undefined {
  const [owner, part] = ownerOf(node, document)
  const slot = chosen.get(owner)?.slots.findIndex((stands) => stands?.[0] === part && stands[1] === output) ?? -1
  return slot >= 0 ? [owner, slot] : undefined
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
