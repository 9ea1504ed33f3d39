import type { NodeId, Workflow, WorkflowParameter } from '@patchbay/engine/workflow'
import { without } from './graph.ts'

/** Chooses an input for the app view (and as a named argument of a headless run), or takes it out again. */
export function setParameter(workflow: Workflow, node: NodeId, input: string, label: string, shown: boolean): Workflow {
  const parameters = workflow.parameters ?? {}
  const known = Object.entries(parameters).find(([, one]) => one.node === node && one.input === input)
  if (shown === (known !== undefined)) return workflow
  if (known) {
    const rest = without(parameters, [known[0]])
    if (Object.keys(rest).length > 0) return { ...workflow, parameters: rest }
    const { parameters: _none, ...bare } = workflow
    return bare
  }
  let name = input
  for (let count = 2; name in parameters; count++) name = `${input}${count}`
  const parameter: WorkflowParameter = { node, input, label }
  return { ...workflow, parameters: { ...parameters, [name]: parameter } }
}
