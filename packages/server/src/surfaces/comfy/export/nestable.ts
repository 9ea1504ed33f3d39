import { type NodeInstance, type SubWorkflow, type Workflow, subWorkflowPrefix } from '@patchbay/engine/workflow'
import type { ComfyClasses } from '../classes/comfy-class.ts'
import { leftBehind, withoutSubWorkflows } from './dissolve.ts'
import { conversionsAt, linksOf, readSubWorkflow } from './read-sub-workflow.ts'

type Subs = { readonly [name: string]: SubWorkflow }
const nameOf = ({ type }: NodeInstance): string | undefined =>
  type.startsWith(subWorkflowPrefix) ? type.slice(subWorkflowPrefix.length) : undefined

/**
 * The document with all those sub-workflows dissolved that no subgraph can stand for, and the names of the others in an
 * order in which each stands behind those that it uses. Sub-workflows that contain themselves are left where they are:
 * no node of theirs has a class.
 */
export function nestable(
  source: Workflow,
  classes: ComfyClasses,
): { readonly document: Workflow; readonly inOrder: readonly string[]; readonly problems: readonly string[] } {
  const { workflows = {} } = source
  const graphs: readonly Pick<SubWorkflow, 'nodes'>[] = [source, ...Object.values(workflows)]
  const takesSeveral = new Set(
    graphs.flatMap(({ nodes }) =>
      Object.values(nodes).flatMap((node) => {
        const name = nameOf(node)
        const isSeveral = Object.values(node.links).some((linked) => linksOf(linked).length > 1)
        return name !== undefined && isSeveral ? [name] : []
      }),
    ),
  )
  const apart = new Set(
    Object.keys(workflows).filter((name) => takesSeveral.has(name) || isAmbiguous(workflows, name, classes)),
  )
  const isApart = (name: string) => apart.has(name)
  const within = Object.entries(workflows).map(([name, sub]): [string, SubWorkflow] => {
    const { nodes, layout } = withoutSubWorkflows(asDocument(sub, workflows), isApart).document
    return [name, { ...sub, nodes, ...(layout ? { layout } : {}) }]
  })
  const dissolved = withoutSubWorkflows(source, isApart)
  const document: Workflow = { ...dissolved.document, workflows: Object.fromEntries(within) }
  const inOrder = order(document)
  const scopes = [
    { nodes: document.nodes, names: [...inOrder, ...apart] },
    ...within.map(([, { nodes }]) => ({ nodes, names: [] })),
  ]
  return { document, inOrder, problems: leftBehind(scopes, Object.keys(workflows)) }
}

const asDocument = ({ nodes, layout }: SubWorkflow, workflows: Subs): Workflow => ({
  format: 'patchbay-workflow',
  version: 1,
  nodes: nodes as Workflow['nodes'],
  workflows,
  ...(layout ? { layout } : {}),
})

/** Those that the outermost graph uses, at whatever depth, inner ones first. */
function order({ nodes, workflows = {} }: Workflow): readonly string[] {
  const usedIn = (graph: Pick<SubWorkflow, 'nodes'>) =>
    new Set(
      Object.values(graph.nodes)
        .flatMap((node) => nameOf(node) ?? [])
        .filter((name) => Object.hasOwn(workflows, name)),
    )
  const placed: string[] = []
  const state = new Map<string, 'open' | 'placed' | 'endless'>()
  const open: { readonly name: string; readonly left: string[] }[] = [{ name: '', left: [...usedIn({ nodes })] }]
  for (let last = open.at(-1); last; last = open.at(-1)) {
    const next = last.left.pop()
    if (next === undefined) {
      open.pop()
      const sub = workflows[last.name]
      const isEndless = sub && [...usedIn(sub)].some((name) => state.get(name) !== 'placed')
      if (sub && !isEndless) placed.push(last.name)
      state.set(last.name, isEndless ? 'endless' : 'placed')
    } else if (!state.has(next)) {
      state.set(next, 'open')
      const sub = workflows[next]
      open.push({ name: next, left: sub ? [...usedIn(sub)] : [] })
    }
  }
  return placed
}

/**
 * Whether nodes within want what is given at one input in different words, so that no widget of an instance can say it
 * to both.
 */
function isAmbiguous(workflows: Subs, name: string, classes: ComfyClasses): boolean {
  const sub = workflows[name]
  if (!sub) return false
  const said = new Map<string, string>()
  return conversionsAt(sub, readSubWorkflow(sub, classes, [])).some(([input, { map, as, declared }]) => {
    if (!declared) return false
    const words = JSON.stringify([map, as, declared.json])
    const before = said.get(input)
    said.set(input, words)
    return before !== undefined && before !== words
  })
}
