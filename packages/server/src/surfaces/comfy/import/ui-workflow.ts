import { randomInt } from 'node:crypto'
import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import type { ComfyClasses } from '../classes/comfy-class.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { type ComfyNode, type ComfyPrompt, linkOf } from '../prompt/prompt.ts'
import { savedWorkflowOf } from './saved-workflow.ts'
import { withoutGroupNodes } from './group-nodes.ts'
import { inlined } from './ui-inline.ts'
import { type Meeting, bypassed, muted, passingInput, sourceOf, virtualTypes, widgetValues } from './ui-sources.ts'
import type { UiGraph, UiLink, UiNode } from './ui-graph.ts'
import { withTexts } from './widget-texts.ts'

/** Whether it is what ComfyUI's editor saves, rather than what it sends. */
export function isUiWorkflow(json: unknown): json is JsonObject {
  return isJsonObject(json) && Array.isArray(json['nodes']) && Array.isArray(json['links'])
}

/**
 * The API-format prompt of a saved workflow (0.4 or 1.0), as ComfyUI's editor makes it: subgraphs and group nodes
 * dissolved with ids `12:5`, reroutes and bypassed nodes passed through, muted nodes left out, widget values by
 * position, dynamic prompts drawn.
 */
export function apiFromUi(json: JsonObject, classes: ComfyClasses): ComfyPrompt {
  const { root, subgraphs } = savedWorkflowOf(withoutGroupNodes(json, classes), classes)
  const graph = inlined(root, subgraphs)
  const working = [...graph.nodes.values()].filter(
    ({ mode, type }) => mode !== muted && mode !== bypassed && !virtualTypes.includes(type),
  )
  const prompt = withoutDangling(new Map(working.map((node) => [node.id, promptNode(node, graph, classes)])))
  return withTexts(prompt, classes, [graph], (count) => randomInt(count)).prompt
}

function promptNode(node: UiNode, graph: UiGraph, classes: ComfyClasses): ComfyNode {
  const inputs = new Map(widgetValues(node, classes))
  const meet = (met: UiNode, link: UiLink): Meeting => {
    if (met.mode === muted) return 'nothing'
    return met.mode === bypassed ? (passingInput(met, link, graph.links) ?? 'nothing') : 'source'
  }
  for (const { name, link } of node.inputs) {
    const source = link === undefined ? undefined : sourceOf(graph, link, meet)
    if (source) inputs.set(name, 'value' in source ? source.value : [source.id, source.slot])
  }
  return { class_type: node.type, inputs: Object.fromEntries(inputs), _meta: { title: node.title ?? node.type } }
}

/** Inputs that point to what is not there any more are removed, as the editor does. */
function withoutDangling(prompt: ComfyPrompt): ComfyPrompt {
  const keeps = (value: JsonValue) => {
    const link = linkOf(value)
    return !link || prompt.has(link.id)
  }
  const cleaned = [...prompt].map(([id, node]): [string, ComfyNode] => [
    id,
    { ...node, inputs: Object.fromEntries(Object.entries(node.inputs).filter(([, value]) => keeps(value))) },
  ])
  return new Map(cleaned)
}
