import type { Registry } from '../definition/registry.ts'
import type { JsonValue, Workflow } from '../workflow/index.ts'

/**
 * What a run of a document was given: the value of each of its parameters, by name, and each seed, as `seed` where
 * there is one and `seed_<node>` where there are several. A value that comes by a link is not known before the run,
 * and left out.
 */
export function usedValuesOf(document: Workflow, registry: Registry): { readonly [name: string]: JsonValue } {
  const used = new Map<string, JsonValue>()
  const told = new Set<string>()
  for (const [name, { node, input }] of Object.entries(document.parameters ?? {})) {
    const value = valueAt(document, registry, node, input)
    if (value === undefined) continue
    used.set(name, value)
    told.add(`${node} ${input}`)
  }
  const seeds = Object.entries(document.nodes).flatMap(([node, { type, mode }]) => {
    const { inputs = {} } = registry.nodes.get(type) ?? {}
    if (mode !== undefined) return []
    return Object.entries(inputs).flatMap(([input, declared]) => {
      const value =
        declared.kind === 'value' && declared.widget.type === 'seed'
          ? valueAt(document, registry, node, input)
          : undefined
      return value === undefined || told.has(`${node} ${input}`) ? [] : [{ node, input, value }]
    })
  })
  for (const { node, input, value } of seeds) {
    const isAlone = seeds.length === 1 && !used.has('seed')
    const name = isAlone ? 'seed' : `${input}_${node}`
    if (!used.has(name)) used.set(name, value)
  }
  return Object.fromEntries(used)
}

function valueAt({ nodes }: Workflow, registry: Registry, node: string, input: string): JsonValue | undefined {
  const instance = Object.hasOwn(nodes, node) ? nodes[node] : undefined
  if (!instance || Object.hasOwn(instance.links, input)) return undefined
  if (Object.hasOwn(instance.values, input)) return instance.values[input]
  const declared = registry.nodes.get(instance.type)?.inputs[input]
  return declared?.kind === 'value' ? declared.default : undefined
}
