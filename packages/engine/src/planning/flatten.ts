import { alternatives } from '../definition/nearest-name.ts'
import { type Registry, socketTypeOf } from '../definition/registry.ts'
import {
  type FailurePolicy,
  type Issue,
  type JsonValue,
  type Link,
  type NodeId,
  type NodeInstance,
  type NodeMode,
  type SubWorkflow,
  subWorkflowPrefix,
  type SubWorkflows,
} from '../workflow/index.ts'

/** More nodes than this are a sub-workflow that uses itself by way of others twice each, not a workflow. */
const mostNodes = 2_000_000

/** A node with its sub-workflows dissolved around it. */
export interface FlatNode {
  readonly id: NodeId
  /** Where it stands in the document: `nodes.3`, `workflows.upscale.nodes.2`. */
  readonly path: string
  readonly instance: NodeInstance
  readonly scope: Scope
  readonly mode: NodeMode | undefined
}

/** A graph that nodes stand in: the workflow itself, or one use of a sub-workflow. */
export interface Scope {
  /** Before the ids of its nodes: '' or `parent/`. */
  readonly prefix: string
  readonly path: string
  readonly members: Map<NodeId, FlatNode | Scope>
  readonly use?: { readonly id: NodeId; readonly path: string; readonly parent: Scope; readonly instance: NodeInstance }
  readonly workflow?: SubWorkflow
  readonly names: readonly string[]
  readonly mode: NodeMode | undefined
  readonly onFailure: FailurePolicy | undefined
}

/** What feeds an input once all detours are followed. */
export type FlatSource =
  | { readonly type: 'output'; readonly node: FlatNode; readonly output: string }
  /** From outside of the whole graph, by name. */
  | { readonly type: 'outside'; readonly name: string }
  /** From a node that is muted. */
  | { readonly type: 'muted' }
  /** A literal of the use of a sub-workflow; `path` is where it stands. */
  | { readonly type: 'literal'; readonly value: JsonValue; readonly path: string }
  /** An input of a sub-workflow that nothing feeds. */
  | { readonly type: 'nothing'; readonly path: string; readonly node: NodeId }

/**
 * The nodes of a graph with all sub-workflows dissolved; ids inside are `parent/child`. Grows, for graphs that are
 * made at run time.
 */
export class FlatGraph {
  readonly nodes: FlatNode[] = []
  readonly issues: Issue[] = []
  readonly root: Scope
  private readonly registry: Registry
  private readonly workflows: SubWorkflows

  constructor(
    registry: Registry,
    workflows: SubWorkflows,
    root: Pick<Scope, 'prefix' | 'path' | 'names' | 'onFailure'>,
  ) {
    this.registry = registry
    this.workflows = workflows
    this.root = { ...root, members: new Map(), mode: undefined }
  }

  /** Adds nodes to the graph, and those of the sub-workflows that they stand for. */
  add(nodes: Iterable<readonly [NodeId, NodeInstance]>): void {
    const open: { scope: Scope; nodes: Iterable<readonly [NodeId, NodeInstance]> }[] = [{ scope: this.root, nodes }]
    for (let next = open.pop(); next; next = open.pop()) {
      const { scope } = next
      for (const [id, instance] of next.nodes) {
        const path = `${scope.path}nodes.${id}`
        const mode = scope.mode ?? instance.mode
        if (!instance.type.startsWith(subWorkflowPrefix)) {
          const node: FlatNode = { id: scope.prefix + id, path, instance, scope, mode }
          scope.members.set(id, node)
          this.nodes.push(node)
          continue
        }
        const inner = this.openScope(scope, id, instance, path)
        if (!inner) continue
        scope.members.set(id, inner)
        // Nodes of a bypassed sub-workflow are not there: links go past them.
        if (inner.mode !== 'bypassed') open.push({ scope: inner, nodes: Object.entries(inner.workflow?.nodes ?? {}) })
        if (this.nodes.length > mostNodes) {
          this.report(path, scope.prefix + id, `its sub-workflows hold more than ${mostNodes} nodes in all.`)
          return
        }
      }
    }
  }

  private openScope(parent: Scope, id: NodeId, instance: NodeInstance, path: string): Scope | undefined {
    const name = instance.type.slice(subWorkflowPrefix.length)
    const workflow = Object.hasOwn(this.workflows, name) ? this.workflows[name] : undefined
    const fullId = parent.prefix + id
    if (!workflow) {
      const others = alternatives(name, Object.keys(this.workflows))
      this.report(path, fullId, `this workflow has no sub-workflow named "${name}"${others}`)
      return undefined
    }
    const names = [...parent.names, name]
    if (parent.names.includes(name)) {
      this.report(
        path,
        fullId,
        `the sub-workflow "${name}" contains itself (${names.join(' → ')}); a loop node can repeat it.`,
      )
      return undefined
    }
    for (const [part, ends] of [
      ['values', instance.values],
      ['links', instance.links],
    ] as const) {
      for (const input of Object.keys(ends)) {
        if (Object.hasOwn(workflow.inputs, input)) continue
        const message = `${name} (node ${fullId}): there is no input "${input}"${alternatives(input, Object.keys(workflow.inputs))}`
        this.issues.push({
          code: 'unknown-input',
          severity: 'error',
          path: `${path}.${part}.${input}`,
          message,
          node: fullId,
          input,
        })
      }
    }
    const use = { id: fullId, path, parent, instance }
    const mode = parent.mode ?? instance.mode
    const onFailure = instance.onFailure ?? parent.onFailure
    return {
      prefix: `${fullId}/`,
      path: `workflows.${name}.`,
      members: new Map(),
      use,
      workflow,
      names,
      mode,
      onFailure,
    }
  }

  /** Follows links through sub-workflows and past bypassed nodes. `complain` hears of links that lead nowhere. */
  resolve(
    from: Scope,
    links: readonly Link[],
    complain: (code: 'link-to-missing-node' | 'link-to-missing-output', what: string) => void,
  ): FlatSource[] {
    const sources: FlatSource[] = []
    const open = links.map((link) => ({ scope: from, link })).reverse()
    // A ring of bypassed nodes would go on for ever.
    let detours = this.nodes.length + 1000
    for (let next = open.pop(); next; next = open.pop()) {
      const { scope, link } = next
      if ('input' in link) {
        const outer = this.linksOutside(scope, link.input, sources)
        if (outer) open.push(...outer.links.map((one) => ({ scope: outer.scope, link: one })).reverse())
        continue
      }
      const target = scope.members.get(link.node)
      if (!target) {
        complain('link-to-missing-node', `there is no node "${scope.prefix}${link.node}".`)
      } else if (target.mode === 'muted') {
        sources.push({ type: 'muted' })
      } else if (target.mode === 'bypassed') {
        const past = detours-- > 0 ? this.linkPast(target, link.output) : undefined
        if (past) open.push(past)
        else sources.push({ type: 'muted' })
      } else if ('instance' in target) {
        const outputs = this.registry.nodes.get(target.instance.type)?.outputs
        if (outputs && !Object.hasOwn(outputs, link.output)) {
          complain(
            'link-to-missing-output',
            `node ${target.id} (${target.instance.type}) has no output "${link.output}"${alternatives(link.output, Object.keys(outputs))}`,
          )
        } else sources.push({ type: 'output', node: target, output: link.output })
      } else {
        const outputs = target.workflow?.outputs ?? {}
        const inner = Object.hasOwn(outputs, link.output) ? outputs[link.output] : undefined
        if (inner) open.push({ scope: target, link: { node: inner.node, output: inner.output } })
        else
          complain(
            'link-to-missing-output',
            `node ${target.use?.id ?? ''} (${target.names.at(-1) ?? ''}) has no output "${link.output}"${alternatives(link.output, Object.keys(outputs))}`,
          )
      }
    }
    return sources
  }

  /** What feeds an input of the graph itself: links of its use, or a literal, or something outside, or nothing. */
  private linksOutside(
    scope: Scope,
    input: string,
    sources: FlatSource[],
  ): { scope: Scope; links: readonly Link[] } | undefined {
    const { use, workflow } = scope
    if (!use) {
      sources.push({ type: 'outside', name: input })
      return undefined
    }
    const { instance, parent } = use
    const ends = own(instance.links, input)
    if (ends) return { scope: parent, links: asList(ends) }
    const value = own(instance.values, input) ?? own(workflow?.inputs ?? {}, input)?.value
    if (value !== undefined) sources.push({ type: 'literal', value, path: `${use.path}.values.${input}` })
    else sources.push({ type: 'nothing', path: `${use.path}.links.${input}`, node: use.id })
    return undefined
  }

  /** The link that takes the place of an output of a bypassed node: its first linked input of a fitting type. */
  private linkPast(target: FlatNode | Scope, output: string): { scope: Scope; link: Link } | undefined {
    const { instance, scope } =
      'instance' in target ? target : { instance: target.use?.instance, scope: target.use?.parent }
    const wanted = this.outputTypeOf(target, output)
    if (!instance || !scope || wanted === undefined) return undefined
    for (const [input, linked] of Object.entries(instance.links)) {
      const [link] = asList(linked)
      const fits = this.inputTypesOf(target, input).some((type) => this.registry.fit(type, [wanted]).ok)
      if (link && fits) return { scope, link }
    }
    return undefined
  }

  private outputTypeOf(target: FlatNode | Scope, output: string) {
    const end = this.endOf(target, 'outputs', output)
    const declared = end && this.registry.nodes.get(end.type)?.outputs[end.name]
    return declared && socketTypeOf(declared)
  }

  private inputTypesOf(target: FlatNode | Scope, input: string): readonly string[] {
    const end = this.endOf(target, 'inputs', input)
    const definition = end && this.registry.nodes.get(end.type)
    return (definition?.inputs[end?.name ?? ''] ?? definition?.dynamicInputs?.each)?.types.map(({ name }) => name) ?? []
  }

  /** The input or output that declares the type of one of a sub-workflow, at whatever depth. */
  private endOf(target: FlatNode | Scope, side: 'inputs' | 'outputs', name: string) {
    if ('instance' in target) return { type: target.instance.type, name }
    let workflow = target.workflow
    for (let hops = Object.keys(this.workflows).length; workflow; hops--) {
      const end = side === 'inputs' ? likeOf(workflow, name) : madeOf(workflow, name)
      if (!end?.type.startsWith(subWorkflowPrefix) || hops < 0) return end
      workflow = own(this.workflows, end.type.slice(subWorkflowPrefix.length))
      name = end.name
    }
    return undefined
  }

  private report(path: string, node: NodeId, what: string): void {
    this.issues.push({ code: 'sub-workflow', severity: 'error', path, node, message: `Node ${node}: ${what}` })
  }
}

interface InnerEnd {
  readonly type: string
  readonly name: string
}
function likeOf({ inputs, nodes }: SubWorkflow, name: string): InnerEnd | undefined {
  const like = own(inputs, name)?.like
  const type = like && own(nodes, like.node)?.type
  return like && type !== undefined ? { type, name: like.input } : undefined
}
function madeOf({ outputs, nodes }: SubWorkflow, name: string): InnerEnd | undefined {
  const output = own(outputs, name)
  const type = output && own(nodes, output.node)?.type
  return output && type !== undefined ? { type, name: output.output } : undefined
}

/** The links of an input, of one link as a list of one. */
export function asList(linked: Link | readonly Link[]): readonly Link[] {
  return isSeveral(linked) ? linked : [linked]
}
function isSeveral(linked: Link | readonly Link[]): linked is readonly Link[] {
  return Array.isArray(linked)
}

function own<T>(record: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
