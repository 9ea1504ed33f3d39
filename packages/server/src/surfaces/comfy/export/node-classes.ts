import type { NodeInstance, NodeMode, Workflow } from '@patchbay/engine/workflow'
import { adapters as allAdapters } from '../adapters/index.ts'
import type { ComfyClass, ComfyClasses } from '../classes/comfy-class.ts'
import { fitOf, nativeInputsOf } from './class-fit.ts'

/**
 * The class that each node becomes. Native nodes that are a part of another node, or a constant beside it, become no
 * node of their own. Adds a sentence to `problems` for what a class cannot state.
 */
export function classesOfNodes(
  document: Pick<Workflow, 'nodes'>,
  classes: ComfyClasses,
  problems: string[],
  writtenModes: readonly NodeMode[],
): ReadonlyMap<string, ComfyClass> {
  const choice = new ClassChoice(document, classes, problems)
  const classOfNode = new Map<string, ComfyClass>()
  for (const [id, node] of Object.entries(document.nodes)) {
    const [owner = ''] = id.split('~')
    if (owner !== id && Object.hasOwn(document.nodes, owner)) continue
    const isWritten = node.mode === undefined || writtenModes.includes(node.mode)
    if (!isWritten) continue
    const comfyClass = choice.classOf(id, node)
    if (comfyClass) classOfNode.set(id, comfyClass)
  }
  return classOfNode
}

class ClassChoice {
  private readonly document: Pick<Workflow, 'nodes'>
  private readonly classes: ComfyClasses
  private readonly problems: string[]
  /** Classes over native nodes of other names. */
  private readonly adapters: readonly ComfyClass[]
  private readonly candidates: readonly ComfyClass[]
  private readonly partsOf = new Map<string, string[]>()

  constructor(document: Pick<Workflow, 'nodes'>, classes: ComfyClasses, problems: string[]) {
    this.document = document
    this.classes = classes
    this.problems = problems
    this.adapters = [...classes.values()].filter(({ name, parts }) => parts['main'] && parts['main'].type !== name)
    const sameName = allAdapters.filter(({ name, parts }) => parts['main']?.type === name && classes.has(name))
    this.candidates = [...sameName, ...this.adapters]
    for (const key of Object.keys(document.nodes)) {
      const [owner = ''] = key.split('~')
      if (owner !== key) this.partsOf.set(owner, [...(this.partsOf.get(owner) ?? []), key])
    }
  }

  /** The class that states most of a node; undefined, with the reason among the problems, where there is none. */
  classOf(id: string, node: NodeInstance): ComfyClass | undefined {
    if (node.type.startsWith('workflow:') && !this.adapters.some(({ parts }) => parts['main']?.type === node.type)) {
      this.problems.push(
        `Node ${id} is a sub-workflow that is missing, contains itself or is too large to be unpacked; it is left out.`,
      )
      return undefined
    }
    const generic = this.classes.get(node.type)
    const native = nativeInputsOf(generic)
    const [best] = this.candidates
      .filter(({ parts }) => this.matches(parts, id, node))
      .map((candidate) => ({ candidate, ...fitOf(candidate, node, native) }))
      .sort((a, b) => a.contradicted.length - b.contradicted.length || a.omitted.length - b.omitted.length)
    if (!best) {
      if (!generic) this.problems.push(`Node ${id} is of the type ${node.type}, which is not known here.`)
      return generic
    }
    if (best.contradicted.length > 0 && generic && generic !== best.candidate) return generic
    const lost = [...best.contradicted, ...best.omitted]
    if (lost.length > 0) this.problems.push(`Node ${id}: ${best.candidate.name} cannot say ${lost.join(', ')}.`)
    return best.candidate
  }

  private matches(parts: ComfyClass['parts'], id: string, node: NodeInstance): boolean {
    const { nodes } = this.document
    const isPart = (key: string) => Object.hasOwn(parts, key.slice(id.length + 1))
    return (
      parts['main']?.type === node.type &&
      Object.entries(parts).every(([part, { type }]) => part === 'main' || nodes[`${id}~${part}`]?.type === type) &&
      // Any other part belongs to another adapter of the same node, unless it is a constant.
      (this.partsOf.get(id) ?? []).every((key) => isPart(key) || isConstant(nodes[key]?.type))
    )
  }
}

/** A node that gives a constant to the node beside it. */
export const isConstant = (type: string | undefined): boolean =>
  ['Integer', 'Number', 'Text', 'Toggle'].some((name) => name === type)
