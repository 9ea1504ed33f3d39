import type { ValueInputManifest, Workflow } from '@patchbay/engine/workflow'
import { manifestOfNode, type Registry } from '../registry/registry.ts'

export interface AppField {
  readonly node: string
  readonly input: ValueInputManifest
  readonly label: string
  readonly description?: string
}

/**
 * The fields of the app view: the inputs that were chosen, else texts and seeds, which nearly every workflow turns
 * on.
 */
export function fieldsOf(
  workflow: Workflow,
  registry: Registry,
): { readonly fields: AppField[]; readonly chosen: boolean } {
  const valueInput = (node: string, name: string): ValueInputManifest | undefined => {
    const instance = workflow.nodes[node]
    const input = instance && manifestOfNode(registry, workflow, instance)?.inputs.find((one) => one.name === name)
    return input?.kind === 'value' && instance && !(name in instance.links) ? input : undefined
  }
  const chosen = Object.values(workflow.parameters ?? {}).flatMap((parameter): AppField[] => {
    const input = valueInput(parameter.node, parameter.input)
    if (!input) return []
    const description = parameter.description ?? input.description
    return [
      { node: parameter.node, input, label: parameter.label ?? input.label, ...(description ? { description } : {}) },
    ]
  })
  if (chosen.length > 0) return { fields: chosen, chosen: true }
  const usual = Object.entries(workflow.nodes).flatMap(([node, instance]) => {
    const manifest = manifestOfNode(registry, workflow, instance)
    return (manifest?.inputs ?? []).flatMap((input): AppField[] => {
      const wanted =
        input.kind === 'value' &&
        (input.widget.type === 'seed' || (input.widget.type === 'text' && input.widget.multiline))
      if (!wanted || input.name in instance.links) return []
      const title = workflow.layout?.nodes?.[node]?.title ?? manifest?.label ?? instance.type
      return [{ node, input, label: input.widget.type === 'seed' ? input.label : `${title}: ${input.label}` }]
    })
  })
  return { fields: usual, chosen: false }
}
