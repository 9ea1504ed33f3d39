import { subWorkflowPrefix, type NodeInstance, type Workflow } from '@patchbay/engine/workflow'
import type { Registry } from '../registry/registry.ts'

/** The innermost braces that hold a choice; a backslash keeps a brace as it is. */
const choices = /(?<!\\)\{((?:\\[{}|]|[^{}])*?\|(?:\\[{}|]|[^{}])*?)(?<!\\)\}/

/**
 * A text with one of each `{a|b|c}` chosen at random, those inside others too. Braces without `|` stay, and `\{`, `\|`
 * and `\}` stand for the characters themselves once a choice was made. `random` gives numbers from 0 up to 1.
 */
export function chooseWords(text: string, random: () => number = Math.random): string {
  let chosen = text
  for (let match = choices.exec(chosen); match; match = choices.exec(chosen)) {
    const options = (match[1] ?? '').split(/(?<!\\)\|/)
    const option = options[Math.floor(random() * options.length)] ?? ''
    chosen = chosen.slice(0, match.index) + option.trim() + chosen.slice(match.index + match[0].length)
  }
  return chosen === text ? text : chosen.replaceAll(/\\([{}|])/g, '$1')
}

/** The document to run: every choice in the words of its nodes is made, so that what ran can be run again exactly. */
export function withChosenWords(workflow: Workflow, registry: Registry, random?: () => number): Workflow {
  const inNodes = (nodes: Workflow['nodes']): Workflow['nodes'] => {
    let next = nodes
    for (const [id, node] of Object.entries(nodes)) {
      const chosen = inNode(node, registry, random)
      if (chosen !== node) next = { ...next, [id]: chosen }
    }
    return next
  }
  const nodes = inNodes(workflow.nodes)
  const subs = Object.entries(workflow.workflows ?? {}).map(([name, sub]) => {
    const inside = inNodes(sub.nodes)
    return [name, inside === sub.nodes ? sub : { ...sub, nodes: inside }] as const
  })
  const changed = subs.some(([name, sub]) => workflow.workflows?.[name] !== sub)
  return nodes === workflow.nodes && !changed
    ? workflow
    : { ...workflow, nodes, ...(changed ? { workflows: Object.fromEntries(subs) } : {}) }
}

/** Only words of several lines are prompts; a value of a sub-workflow's node is one when it is a text. */
function inNode(node: NodeInstance, registry: Registry, random?: () => number): NodeInstance {
  const inputs = registry.node(node.type)?.inputs
  let { values } = node
  for (const [name, value] of Object.entries(node.values)) {
    if (typeof value !== 'string') continue
    const declared = inputs?.find((input) => input.name === name)
    const isPrompt =
      node.type.startsWith(subWorkflowPrefix) ||
      (declared?.kind === 'value' && declared.widget.type === 'text' && declared.widget.multiline)
    const chosen = isPrompt ? chooseWords(value, random) : value
    if (chosen !== value) values = { ...values, [name]: chosen }
  }
  return values === node.values ? node : { ...node, values }
}
