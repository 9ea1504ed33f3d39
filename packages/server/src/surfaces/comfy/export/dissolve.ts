import {
  type JsonValue,
  type Layout,
  type Link,
  type NodeInstance,
  type NodeMode,
  type Point,
  type SubWorkflow,
  type Workflow,
  isNodeLink,
  subWorkflowPrefix,
} from '@patchbay/engine/workflow'

/**
 * Uses of sub-workflows multiply: past so many nodes, depths or steps along links, the rest stays as it is and is named
 * among the problems.
 */
const [mostNodes, mostDepth, mostSteps] = [20_000, 32, 1_000_000]

/** A graph that is being laid out, and through which use it was entered. */
interface Scope {
  readonly prefix: string
  readonly nodes: SubWorkflow['nodes']
  readonly layout: Layout
  readonly shift: Point
  readonly names: readonly string[]
  readonly mode: NodeMode | undefined
  readonly children: Map<string, Scope>
  readonly use?: {
    readonly scope: Scope
    readonly id: string
    readonly instance: NodeInstance
    readonly workflow: SubWorkflow
  }
}
interface Feeding {
  readonly link: Link
  readonly points: readonly Point[]
}

/**
 * The same workflow in one graph: every use of a sub-workflow is replaced by its nodes, as `12:5` for node 5 within
 * node 12, with its links, values, modes, places, frames, notes and reroute points. What cannot be dissolved (a missing
 * or recursive sub-workflow) stays a node, as does what is not wanted.
 */
export function withoutSubWorkflows(
  document: Workflow,
  isWanted: (name: string) => boolean = () => true,
): {
  readonly document: Workflow
  readonly problems: readonly string[]
} {
  const { workflows, ...rest } = document
  if (!workflows) return { document, problems: [] }
  const problems: string[] = []
  const root = scopeOf({
    prefix: '',
    nodes: document.nodes,
    layout: document.layout ?? {},
    shift: { x: 0, y: 0 },
    names: [],
    mode: undefined,
  })
  const scopes = [root]
  let count = Object.keys(document.nodes).length
  for (const scope of scopes) {
    const heads = headsOf(Object.keys(scope.nodes))
    for (const [id, instance] of Object.entries(scope.nodes)) {
      const name = instance.type.slice(subWorkflowPrefix.length)
      const isUse = instance.type.startsWith(subWorkflowPrefix) && Object.hasOwn(workflows, name)
      const workflow = isUse ? workflows[name] : undefined
      if (!workflow || !isWanted(name) || scope.names.includes(name) || scope.names.length >= mostDepth) continue
      const held = Object.keys(workflow.nodes).length
      if (count + held > mostNodes) continue
      count += held
      const mode = scope.mode ?? instance.mode
      if (instance.mode === 'bypassed')
        problems.push(
          `Node ${scope.prefix}${id} is a bypassed sub-workflow; its nodes are bypassed one by one instead.`,
        )
      const child = scopeOf({
        prefix: `${scope.prefix}${freePrefix(heads, id)}:`,
        nodes: workflow.nodes,
        layout: workflow.layout ?? {},
        shift: shiftTo(scope, id, workflow.layout),
        names: [...scope.names, name],
        mode,
        use: { scope, id, instance, workflow },
      })
      scope.children.set(id, child)
      scopes.push(child)
    }
  }
  problems.push(...leftBehind(scopes, Object.keys(workflows)))
  const following = new Following()
  const nodes = Object.fromEntries(scopes.flatMap((scope) => following.nodesOf(scope)))
  if (following.isSpent) problems.push('Its sub-workflows pass on too many links; some are left out.')
  const layout = { ...layoutOf(scopes), reroutes: Object.fromEntries(following.reroutes) }
  return { document: { ...rest, nodes, ...(document.layout ? { layout } : {}) }, problems }
}

const scopeOf = (scope: Omit<Scope, 'children'>): Scope => ({ ...scope, children: new Map() })
const asList = (linked: Link | readonly Link[]): readonly Link[] => ('length' in linked ? linked : [linked])
const keyOf = (id: string, input: string, linked: Link | readonly Link[], index: number): string =>
  'length' in linked ? `${id}.${input}.${index}` : `${id}.${input}`
const moved = <T extends Point>(at: T, shift: Point): T => ({ ...at, x: at.x + shift.x, y: at.y + shift.y })

/** What ids of a graph begin with before a colon; those of inner nodes must begin otherwise. */
function headsOf(ids: readonly string[]): ReadonlySet<string> {
  const colons = (id: string) => [...id.matchAll(/:/g)].slice(0, mostDepth)
  return new Set(ids.flatMap((id) => colons(id).map(({ index }) => id.slice(0, index))))
}
function freePrefix(heads: ReadonlySet<string>, id: string): string {
  let wish = id
  for (let next = 2; heads.has(wish); next++) wish = `${id}-${next}`
  return wish
}

/** What a sub-workflow holds spreads from where its node stood. */
function shiftTo({ layout, shift }: Scope, id: string, inner: Layout = {}): Point {
  const at = layout.nodes?.[id]
  const places = Object.values(inner.nodes ?? {})
  if (!at || places.length === 0) return shift
  const [left, top] = [Math.min(...places.map(({ x }) => x)), Math.min(...places.map(({ y }) => y))]
  return { x: at.x + shift.x - left, y: at.y + shift.y - top }
}

/** Bodies of loops are named in values; they have no place in one graph. */
export function leftBehind(
  scopes: readonly Pick<Scope, 'names' | 'nodes'>[],
  names: readonly string[],
): readonly string[] {
  const used = new Set(scopes.flatMap((scope) => scope.names))
  const said = new Set<JsonValue>(
    scopes.flatMap(({ nodes }) => Object.values(nodes).flatMap(({ values }) => Object.values(values))),
  )
  return names
    .filter((name) => !used.has(name) && said.has(name))
    .map((name) => `The sub-workflow "${name}" is the body of a loop, which cannot be said there; it is left out.`)
}

function layoutOf(scopes: readonly Scope[]): Layout {
  const [root] = scopes
  const all = <T extends Point>(of: (layout: Layout) => { readonly [id: string]: T } | undefined) =>
    Object.fromEntries(
      scopes.flatMap(({ layout, prefix, shift, children }) =>
        Object.entries(of(layout) ?? {})
          .filter(([id]) => !children.has(id))
          .map(([id, place]): [string, T] => [`${prefix}${id}`, moved(place, shift)]),
      ),
    )
  return {
    ...root?.layout,
    nodes: all(({ nodes }) => nodes),
    groups: all(({ groups }) => groups),
    notes: all(({ notes }) => notes),
  }
}

/** Follows links through the borders of sub-workflows, and gathers the reroute points on the way. */
class Following {
  readonly reroutes = new Map<string, readonly Point[]>()
  private steps = 0

  get isSpent(): boolean {
    return this.steps > mostSteps
  }

  nodesOf(scope: Scope): [string, NodeInstance][] {
    return Object.entries(scope.nodes).flatMap(([id, instance]): [string, NodeInstance][] => {
      if (scope.children.has(id)) return []
      const links = new Map<string, Link | readonly Link[]>()
      const values = new Map(Object.entries(instance.values))
      for (const [input, linked] of Object.entries(instance.links)) {
        const fed = this.feeding(scope, id, input, linked)
        const literal = fed.length === 0 ? literalOf(scope, linked) : undefined
        if (literal !== undefined) values.set(input, literal)
        const [first] = fed
        if (!first) continue
        const several = 'length' in linked || fed.length > 1
        const found = several ? fed.map(({ link }) => link) : first.link
        links.set(input, found)
        for (const [index, { points }] of fed.entries())
          if (points.length > 0) this.reroutes.set(keyOf(`${scope.prefix}${id}`, input, found, index), points)
      }
      const mode = scope.mode ?? instance.mode
      const given = { values: Object.fromEntries(values), links: Object.fromEntries(links) }
      return [[`${scope.prefix}${id}`, { ...instance, ...given, ...(mode ? { mode } : {}) }]]
    })
  }

  private feeding(scope: Scope, id: string, input: string, linked: Link | readonly Link[]): Feeding[] {
    return asList(linked).flatMap((link, index) => {
      const points = scope.layout.reroutes?.[keyOf(id, input, linked, index)] ?? []
      const own = points.map((point) => moved(point, scope.shift))
      return this.sources(scope, link).map((source) => ({ link: source.link, points: [...source.points, ...own] }))
    })
  }

  private sources(scope: Scope, link: Link): Feeding[] {
    if (++this.steps > mostSteps) return []
    if (!isNodeLink(link)) {
      const given = scope.use && ownOf(scope.use.instance.links, link.input)
      if (!scope.use) return [{ link, points: [] }]
      return given ? this.feeding(scope.use.scope, scope.use.id, link.input, given) : []
    }
    const child = scope.children.get(link.node)
    if (!child) return [{ link: { node: `${scope.prefix}${link.node}`, output: link.output }, points: [] }]
    const output = child.use && ownOf(child.use.workflow.outputs, link.output)
    return output ? this.sources(child, { node: output.node, output: output.output }) : []
  }
}

/**
 * What an input of the sub-workflow is given where no link is: a value of its node, or the sub-workflow's own; through
 * every border.
 */
function literalOf(start: Scope, linked: Link | readonly Link[]): JsonValue | undefined {
  let [link] = asList(linked)
  for (let scope: Scope | undefined = start; scope?.use && link && !isNodeLink(link);) {
    const { instance, workflow, scope: outer }: NonNullable<Scope['use']> = scope.use
    const given = ownOf(instance.links, link.input)
    if (!given) return ownOf(instance.values, link.input) ?? ownOf(workflow.inputs, link.input)?.value
    ;[link] = asList(given)
    scope = outer
  }
  return undefined
}

function ownOf<T>(record: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
