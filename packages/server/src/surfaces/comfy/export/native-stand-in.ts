import {
  type JsonValue,
  type Link,
  type NodeInstance,
  type Workflow,
  isNodeLink,
  subWorkflowPrefix,
} from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses } from '../classes/comfy-class.ts'

/** More outputs than any node has. */
const mostOutputs = 256

/**
 * The classes with one for each type of node in a document that is not known here: most likely a class of ComfyUI that
 * the document was imported with, whose node goes back with its values and links as it came.
 */
export function withNativeStandIns({ nodes, workflows = {} }: Workflow, classes: ComfyClasses): ComfyClasses {
  const graphs: readonly { readonly nodes: { readonly [id: string]: NodeInstance } }[] = [
    { nodes },
    ...Object.values(workflows),
  ]
  const standIns = new Map<string, { readonly inputs: Map<string, string>; readonly outputs: Set<string> }>()
  const all = graphs.flatMap((graph) => Object.values(graph.nodes))
  for (const { type, values, links } of all) {
    if (classes.has(type) || type.startsWith(subWorkflowPrefix)) continue
    const { inputs } = standIns.get(type) ?? { inputs: new Map<string, string>() }
    for (const [name, value] of Object.entries(values)) inputs.set(name, typeOf(value))
    for (const name of Object.keys(links)) if (!inputs.has(name)) inputs.set(name, '*')
    standIns.set(type, { inputs, outputs: standIns.get(type)?.outputs ?? new Set() })
  }
  if (standIns.size === 0) return classes
  const note = (graph: (typeof graphs)[number], { node, output }: { readonly node: string; readonly output: string }) =>
    standIns.get(graph.nodes[node]?.type ?? '')?.outputs.add(output)
  for (const graph of graphs)
    for (const { links } of Object.values(graph.nodes))
      for (const link of Object.values(links).flatMap(asList)) if (isNodeLink(link)) note(graph, link)
  for (const sub of Object.values(workflows)) for (const output of Object.values(sub.outputs)) note(sub, output)
  return new Map([...classes, ...[...standIns].map(([type, of]) => [type, classOf(type, of)] as const)])
}

const asList = (linked: Link | readonly Link[]): readonly Link[] => ('length' in linked ? linked : [linked])

function typeOf(value: JsonValue): string {
  if (typeof value === 'boolean') return 'BOOLEAN'
  return typeof value === 'number' ? (Number.isInteger(value) ? 'INT' : 'FLOAT') : 'STRING'
}

function classOf(
  type: string,
  of: { readonly inputs: ReadonlyMap<string, string>; readonly outputs: ReadonlySet<string> },
): ComfyClass {
  // The importer numbers them, since a prompt has only slots.
  const counted = Math.max(0, ...[...of.outputs].map((name) => Number(/^output(\d{1,3})$/.exec(name)?.[1] ?? 0)))
  const numbered = Array.from({ length: Math.min(counted, mostOutputs) }, (_, slot) => `output${slot + 1}`)
  const outputs = [...numbered, ...[...of.outputs].filter((name) => !numbered.includes(name))]
  const names = [...of.inputs.keys()]
  return {
    name: type,
    displayName: type,
    description: '',
    category: '',
    inputs: [...of.inputs]
      .sort(([, a], [, b]) => Number(b === '*') - Number(a === '*'))
      .map(([name, socket]) => ({ name, type: socket, options: {}, optional: true })),
    outputs: outputs.map((name) => ({ name, type: '*' })),
    outputNode: false,
    standsIn: true,
    parts: { main: { type, version: 1, inputs: Object.fromEntries(names.map((name) => [name, { input: name }])) } },
    slots: outputs.map((name) => ['main', name]),
  }
}
