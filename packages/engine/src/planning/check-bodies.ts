import { alternatives } from '../definition/nearest-name.ts'
import { bodiesOf, type Registry } from '../definition/registry.ts'
import { type CheckedNode, NodeChecker } from './check-node.ts'
import { FlatGraph } from './flatten.ts'
import type { Issue, SubWorkflows } from '../workflow/index.ts'

/** Checks the sub-workflows that nodes name in their values, each once, as if all their inputs were fed. */
export function checkBodies(nodes: readonly CheckedNode[], workflows: SubWorkflows, registry: Registry): Issue[] {
  const issues: Issue[] = []
  const checked = new Set<string>()
  const open = [...nodes]
  for (let node = open.pop(); node; node = open.pop()) {
    const { flat, registered, values } = node
    for (const { input, name } of bodiesOf(registered, values)) {
      const body = Object.hasOwn(workflows, name) ? workflows[name] : undefined
      if (!body) {
        issues.push({
          code: 'sub-workflow',
          severity: 'error',
          message: `${flat.instance.type} (node ${flat.id}): this workflow has no sub-workflow named "${name}"${alternatives(name, Object.keys(workflows))}`,
          path: `${flat.path}.values.${input}`,
          node: flat.id,
          input,
        })
        continue
      }
      if (checked.has(name)) continue
      checked.add(name)
      const graph = new FlatGraph(registry, workflows, {
        prefix: `${flat.id}/`,
        path: `workflows.${name}.`,
        names: [name],
        onFailure: undefined,
      })
      graph.add(Object.entries(body.nodes))
      const checker = new NodeChecker(registry, graph)
      for (const inner of graph.nodes) {
        const innerNode = inner.mode === undefined ? checker.check(inner) : undefined
        if (innerNode) open.push(innerNode)
      }
      issues.push(...[...graph.issues, ...checker.issues].map((issue) => ({ ...issue, node: flat.id })))
    }
  }
  return issues
}
