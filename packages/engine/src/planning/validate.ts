import { didYouMean, listed } from '../definition/nearest-name.ts'
import { given, type Issue, type NodeEstimate, type NodeId, type Workflow } from '../workflow/index.ts'
import { assemble } from './assemble.ts'
import { type CheckedNode, NodeChecker } from './check-node.ts'
import { FlatGraph, type FlatNode, type FlatSource } from './flatten.ts'
import { LinkTable } from './link-table.ts'
import { dropMuted, neededBy, orderFrom } from './order.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode } from './planned-node.ts'
import type { Registry } from '../definition/registry.ts'
import { checkFacts } from './static-facts.ts'
import { checkBodies } from './check-bodies.ts'
import { checkFiles, type FindFile } from './check-files.ts'

export interface ValidateOptions {
  /** What definitions may ask of the host in `traits` and `validate`. */
  readonly services?: unknown
  /** Run only these nodes and what they need, in place of all side effects and results. */
  readonly targets?: readonly NodeId[]
  /** Finds the files that values name; without it they are missed in the run only. */
  readonly findFile?: FindFile
}

export type Validated =
  | {
      readonly ok: true
      readonly plan: Plan
      readonly warnings: readonly Issue[]
      /** Of the nodes that estimate their cost, in the order of the plan. */
      readonly estimates: readonly NodeEstimate[]
    }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/**
 * A plan of what will run, or all issues at once, each with its path in the document. What is wrong with nodes that
 * would not run is a warning, so a branch that is half built stops nothing.
 */
export async function validateWorkflow(
  workflow: Workflow,
  registry: Registry,
  { services, targets, findFile }: ValidateOptions = {},
): Promise<Validated> {
  const workflows = workflow.workflows ?? {}
  const graph = new FlatGraph(registry, workflows, { prefix: '', path: '', names: [], onFailure: workflow.onFailure })
  graph.add(Object.entries(workflow.nodes))
  const checker = new NodeChecker(registry, graph)
  const checked = new Map<FlatNode, CheckedNode>()
  for (const flat of graph.nodes) {
    if (flat.mode !== undefined) continue
    const node = checker.check(flat)
    if (node) checked.set(flat, node)
  }

  const issues: Issue[] = []
  const results = resultsOf(workflow, graph, issues)
  const wanted = targets
    ? targetsOf(targets, graph, issues)
    : [...sideEffectsOf(graph, registry), ...results.values()].map(toNode)
  const starts = wanted.flatMap((flat) => checked.get(flat) ?? [])
  const { order, cycles } = orderFrom([...starts, ...checked.values()], checked)
  const dead = dropMuted(order)
  const rootNodes = new Set(wanted.filter((flat) => flat.mode === undefined && !dead.has(flat)))
  const needed = neededBy(rootNodes, order, dead)
  const isNeeded = new Set(needed.map(({ flat }) => flat.id))
  // A node that could not even be checked is missing from `needed`, and yet stops the run if something that runs needs
  // it.
  for (const { inputs } of needed) {
    for (const { sources } of inputs)
      for (const source of sources) if (source.type === 'output') isNeeded.add(source.node.id)
  }
  for (const flat of wanted) isNeeded.add(flat.id)

  if (wanted.length === 0 && issues.length === 0) issues.push(nothingToRun(workflow))
  else if (rootNodes.size === 0 && issues.length === 0) issues.push(allMuted())
  for (const cycle of cycles) issues.push(cycleIssue(cycle))
  const missing = await checkFiles(needed, findFile)
  const early = [...graph.issues, ...checker.issues, ...checkBodies(needed, workflows, registry), ...issues, ...missing]
  const broken = new Set(early.flatMap(({ node }) => node ?? []))
  const skip = (flat: FlatNode): boolean => broken.has(flat.id)
  const late =
    cycles.length > 0 ? { issues: [], estimates: [] } : await checkFacts(needed, { services, registry, skip })
  const all = unique([...early, ...late.issues]).map((issue) => weighed(issue, isNeeded, wanted.length > 0))

  if (all.some(({ severity }) => severity === 'error')) return { ok: false, issues: all }
  const planned = new Map<FlatNode, PlannedNode>()
  const nodes = assemble(needed, planned, { firstRank: 0, workflows, outside: () => [] })
  const plannedResults = [...results].flatMap(([name, source]) => {
    const node = planned.get(source.node)
    return node ? [[name, { node, output: source.output }] as const] : []
  })
  const roots = [...rootNodes].flatMap((flat) => planned.get(flat) ?? [])
  const plan: Plan = {
    nodes,
    roots,
    links: linksOf(nodes),
    lookedUp: nodes.filter(({ fingerprint }) => fingerprint === undefined),
    results: Object.fromEntries(plannedResults),
    workflows,
    registry,
  }
  return { ok: true, plan, warnings: all, estimates: late.estimates }
}

function linksOf(nodes: readonly PlannedNode[]): LinkTable {
  const links = new LinkTable()
  for (const { inputs } of nodes) links.add(inputs)
  return links
}

type OutputSource = Extract<FlatSource, { readonly type: 'output' }>
function toNode(source: FlatNode | OutputSource): FlatNode {
  return 'instance' in source ? source : source.node
}

function sideEffectsOf(graph: FlatGraph, registry: Registry): FlatNode[] {
  return graph.nodes.filter(
    ({ instance, mode }) => mode === undefined && registry.nodes.get(instance.type)?.sideEffect === true,
  )
}

function resultsOf(workflow: Workflow, graph: FlatGraph, issues: Issue[]): Map<string, OutputSource> {
  const results = new Map<string, OutputSource>()
  for (const [name, { node, output }] of Object.entries(workflow.results ?? {})) {
    const path = `results.${name}`
    const sources = graph.resolve(graph.root, [{ node, output }], (code, what) => {
      issues.push({ code, severity: 'error', path, message: `Result "${name}": ${what}` })
    })
    for (const source of sources) if (source.type === 'output') results.set(name, source)
  }
  return results
}

/** The chosen nodes; of a chosen sub-workflow, those that give its outputs and those with side effects. */
function targetsOf(targets: readonly NodeId[], graph: FlatGraph, issues: Issue[]): FlatNode[] {
  const byId = new Map(graph.nodes.map((flat) => [flat.id, flat]))
  return targets.flatMap((id) => {
    const flat = byId.get(id)
    if (flat) return [flat]
    const use = graph.root.members.get(id)
    if (use && 'members' in use) {
      const links = Object.keys(use.workflow?.outputs ?? {}).map((output) => ({ node: id, output }))
      return graph
        .resolve(graph.root, links, () => undefined)
        .flatMap((source) => (source.type === 'output' ? [source.node] : []))
    }
    const ids = [...graph.root.members.keys()]
    issues.push({
      code: 'unknown-target',
      severity: 'error',
      path: `nodes.${id}`,
      message: `There is no node "${id}" to run; there are ${listed(ids)}.${didYouMean(id, ids)}`,
    })
    return []
  })
}

function nothingToRun(workflow: Workflow): Issue {
  const isEmpty = Object.keys(workflow.nodes).length === 0
  const message = isEmpty
    ? 'The workflow has no nodes.'
    : 'Nothing would run: no node has a side effect, such as saving an image, and no result is named. Add one, or choose nodes to run.'
  return { code: 'nothing-to-run', severity: 'error', path: 'nodes', message }
}

function allMuted(): Issue {
  return {
    code: 'nothing-to-run',
    severity: 'error',
    path: 'nodes',
    message: 'Nothing would run: every node that could be run is muted, or needs one that is.',
  }
}

function cycleIssue(cycle: readonly FlatNode[]): Issue {
  const ids = cycle.map(({ id }) => id)
  const path = ids.length > 12 ? [...ids.slice(0, 11), '…', ids.at(-1)] : ids
  const [first] = cycle
  return {
    code: 'cycle',
    severity: 'error',
    path: first?.path ?? 'nodes',
    message: `The nodes ${path.join(' → ')} need one another. Remove one of these links; what repeats is made with a loop node.`,
    ...given({ node: first?.id }),
    cycle: ids,
  }
}

function weighed(issue: Issue, isNeeded: ReadonlySet<NodeId>, hasRoots: boolean): Issue {
  const matters = issue.node === undefined || !hasRoots || isNeeded.has(issue.node) || issue.code === 'sub-workflow'
  const isAbout = issue.cycle?.some((id) => isNeeded.has(id)) ?? false
  return matters || isAbout ? issue : { ...issue, severity: 'warning' }
}

/** An issue of a sub-workflow is listed once, however often the sub-workflow is used. */
function unique(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>()
  return issues.filter(({ code, path, node, message }) => {
    const key = `${code} ${path} ${node !== undefined && path.startsWith('workflows.') ? '' : message}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
