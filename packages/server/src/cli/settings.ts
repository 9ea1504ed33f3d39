import { didYouMean } from '@patchbay/engine'
import { type JsonValue, type NodeInstance, type Workflow, naturalOrder, parseJson } from '@patchbay/engine/workflow'

export type Applied =
  { readonly ok: true; readonly workflow: Workflow } | { readonly ok: false; readonly problems: readonly string[] }

/**
 * Sets values of a workflow from a command line: `name=value` for a parameter of the document, `node.input=value` for
 * any input. A value is JSON where it reads as such (`8`, `true`, `[1, 2]`), else a text. What the input takes is
 * checked later, with the whole workflow.
 */
export function applySettings(workflow: Workflow, settings: readonly string[]): Applied {
  const problems: string[] = []
  const nodes: Record<string, NodeInstance> = { ...workflow.nodes }
  for (const setting of settings) {
    const end = setting.indexOf('=')
    const place = end < 0 ? undefined : placeOf(workflow, setting.slice(0, end))
    const node = place && nodes[place.node]
    if (end < 0) problems.push(`--set ${setting}: expected name=value.`)
    else if (!place || !node) problems.push(`--set ${setting}: ${unknown(workflow, setting.slice(0, end))}`)
    else {
      const { [place.input]: _, ...links } = node.links
      nodes[place.node] = { ...node, links, values: { ...node.values, [place.input]: valueOf(setting.slice(end + 1)) } }
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, workflow: { ...workflow, nodes } }
}

interface Place {
  readonly node: string
  readonly input: string
}

function placeOf({ parameters = {}, nodes }: Workflow, name: string): Place | undefined {
  const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
  if (parameter) return parameter
  // A node id may hold dots itself: the longest id that fits is meant.
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const node = name.slice(0, dot)
    if (Object.hasOwn(nodes, node)) return { node, input: name.slice(dot + 1) }
  }
  return undefined
}

function unknown({ parameters = {}, nodes }: Workflow, name: string): string {
  const known = Object.keys(parameters)
  const places = Object.keys(nodes)
    .sort(naturalOrder)
    .slice(0, 8)
    .map((id) => `${id}.<input>`)
  const nearest = didYouMean(name, [
    ...known,
    ...Object.keys(nodes).map((id) => `${id}${name.slice(name.lastIndexOf('.'))}`),
  ])
  return `there is no parameter or node input "${name}".${nearest} Parameters: ${known.join(', ') || 'none'}. Inputs: ${places.join(', ')}.`
}

function valueOf(text: string): JsonValue {
  const parsed = parseJson(text)
  return parsed.ok ? parsed.value : text
}
