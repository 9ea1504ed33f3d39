import {
  type Link,
  type NodeInstance,
  type SubWorkflow,
  type Workflow,
  isNodeLink,
  subWorkflowPrefix,
} from '@patchbay/engine/workflow'
import type { ComfyClasses } from '../classes/comfy-class.ts'
import { mayFit } from '../import/open-graph.ts'

type Nodes = { readonly [id: string]: NodeInstance }
const asList = (linked: Link | readonly Link[]): readonly Link[] => ('length' in linked ? linked : [linked])

/**
 * The same workflow without its bypassed nodes, in every graph of it: what was linked to one is linked to what the
 * engine takes in its place, its first linked input of a fitting type. A sentence tells of each input left open.
 */
export function withoutBypassed(
  document: Workflow,
  classes: ComfyClasses,
): { readonly document: Workflow; readonly problems: readonly string[] } {
  const { workflows = {} } = document
  const types = new NativeTypes(classes, workflows)
  const problems: string[] = []
  const awake = (nodes: Nodes): Nodes => new Passing(nodes, types, problems).rest()
  const subs = Object.entries(workflows).map(([name, sub]): [string, SubWorkflow] => {
    const outputs = Object.entries(sub.outputs).flatMap(([output, { node, output: end, ...more }]) => {
      const [link] = new Passing(sub.nodes, types, problems).sources({ node, output: end })
      return link && isNodeLink(link) ? [[output, { ...link, ...more }] as const] : []
    })
    return [name, { ...sub, nodes: awake(sub.nodes), outputs: Object.fromEntries(outputs) }]
  })
  const nodes = awake(document.nodes)
  return {
    document: { ...document, nodes, ...(subs.length > 0 ? { workflows: Object.fromEntries(subs) } : {}) },
    problems,
  }
}

class Passing {
  private readonly nodes: Nodes
  private readonly types: NativeTypes
  private readonly problems: string[]

  constructor(nodes: Nodes, types: NativeTypes, problems: string[]) {
    this.nodes = nodes
    this.types = types
    this.problems = problems
  }

  rest(): Nodes {
    const standing = Object.entries(this.nodes).filter(([, { mode }]) => mode !== 'bypassed')
    return Object.fromEntries(standing.map(([id, node]) => [id, { ...node, links: this.linksOf(id, node) }]))
  }

  /** What a link comes from once bypassed nodes are gone past; nothing where one of them has nothing to pass on. */
  sources(start: Link): readonly Link[] {
    const seen = new Set<string>()
    for (let link: Link | undefined = start; link;) {
      const node: NodeInstance | undefined = isNodeLink(link) ? this.nodeAt(link.node) : undefined
      if (node?.mode !== 'bypassed' || !isNodeLink(link)) return [link]
      if (seen.has(link.node)) return []
      seen.add(link.node)
      link = this.passedBy(node, link.output)
    }
    return []
  }

  private linksOf(id: string, { mode, links }: NodeInstance): NodeInstance['links'] {
    const passed = Object.entries(links).flatMap(([input, linked]) => {
      const found = asList(linked).flatMap((link) => this.sources(link))
      const [first] = found
      if (!first && mode !== 'muted')
        this.problems.push(
          `Node ${id}: a bypassed node feeds its input ${input} and passes nothing on; it is left open.`,
        )
      return first ? [[input, 'length' in linked ? found : first] as const] : []
    })
    return Object.fromEntries(passed)
  }

  private passedBy(node: NodeInstance, output: string): Link | undefined {
    const wanted = this.types.output(node, output)
    const fitting = Object.entries(node.links).find(([input]) => mayFit(this.types.input(node, input), wanted))
    return fitting && asList(fitting[1])[0]
  }

  private nodeAt(id: string): NodeInstance | undefined {
    return Object.hasOwn(this.nodes, id) ? this.nodes[id] : undefined
  }
}

/** ComfyUI's types of native inputs and outputs, of those of a sub-workflow too; `*` for what is not known. */
class NativeTypes {
  private readonly classes: ComfyClasses
  private readonly workflows: { readonly [name: string]: SubWorkflow }

  constructor(classes: ComfyClasses, workflows: { readonly [name: string]: SubWorkflow }) {
    this.classes = classes
    this.workflows = workflows
  }

  input({ type }: Pick<NodeInstance, 'type'>, name: string, depth = 0): string {
    const sub = this.subOf(type)
    const like = sub && Object.hasOwn(sub.inputs, name) ? sub.inputs[name]?.like : undefined
    const node = like && sub?.nodes[like.node]
    if (node && depth < mostDepth) return this.input(node, like.input, depth + 1)
    return this.classes.get(type)?.inputs.find((input) => input.name === name)?.type ?? '*'
  }

  output({ type }: Pick<NodeInstance, 'type'>, name: string, depth = 0): string {
    const sub = this.subOf(type)
    const end = sub && Object.hasOwn(sub.outputs, name) ? sub.outputs[name] : undefined
    const node = end && sub?.nodes[end.node]
    if (node && depth < mostDepth) return this.output(node, end.output, depth + 1)
    const slots = this.classes.get(type)
    return slots?.outputs[slots.slots.findIndex((slot) => slot?.[1] === name)]?.type ?? '*'
  }

  private subOf(type: string): SubWorkflow | undefined {
    const name = type.startsWith(subWorkflowPrefix) ? type.slice(subWorkflowPrefix.length) : undefined
    return name !== undefined && Object.hasOwn(this.workflows, name) ? this.workflows[name] : undefined
  }
}
/** A sub-workflow that contains itself has no type. */
const mostDepth = 32
