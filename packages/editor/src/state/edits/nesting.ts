import { subWorkflowPrefix, type NodeInstance, type Workflow } from '@patchbay/engine/workflow'
import type { Entered } from './graph.ts'

type SubWorkflows = Workflow['workflows']

/** The sub-workflow that a node stands for; undefined for any other node. */
export function subWorkflowOf({ type }: Pick<NodeInstance, 'type'>): string | undefined {
  return type.startsWith(subWorkflowPrefix) ? type.slice(subWorkflowPrefix.length) : undefined
}

/** Whether a node of this type would hold itself, at whatever depth, in the sub-workflow that is entered. */
export function wouldHoldItself(workflows: SubWorkflows, path: readonly Entered[], type: string): boolean {
  const into = path.at(-1)?.workflow
  if (into === undefined) return false
  const seen = new Set<string>()
  const open = [{ type }]
  for (let node = open.pop(); node; node = open.pop()) {
    const name = subWorkflowOf(node)
    if (name === undefined || seen.has(name)) continue
    if (name === into) return true
    seen.add(name)
    open.push(...Object.values(workflows?.[name]?.nodes ?? {}))
  }
  return false
}
