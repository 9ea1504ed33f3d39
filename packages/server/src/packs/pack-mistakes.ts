import type { AnyNodeDefinition, Registry } from '@patchbay/engine'

/** What is wrong with the nodes of a pack and keeps none of them from running: what a person would stumble over. */
export function mistakesIn(nodes: readonly AnyNodeDefinition[], registry: Registry): readonly string[] {
  return nodes.flatMap((node) => {
    const registered = registry.lookUp(node.type)
    const defaults = registered?.checkValues(registered.defaults) ?? []
    return [
      ...(node.description === undefined || node.description.trim() === ''
        ? [`its node "${node.type}" has no description`]
        : []),
      ...defaults.map(({ path, message }) => `its node "${node.type}": the default of "${path}" ${message}`),
    ]
  })
}
