import type { Registry } from '../definition/registry.ts'
import { type NodeId, naturalOrder, type Workflow } from '../workflow/index.ts'

/**
 * The names under which what nodes keep and show is told as results, by node: the node's title in words joined
 * (`Final picture` gives `finalPicture`), else its type without its verb (`SaveImage` gives `image`). A name that is
 * taken, by a named result of the document or by an earlier node, gets the node's id behind it. They depend on the
 * document alone, so a document that is run again has the same ones.
 */
export function resultNamesOf(document: Workflow, registry: Registry): ReadonlyMap<NodeId, string> {
  const taken = new Set(Object.keys(document.results ?? {}))
  const names = new Map<NodeId, string>()
  for (const id of Object.keys(document.nodes).sort(naturalOrder)) {
    const type = document.nodes[id]?.type ?? ''
    if (registry.nodes.get(type)?.sideEffect !== true) continue
    const wanted = nameIn(document.layout?.nodes?.[id]?.title ?? '') || nameIn(type.replace(verb, '')) || 'shown'
    const name = taken.has(wanted) ? `${wanted}_${id}` : wanted
    taken.add(name)
    names.set(id, name)
  }
  return names
}

const verb = /^(Save|Preview|Show|Keep|Write|Export)(?=[A-Z]|$)/

/** Words as one name: `Final picture` → `finalPicture`. Empty where nothing of the text can stand in a name. */
function nameIn(text: string): string {
  const words = text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').match(/[\p{L}\p{N}]+/gu) ?? []
  return words
    .map((word, index) =>
      index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
    )
    .join('')
}
