import { type Link, type NodeInstance, type SubWorkflow, type Workflow, isNodeLink } from '@patchbay/engine/workflow'
import type { ComfyClasses } from '../classes/comfy-class.ts'
import type { EndConversion } from '../import/subgraph-ends.ts'
import { type PromptOfGraph, promptOfGraph } from './from-native.ts'
import { ownerOf } from './native-slots.ts'

const kept = ['muted', 'bypassed'] as const

export const linksOf = (linked: Link | readonly Link[]): readonly Link[] => ('length' in linked ? linked : [linked])

/** A sub-workflow as a prompt. */
export interface SubWorkflowPrompt extends PromptOfGraph {
  readonly unfed: Pick<PromptOfGraph, 'prompt'> & Pick<Workflow, 'nodes'>
}
/** The graph of a sub-workflow as a prompt, and once more with its own values where its inputs feed it. */
export function readSubWorkflow(sub: SubWorkflow, classes: ComfyClasses, problems: string[]): SubWorkflowPrompt {
  const inputs = Object.keys(sub.inputs)
  const fed = promptOfGraph(sub, classes, kept, problems, inputs)
  const nodes = Object.fromEntries(Object.entries(sub.nodes).map(([id, node]) => [id, unfedNode(node, sub)]))
  // The nodes become what they become when they are fed.
  const sameClasses = new Map([...fed.classOfNode.values()].map((each) => [each.name, each]))
  const { prompt } = promptOfGraph({ nodes }, sameClasses, kept, [], inputs)
  return { ...fed, unfed: { prompt, nodes } }
}

function unfedNode(node: NodeInstance, { inputs }: SubWorkflow): NodeInstance {
  const values = new Map(Object.entries(node.values))
  const links = Object.entries(node.links).filter(([input, linked]) => {
    const [first] = linksOf(linked)
    if (!first || isNodeLink(first)) return true
    const value = Object.hasOwn(inputs, first.input) ? inputs[first.input]?.value : undefined
    if (value !== undefined) values.set(input, value)
    return false
  })
  return { ...node, values: Object.fromEntries(values), links: Object.fromEntries(links) }
}

/** How ComfyUI says what is given at each input of a sub-workflow, by every node that it goes to. */
export function conversionsAt(
  sub: SubWorkflow,
  { classOfNode, unfed }: SubWorkflowPrompt,
): readonly (readonly [string, EndConversion])[] {
  return Object.entries(sub.nodes).flatMap(([id, node]) =>
    Object.entries(node.links).flatMap(([native, linked]) => {
      const [first] = linksOf(linked)
      if (!first || isNodeLink(first)) return []
      const [owner, part] = ownerOf(id, sub)
      const comfyClass = classOfNode.get(owner)
      const source = comfyClass?.parts[part]?.inputs[native]
      if (!source || !('input' in source)) return [[first.input, {}] as const]
      const { map, as, input } = source
      const declared = comfyClass?.inputs.find(({ name }) => name === input)
      const own = unfed.prompt.get(owner)?.inputs[input]
      const given = own === undefined || Array.isArray(own) ? {} : { default: own }
      const shown = declared ? { declared: { ...declared, options: { ...declared.options, ...given } } } : {}
      return [[first.input, { ...shown, ...(map ? { map } : {}), ...(as ? { as } : {}) }] as const]
    }),
  )
}
